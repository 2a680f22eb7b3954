"""Barsalo, the small town next door: just enough facts for a picture of its own."""

from datetime import date

from crisis.demo.facilities import WORKS, Need, Service, State
from crisis.demo.people import DISPLACED, HOST, RETURNEE, Round
from crisis.demo.story import ago

BARSALO_ROUND = Round(
    "Displacement round 2",
    "Displacement tracking, key informants of Barsalo",
    "baseline_location",
    date(2026, 10, 16),
    "medium",
    0.2,
    1.0,
    1.0,
)

# Hosts, displaced people, returnees.
PRESENT = {"BS0101": (2100, 600, 0), "BS0102": (900, 1400, 40), "BS0103": (700, 250, 0)}
EVERYWHERE = dict.fromkeys(PRESENT, 1.0)


def barsalo_figures() -> dict[tuple[str, str], int]:
    """Persons by P-code and group."""
    return {
        (pcode, group): people
        for pcode, present in PRESENT.items()
        for group, people in zip((HOST, DISPLACED, RETURNEE), present, strict=True)
    }


def _service(
    code: str,
    names: tuple[str, str, str],
    service: str,
    asset_type: str,
    spot: tuple[str, float, float],
    capacity: tuple[float, str],
    *,
    needs: tuple[Need, ...] = (),
    status: str = WORKS,
    causes: tuple[str, ...] = (),
) -> Service:
    state = State(status, causes, None, ago(days=5), "facility_report", "Town hall of Barsalo", "")
    return Service(code, *names, service, asset_type, *spot, *capacity, needs, EVERYWHERE, (state,))


POWERED = (Need("power", 0.9),)

BARSALO_SERVICES = (
    _service(
        "BF-01",
        ("Borehole BF-01", "Forage BF-01", "بئر BF-01"),
        "water",
        "borehole",
        ("BS0101", 470, 430),
        (60, "m3/d"),
        needs=POWERED,
    ),
    _service(
        "BF-02",
        ("Borehole BF-02", "Forage BF-02", "بئر BF-02"),
        "water",
        "borehole",
        ("BS0102", 570, 440),
        (30, "m3/d"),
        needs=POWERED,
        status="partially_functional",
        causes=("equipment_damage",),
    ),
    _service(
        "BT-01",
        ("Transformer BT-01", "Transformateur BT-01", "محوّل BT-01"),
        "power",
        "transformer",
        ("BS0101", 500, 460),
        (900, "kW"),
    ),
    _service(
        "BL-01",
        ("Latrines", "Latrines", "المراحيض"),
        "sanitation",
        "latrine_block",
        ("BS0102", 560, 470),
        (60, "toilet"),
        status="partially_functional",
        causes=("overloaded",),
    ),
    _service(
        "BC-01",
        ("Health centre", "Centre de santé", "المركز الصحي"),
        "health",
        "health_centre",
        ("BS0101", 480, 400),
        (0.4, "basic unit"),
        needs=(Need("power", 0.4),),
    ),
    _service("BE-01", ("School", "École", "المدرسة"), "education", "primary", ("BS0103", 500, 530), (900, "seat")),
    _service(
        "BM-01", ("Market", "Marché", "السوق"), "market_livelihood", "market", ("BS0101", 460, 460), (4000, "person")
    ),
    _service("BA-01", ("Mast", "Antenne", "برج الاتصالات"), "telecom", "mast", ("BS0103", 540, 540), (5000, "person")),
)
