"""What the map, the list, the panel and the API are given: the same numbers everywhere, and only what each may see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from assessments.actions.following import Follower
from assessments.selectors.functionality import neighbourhood_panel, situation
from assessments.selectors.planning import ranking
from crisis.lib.errors import NotAllowed, NotFound
from municipal_units.models import Municipality, User
from municipal_units.permissions import scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting

Stamp = Callable[[], None]


@pytest.fixture
def followed(town: WorkedTown, numbered: Stamp) -> WorkedTown:
    bring_up_to_date(town, numbered)
    return town


def bring_up_to_date(town: WorkedTown, numbered: Stamp) -> None:
    numbered()
    Follower().follow(town.municipality.pk)
    numbered()


def seen_by(user: User, town: WorkedTown) -> dict[str, Any]:
    actor = acting(user)
    with scope(actor):
        return situation(town.municipality, actor=actor)


def place(seen: dict[str, Any], town: WorkedTown, letter: str) -> dict[str, Any]:
    return next(item for item in seen["neighbourhoods"] if item["id"] == town.places[letter].pk)


def test_the_picture_of_the_worked_town(followed: WorkedTown, ana: User) -> None:
    seen = seen_by(ana, followed)
    assert seen["city"]["index"] == pytest.approx(0.3748)
    assert seen["city"]["people"] == 2500
    assert (seen["city"]["hosts"], seen["city"]["displaced"], seen["city"]["returnees"]) == (1900, 400, 200)
    a = place(seen, followed, "A")
    assert a["index"] == pytest.approx(0.358)
    assert a["class"] == "failing"
    assert a["people"] == 1000
    assert a["short"] == 642
    assert a["rank"] == 1
    assert a["services"]["water"]["f"] == pytest.approx(0.4)
    assert a["services"]["water"]["reason"] == "support:power"
    assert a["services"]["power"]["demand"] == 200
    assert seen["functionality_seq"] <= seen["seq"]
    assert {letter: place(seen, followed, letter)["rank"] for letter in "ABC"} == {"A": 1, "B": 2, "C": 3}


def test_the_parts_sum_to_the_people_short(followed: WorkedTown, ana: User, paul: User) -> None:
    """By hand for A: 0.7 x (0.3 x 0.6 + 0.4 x 0.6 + 0.3 x 0.8) and 0.3 x 0.6 for the weakest essential service."""
    a = place(seen_by(ana, followed), followed, "A")
    assert {part["service"]: part["people"] for part in a["parts"]} == {"water": 348, "health": 168, "power": 126}
    for user in (ana, paul):
        for item in seen_by(user, followed)["neighbourhoods"]:
            assert sum(part["people"] for part in item["parts"]) == item["short"]
            assert [part["people"] for part in item["parts"]] == sorted(
                (part["people"] for part in item["parts"]), reverse=True
            )


def test_a_reason_says_who_what_and_since_when(town: WorkedTown, ana: User, numbered: Stamp) -> None:
    town.status("W1", "fully_functional", days_ago=9)
    town.status("W1", "not_functional", causes=("no_power",), days_ago=4)
    town.status("W1", "not_functional", causes=("no_power",), days_ago=-0.001)
    town.status("P1", "not_functional", days_ago=-0.001)
    bring_up_to_date(town, numbered)
    a = place(seen_by(ana, town), town, "A")
    since = timezone.now() - timedelta(days=4)
    assert a["why"]["text"] == f"Water: W1 has had no power since {since.day} {since:%B}."
    assert a["why"]["facility"]["code"] == "W1"
    today = timezone.now()
    assert a["services"]["power"]["text"].startswith("Power: P1 has been stopped since ")
    assert f"{today:%B}" in a["services"]["power"]["text"] or today.day == 1


def test_reasons_of_every_kind_have_words(followed: WorkedTown, ana: User, numbered: Stamp) -> None:
    seen = seen_by(ana, followed)
    assert place(seen, followed, "A")["services"]["water"]["text"] == ("Water: W1 gets only 40% of the power it needs.")
    assert place(seen, followed, "A")["services"]["health"]["text"] == (
        "Health: 5,000 people per basic health unit; norm is 1,000."
    )
    followed.reach("B", "water", 0.2)
    followed.status("P1", "fully_functional")
    bring_up_to_date(followed, numbered)
    seen = seen_by(ana, followed)
    assert place(seen, followed, "B")["services"]["water"]["text"] == "Water: it reaches 20% of the people here."
    assert place(seen, followed, "B")["services"]["power"]["text"] == "Power: the need is met."
    assert place(seen, followed, "A")["services"]["water"]["text"] == "Water: 16 litres a person each day; norm is 20."


def test_the_rounded_share_never_contradicts_the_class(town: WorkedTown, ana: User, numbered: Stamp) -> None:
    town.reach("A", "power", 0.3999)
    bring_up_to_date(town, numbered)
    assert "39%" in place(seen_by(ana, town), town, "A")["services"]["power"]["text"]


def test_before_anything_is_computed_nothing_is_claimed(tenkoro: Municipality, ana: User) -> None:
    actor = acting(ana)
    with scope(actor):
        seen = situation(tenkoro, actor=actor)
    assert len(seen["neighbourhoods"]) == 3
    assert {item["class"] for item in seen["neighbourhoods"]} == {"no_data"}
    assert {item["index"] for item in seen["neighbourhoods"]} == {None}
    assert seen["city"]["index"] is None


def test_partners_see_people_rounded_and_very_few_people_not_at_all(
    town: WorkedTown, ana: User, paul: User, numbered: Stamp
) -> None:
    town.count("Second count", {"A": (1003, 0, 0), "B": (600, 400, 0), "C": (4, 0, 0)})
    bring_up_to_date(town, numbered)
    own, partner = seen_by(ana, town), seen_by(paul, town)
    assert place(own, town, "A")["people"] == 1003
    assert place(partner, town, "A")["people"] == 1005
    assert place(partner, town, "A")["short"] % 5 == 0
    assert place(own, town, "C")["people"] == 4
    hidden = place(partner, town, "C")
    assert hidden["class"] == "withheld"
    for name in ("people", "hosts", "index", "short", "rank", "why", "previous_index", "people_lo"):
        assert hidden[name] is None, name
    assert hidden["services"] == {}
    assert hidden["parts"] == []
    cells = [cell for item in partner["neighbourhoods"] for cell in item["services"].values()]
    assert {cell[name] for cell in cells for name in ("demand", "supply")} == {None}


def test_partners_get_no_exact_count_in_any_sentence(town: WorkedTown, paul: User, numbered: Stamp) -> None:
    town.count("Second count", {"A": (1237, 0, 0), "B": (600, 400, 0), "C": (300, 0, 200)})
    bring_up_to_date(town, numbered)
    assert "1,237" not in str(seen_by(paul, town))
    assert "1237" not in str(seen_by(paul, town))


def test_who_has_no_business_there_is_told_nothing(followed: WorkedTown, cleo: User, ben: User) -> None:
    for who, refusal in ((cleo, NotFound), (ben, NotAllowed)):
        actor = acting(who)
        with scope(actor), pytest.raises(refusal):
            situation(followed.municipality, actor=actor)
        with scope(actor), pytest.raises(refusal):
            ranking(followed.municipality, actor=actor)


def test_the_change_since_last_time_is_shown(followed: WorkedTown, ana: User, numbered: Stamp) -> None:
    assert place(seen_by(ana, followed), followed, "A")["previous_index"] is None
    followed.status("P1", "fully_functional")
    bring_up_to_date(followed, numbered)
    a = place(seen_by(ana, followed), followed, "A")
    assert a["previous_index"] == pytest.approx(0.358)
    assert a["index"] == pytest.approx(0.716)


def test_what_rests_on_little_is_hatched(town: WorkedTown, ana: User, numbered: Stamp) -> None:
    town.status("P1", "unknown")
    town.status("W1", "unknown")
    town.status("H1", "unknown")
    bring_up_to_date(town, numbered)
    a = place(seen_by(ana, town), town, "A")
    assert a["coverage"] < 0.6
    assert a["hatched"]
    assert a["lo"] == 0


def test_the_panel_adds_people_damage_facilities_and_works(followed: WorkedTown, ana: User) -> None:
    actor = acting(ana)
    with scope(actor):
        panel = neighbourhood_panel(followed.municipality, followed.places["B"], actor=actor)
    assert panel["index"] == pytest.approx(0.358)
    assert panel["population"]["value"] == 1000
    assert panel["population"]["groups"]["displaced"]["value"] == 400
    assert panel["population"]["method"] == "census"
    assert [facility["code"] for facility in panel["facilities"]] == ["H1"]
    assert panel["damage"]["structures"] == 0
    best = panel["helps"][0]
    assert best["code"] == "i1"
    assert best["gain_here"] == 358
    assert panel["boundary"]["source"] == "test"


def test_the_ranking_is_that_of_the_book_with_its_explanation(followed: WorkedTown, ana: User) -> None:
    actor = acting(ana)
    with scope(actor):
        ranked = ranking(followed.municipality, actor=actor)
    assert ranked["note"]
    items = {item["code"]: item for item in ranked["items"]}
    assert list(items) == ["i3", "i1", "i4", "i5", "i2"]
    assert [items[code]["gain"] for code in items] == [189, 882, 262, 0, 0]
    assert items["i3"]["gain_per_cost"] == pytest.approx(18.9)
    assert items["i4"]["closure"] == ["i4", "i5"]
    for item in items.values():
        parts = [*item["breakdown"], *item["weakest"]]
        assert sum(part["gain"] for part in parts) == item["gain"]
    assert items["i2"]["reason"] == "No gain alone: limited by power (40%). Gains 145 people once i1 works."
    bonus = {unlocker["code"]: unlocker["pair_bonus"] for unlocker in items["i3"]["unlockers"]}
    assert bonus["i1"] == -189


def test_sentences_are_put_in_the_readers_language_where_there_is_one(followed: WorkedTown, ana: User) -> None:
    with translation.override("ar"):
        text = place(seen_by(ana, followed), followed, "A")["services"]["power"]["text"]
    assert "الكهرباء" in text
    assert not any(digit in text for digit in "456789"), "digits are written as the language does"


def test_the_picture_costs_few_statements(followed: WorkedTown, ana: User) -> None:
    actor = acting(ana)
    with (
        scope(actor),
        CaptureQueriesContext(
            connection,
        ) as asked,
    ):
        situation(followed.municipality, actor=actor)
    assert len(asked) <= 16
