"""The worked example of functionality.md 7 as a town in the database, built through the ordinary actions."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from assessments.actions.planning import propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from municipal_units.actions.facilities import register_facilities, set_dependencies, state_catchment_shares
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow, ReachRow, StatusRow
from municipal_units.actions.facts import bulk_record_status, record_reach, record_status
from municipal_units.actions.norms import set_norm
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Facility, FacilityStatus, Municipality, Neighbourhood
from municipal_units.permissions import scope, system_actor

# code, service, stands in, K, C, serves, needs
FACILITIES: tuple[tuple[str, str, str, float, float, dict[str, float], dict[str, float]], ...] = (
    ("P1", "power", "A", 500.0, 200.0, {"A": 1, "B": 1, "C": 1}, {}),
    ("W1", "water", "A", 45_000.0, 36_000.0, {"A": 1, "B": 1, "C": 0.5}, {"power": 1.0}),
    ("W2", "water", "C", 5_000.0, 5_000.0, {"C": 1}, {}),
    ("H1", "health", "B", 2.5, 0.5, {"A": 1, "B": 1, "C": 1}, {"power": 0.5, "water": 0.5}),
)  # fmt: skip
PEOPLE = {"A": (1000, 0, 0), "B": (600, 400, 0), "C": (300, 0, 200)}
GROUPS = ("host_community", "idp", "returnee_idp")
NORMS = {"power": 0.2, "water": 20.0, "health": 0.001}
WEIGHTS = {"power": 0.3, "water": 0.4, "health": 0.3}


@dataclass
class WorkedTown:
    """Tenkoro with the places A, B, C (Wendou, Pelga, Forage) and the example's facilities and works by code."""

    municipality: Municipality
    places: dict[str, Neighbourhood]
    facilities: dict[str, Facility] = field(default_factory=dict)

    def status(
        self, code: str, status: str, *, output: float | None = None, causes: tuple[str, ...] = (), days_ago: float = 0
    ) -> FacilityStatus:
        """A field report on a facility."""
        by = system_actor(self.municipality.pk)
        row = StatusRow(
            facility_id=self.facilities[code].pk,
            status=status,
            causes=causes,
            measured_output=output,
            observed_at=timezone.now() - timedelta(days=days_ago),
            source="test",
        )
        with scope(by):
            return record_status(by=by, municipality=self.municipality, row=row)

    def reach(self, place: str, service: str, share: float, *, observed_at: datetime | None = None) -> None:
        by = system_actor(self.municipality.pk)
        row = ReachRow(
            neighbourhood_id=self.places[place].pk,
            service=service,
            share=share,
            observed_at=observed_at or timezone.now(),
            source="test",
        )
        with scope(by):
            record_reach(by=by, municipality=self.municipality, row=row)

    def count(self, name: str, people: dict[str, tuple[int, int, int]], *, day: date | None = None) -> None:
        """A census of the places named."""
        by = system_actor(self.municipality.pk)
        rows = [
            EstimateRow(neighbourhood_id=self.places[place].pk, group=group, individuals=number, status="observed")
            for place, numbers in people.items()
            for group, number in zip(GROUPS, numbers, strict=True)
        ]
        counted = RoundRow(name=name, source="test", method="census", observed_on=day or timezone.localdate())
        with scope(by):
            record_round(by=by, municipality=self.municipality, row=counted, estimates=rows)


def build_worked_town(tenkoro: Municipality) -> WorkedTown:
    by = system_actor(tenkoro.pk)
    today = timezone.localdate()
    with scope(by):
        names = {"Wendou": "A", "Pelga": "B", "Forage": "C"}
        places = {names[place.name]: place for place in Neighbourhood.objects.filter(municipality=tenkoro)}
        town = WorkedTown(tenkoro, places)
        for service, weight in dict(norms_without_weight(), **WEIGHTS).items():
            for kind, value in (("weight", weight), ("essential", float(service in ("power", "water")))):
                set_norm(
                    by=by,
                    municipality=tenkoro,
                    kind=kind,
                    service=service,
                    value=value,
                    source="test",
                    valid_from=today,
                )
        for service, norm in NORMS.items():
            set_norm(
                by=by,
                municipality=tenkoro,
                kind="demand",
                service=service,
                key="test",
                value=norm,
                source="test",
                valid_from=today,
            )
        register_facilities(
            by=by,
            municipality=tenkoro,
            rows=[
                FacilityRow(
                    code=code,
                    name=f"Facility {code}",
                    service=service,
                    lon=-1.0 + 0.01 * "ABC".index(place) + 0.005,
                    lat=13.005 + 0.0001 * number,
                    capacity=capacity,
                )
                for number, (code, service, place, capacity, *_) in enumerate(FACILITIES)
            ],
        )
        town.facilities = {made.code: made for made in Facility.objects.filter(municipality=tenkoro)}
        shares = [
            CatchmentRow(facility_id=town.facilities[code].pk, neighbourhood_id=places[served].pk, share=share)
            for code, *_, serves, _needs in FACILITIES
            for served, share in serves.items()
        ]
        state_catchment_shares(by=by, municipality=tenkoro, rows=shares)
        needs = [
            DependencyRow(facility_id=town.facilities[code].pk, service=needed, strength=strength)
            for code, *_, needed_services in FACILITIES
            for needed, strength in needed_services.items()
        ]
        set_dependencies(by=by, municipality=tenkoro, rows=needs)
        propose_works(by=by, municipality=tenkoro, rows=works(town))
    town.count("Count", PEOPLE)
    reports = [
        StatusRow(
            facility_id=town.facilities[code].pk,
            status="partially_functional",
            measured_output=own,
            observed_at=timezone.now(),
            source="test",
        )
        for code, *_, own, _serves, _needs in FACILITIES
    ]
    with scope(by):
        bulk_record_status(by=by, municipality=tenkoro, rows=reports)
    town.reach("B", "water", 0.8)
    return town


def norms_without_weight() -> dict[str, float]:
    others = "sanitation housing_shelter education solid_waste telecom market_livelihood governance_registry"
    return dict.fromkeys(others.split(), 0.0)


def works(town: WorkedTown) -> list[WorkRow]:
    """i1 to i5 of the example."""
    facility = {code: made.pk for code, made in town.facilities.items()}
    effects = {
        "i1": ((60, 2, "electrical"), WorkAction(kind="capacity", facility_id=facility["P1"], add=300)),
        "i2": ((40, 1, "pipe"), WorkAction(kind="capacity", facility_id=facility["W1"], add=9_000)),
        "i3": (
            (10, 1, "electrical"),
            WorkAction(kind="backup", facility_id=facility["W1"], service="power", add=13_500),
        ),
        "i4": ((50, 2, "building"), WorkAction(kind="capacity", facility_id=facility["H1"], add=1.5)),
        "i5": (
            (10, 1, "building"),
            WorkAction(kind="local", neighbourhood_id=town.places["B"].pk, service="water", add=0.2),
        ),
    }
    return [
        WorkRow(
            code=code,
            name=f"Work {code}",
            intervention_type="rehabilitation",
            cost=cost,
            duration_days=days,
            crew=crew,
            actions=(effect,),
            requires=("i5",) if code == "i4" else (),
        )
        for code, ((cost, days, crew), effect) in effects.items()
    ]
