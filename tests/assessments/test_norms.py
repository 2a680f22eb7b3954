"""Norms are rows with source and date: adopted once, followed by newer ones, never changed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from crisis.lib.errors import Invalid, NotAllowed, NotFound
from municipal_units.actions.norms import set_norm
from municipal_units.models import Event, Municipality, Norm, User
from municipal_units.permissions import scope, system_actor
from municipal_units.selectors.norms import norms_at
from tests.conftest import acting


def test_a_new_town_starts_with_the_documented_defaults(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        norms = norms_at(tenkoro, timezone.localdate())
        assert not Norm.objects.filter(source="").exists()
    assert {service: demand.value for service, demand in norms.demand.items()} | {"water": 15, "power": 0.25} == {
        service: demand.value for service, demand in norms.demand.items()
    }
    assert sum(norms.weights.values()) == pytest.approx(1)
    assert norms.essential == {"power", "water", "sanitation", "health", "housing_shelter"}
    assert norms.status_factors["affected"] == 0.75
    assert norms.status_factors.get("unknown") is None
    assert norms.zone_weights == (1.0, 0.68, 0.22)
    assert norms.detour == 1.3


def test_a_newer_row_counts_from_its_day_and_the_older_one_before(tenkoro: Municipality, ana: User) -> None:
    today = timezone.localdate()
    with scope(acting(ana)):
        before = norms_at(tenkoro, today)
        set_norm(
            by=acting(ana),
            municipality=tenkoro,
            kind="demand",
            service="water",
            key="water_l_pd",
            unit="L/(person.d)",
            value=20,
            source="Town council, decision 12",
            valid_from=today + timedelta(days=10),
        )
        assert norms_at(tenkoro, today).demand["water"].value == 15
        later = norms_at(tenkoro, today + timedelta(days=10))
        shown = Event.objects.filter(kind="norms.changed").order_by("id").last()
    assert later.demand["water"].value == 20
    assert later.parameters_version != before.parameters_version
    assert shown is not None
    assert shown.shows["before"] == 15
    assert shown.shows["value"] == 20


def test_the_same_numbers_give_the_same_version(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        versions = {norms_at(tenkoro, date(2020, 1, 1)).parameters_version for _ in range(2)}
    assert len(versions) == 1


def test_later_phases_have_their_own_rows_and_else_those_of_the_emergency(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        norms = norms_at(tenkoro, timezone.localdate(), phase="post_emergency")
    assert norms.demand["water"].value == 20
    assert norms.demand["power"].value == 0.25
    assert norms.catchment_m("water", "standpipe") == 200


def test_default_needs_of_a_facility_by_its_kind(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        norms = norms_at(tenkoro, timezone.localdate())
    assert norms.needs("water", "borehole") == {"power": 0.9}
    assert norms.needs("water", "handpump") == {}
    assert norms.needs("health", "hospital") == {"power": 0.7, "water": 0.6, "road_access": 0.4}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"value": -1.0}, "value"), ({"value": 1.2}, "value"), ({"kind": "magic"}, "kind"), ({"source": " "}, "source")],
)
def test_nonsense_is_refused_with_the_field(tenkoro: Municipality, changes: dict[str, object], field: str) -> None:
    given = {"kind": "status_factor", "key": "affected", "value": 0.7, "source": "unit"} | changes
    system = system_actor(tenkoro.pk)
    with scope(system), pytest.raises(Invalid) as refused:
        set_norm(by=system, municipality=tenkoro, valid_from=timezone.localdate(), **given)  # type: ignore[arg-type]
    assert [error.field for error in refused.value.fields] == [field]


def test_norms_are_changed_by_those_who_may(tenkoro: Municipality, ben: User, cleo: User) -> None:
    for who, refusal in ((ben, NotAllowed), (cleo, NotFound)):
        actor = acting(who)
        with scope(actor), pytest.raises(refusal):
            set_norm(
                by=actor,
                municipality=tenkoro,
                kind="weight",
                service="water",
                value=0.5,
                source="me",
                valid_from=timezone.localdate(),
            )
