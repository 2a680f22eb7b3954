"""Some made-up households of Tenkoro, two of them registered twice in other spellings, and who came and left."""

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crisis.demo.story import WORKS_PROPOSED, StoryClock
from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.actions.households import register_households
from municipal_units.actions.movements import MovementRow, record_movement
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.models.sealed import ring_or_none
from municipal_units.permissions import Actor

HOUSEHOLDS = 48
WOMEN = ("Awa", "Fatimata", "Salimata", "Mariam", "Rasmata", "Aminata", "Zénabo", "Habibou")
MEN = ("Moussa", "Issa", "Adama", "Boureima", "Hamidou", "Ousmane", "Idrissa", "Souleymane")
FAMILIES = ("Ouédraogo", "Sawadogo", "Zongo", "Diallo", "Barry", "Kaboré", "Cissé", "Maïga", "Tamboura", "Dicko")
ORIGINS = ("Djibo", "Arbinda", "Dori", "Baraboulé")
SHELTERS = ("host_family", "host_family", "rented", "makeshift", "school_building")
NEEDS = ("disability", "single_parent_caregiver", "serious_medical_condition", "older_person_at_risk")
INTENTIONS = ("stay_integrate", "stay_integrate", "return_origin", "undecided")
SPELT_AGAIN = (("Fatimata Ouédraogo", "Fatoumata Wedraogo"), ("Mohamed Ag Ahmed", "محمد أحمد"))
FLOWS = (("arrival", 42, 12), ("arrival", 27, 9), ("departure", 11, 6), ("eviction", 18, 4), ("return", 8, 2))


def register_some(town: Municipality, places: Mapping[str, Neighbourhood], *, by: Actor, clock: StoryClock) -> None:
    """The same households on every machine. Where there is no key file nobody can be registered, so nobody is."""
    if ring_or_none() is None:
        return
    chance = random.Random(48)
    # Kiri has four people: a register must not say more about them than the count does.
    here = [place for _, place in sorted(places.items()) if place.name != "Kiri"]
    rows = [some_household(chance, number, here, clock) for number in range(HOUSEHOLDS)]
    for number, (one, other) in enumerate(SPELT_AGAIN):
        place, born = here[number], 1984 - number
        rows += [
            named(chance, f"twice-{number}-{n}", name, clock, origin="Djibo", birth_year=born, place=place)
            for n, name in enumerate((one, other))
        ]
    register_households(by=by, municipality=town, rows=rows)
    today = clock.day(WORKS_PROPOSED)
    for number, (kind, people, days) in enumerate(FLOWS):
        coming = kind in ("arrival", "return")
        ends: dict[str, Any] = {"destination_id" if coming else "origin_id": here[number].pk}
        ends["origin_text" if coming else "destination_text"] = ORIGINS[number % len(ORIGINS)] if coming else ""
        row = MovementRow(
            instance_id=f"demo:flow:{number}",
            kind=kind,
            group="idp",
            individuals=people,
            happened_on=today - timedelta(days=days),
            source="Field teams of Tenkoro",
            **ends,
        )
        record_movement(by=by, municipality=town, row=row)


def some_household(chance: random.Random, number: int, places: list[Neighbourhood], clock: StoryClock) -> HouseholdRow:
    name = f"{chance.choice(WOMEN if number % 2 else MEN)} {chance.choice(FAMILIES)}"
    born, place = chance.randint(1948, 2003), chance.choice(places)
    return named(chance, str(number), name, clock, origin=chance.choice(ORIGINS), birth_year=born, place=place)


def named(
    chance: random.Random,
    number: str,
    name: str,
    clock: StoryClock,
    *,
    origin: str,
    birth_year: int,
    place: Neighbourhood,
) -> HouseholdRow:
    day = clock.day(WORKS_PROPOSED)
    return HouseholdRow(
        instance_id=f"demo:household:{number}",
        neighbourhood_id=place.pk,
        group="idp",
        stock_class="stock_displacement_location",
        size=chance.randint(2, 11),
        phone=f"70 00 {chance.randint(10, 99)} {chance.randint(10, 99)}",
        origin=origin,
        arrived_on=day - timedelta(days=chance.randint(3, 90)),
        reason="armed_conflict",
        shelter_type=chance.choice(SHELTERS),
        needs=tuple(chance.sample(NEEDS, chance.choice((0, 0, 1, 2)))),
        intention=chance.choice(INTENTIONS),
        intention_on=day,
        consent_on=day,
        registered_on=day,
        members=(MemberRow(name=name, birth_year=birth_year, is_head=True),),
    )
