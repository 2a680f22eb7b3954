"""What if a facility stops or works again: the worked town by hand, and nothing is written."""

from typing import Any

import pytest

from assessments.models import FunctionalityRun
from assessments.selectors.what_if import facility_what_if
from crisis.lib.errors import Invalid, NotAllowed, NotFound
from municipal_units.models import Event, FacilityStatus, User
from municipal_units.permissions import scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting


def asked(town: WorkedTown, user: User, code: str, state: str = "stopped") -> dict[str, Any]:
    with scope(acting(user)):
        return facility_what_if(town.municipality, town.facilities[code].pk, state, actor=acting(user))


def of(answer: dict[str, Any], town: WorkedTown, letter: str) -> dict[str, Any]:
    return next(place for place in answer["places"] if place["id"] == town.places[letter].pk)


def services(place: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {row["service"]: (round(row["before"], 4), round(row["after"], 4)) for row in place["services"]}


def test_who_may_not_see_priorities_or_the_town_is_refused(town: WorkedTown, ben: User, cleo: User) -> None:
    with pytest.raises(NotAllowed):
        asked(town, ben, "P1")
    with pytest.raises(NotFound):
        asked(town, cleo, "P1")


def test_the_power_plant_stops(town: WorkedTown, ana: User) -> None:
    """Power 0 everywhere; W1 needs power wholly, so water is 0 in A and B and W2 alone gives C half of its need."""
    answer = asked(town, ana, "P1")
    assert services(of(answer, town, "A")) == {"power": (0.4, 0.0), "water": (0.4, 0.0)}
    assert services(of(answer, town, "B")) == {"power": (0.4, 0.0), "water": (0.4, 0.0)}
    assert services(of(answer, town, "C")) == {"power": (0.4, 0.0), "water": (0.7, 0.5)}
    a = of(answer, town, "A")
    # I(A) falls from 0.358 to 0.7 x 0.3 x 0.2 = 0.042: 316 of 1,000 people.
    assert (a["index_before"], a["index_after"]) == (pytest.approx(0.358), pytest.approx(0.042))
    assert a["people"] == -316
    assert [row["people"] for row in a["services"]] == [-400, -400]
    assert [row["code"] for row in answer["facilities"]] == ["W1"]
    assert answer["facilities"][0]["before"] == pytest.approx(0.4)
    assert answer["facilities"][0]["after"] == pytest.approx(0)


def test_the_power_plant_works_again(town: WorkedTown, ana: User) -> None:
    """As work i1 of the example: power 1, W1 gives its 36,000: water 0.8, 0.8, 0.9. PF 937 becomes 1,819."""
    answer = asked(town, ana, "P1", "works")
    assert services(of(answer, town, "C")) == {"power": (0.4, 1.0), "water": (0.7, 0.9)}
    assert answer["people"] == pytest.approx(1819 - 937, abs=2)


def test_nothing_is_written(town: WorkedTown, ana: User) -> None:
    def counts() -> tuple[int, ...]:
        with scope(acting(ana)):
            return tuple(model.objects.count() for model in (Event, FacilityStatus, FunctionalityRun))

    before = counts()
    asked(town, ana, "P1")
    assert counts() == before


def test_a_partner_gets_rounded_people(town: WorkedTown, paul: User) -> None:
    answer = asked(town, paul, "P1")
    assert all(place["people"] % 5 == 0 for place in answer["places"])


def test_a_state_nobody_knows_is_refused(town: WorkedTown, ana: User) -> None:
    with pytest.raises(Invalid):
        asked(town, ana, "P1", "explodes")
