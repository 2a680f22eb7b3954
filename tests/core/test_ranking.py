"""The ranking without a budget: order, closures, breakdown, what binds, what unlocks (functionality.md 5 and 7.2)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from assessments.core.answers import rank_answer
from assessments.core.case import PlanningCase
from assessments.core.engine import Engine
from assessments.core.explanation import Binding, explain
from assessments.core.ranking import coarse, rank
from assessments.core.robustness import Band, rank_robustness
from tests.core.cases import (
    COMPLEMENTARITY,
    WORKED,
    Document,
    adds,
    backs_up,
    case_of,
    facility,
    one_place,
    reaches,
    work,
    worked,
)
from tests.core.random_cases import documents

relaxed = settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ranked(document: Document) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in rank_answer(case_of(document))["ranking"]}


def reason(document: Document, key: str) -> str:
    return ranked(document)[key]["reason"]


def test_the_worked_example_is_ranked_by_gain_per_cost_with_prerequisites():
    answer = rank_answer(case_of(WORKED))["ranking"]

    assert [item["id"] for item in answer] == ["i3", "i1", "i4", "i5", "i2"]
    assert [item["rank"] for item in answer] == [1, 2, 3, 4, 5]
    assert [item["gain_per_cost"] for item in answer] == pytest.approx([18.9, 14.7, 4.375, 0, 0])
    assert [item["gain"] for item in answer] == pytest.approx([189, 882, 262.5, 0, 0])
    assert answer[2]["closure"] == ["i4", "i5"]
    assert answer[2]["cost"] == 60


def test_the_breakdown_sums_to_the_gain():
    i1 = ranked(WORKED)["i1"]

    assert sum(part["gain"] for part in [*i1["breakdown"], *i1["weakest"]]) == pytest.approx(882)
    assert {(part["n"], part["s"]): part["gain"] for part in i1["breakdown"]} == pytest.approx(
        {
            ("A", "power"): 126, ("B", "power"): 126, ("C", "power"): 63,
            ("A", "water"): 112, ("B", "water"): 112, ("C", "water"): 28,
        }
    )  # fmt: skip
    assert {part["n"]: part["gain"] for part in i1["weakest"]} == pytest.approx({"A": 120, "B": 120, "C": 75})


def test_a_work_without_gain_says_why_and_what_unlocks_it():
    i2 = ranked(WORKED)["i2"]

    assert i2["reason"] == "no gain alone: W1 is limited by power (0.40)"
    assert i2["unlockers"] == [{"id": "i1", "pair_bonus": pytest.approx(145)}]
    assert i2["breakdown"] == i2["weakest"] == []


def test_works_that_complete_or_replace_each_other_are_told_with_their_bonus():
    bonus = {
        key: {other["id"]: other["pair_bonus"] for other in item["unlockers"]} for key, item in ranked(WORKED).items()
    }

    assert bonus["i3"] == pytest.approx({"i1": -189})
    assert bonus["i1"] == pytest.approx({"i2": 145, "i4": 52.5, "i3": -189})


def test_two_repairs_that_need_each_other_name_each_other():
    items = ranked(COMPLEMENTARITY)

    assert items["repair_power"]["unlockers"] == [{"id": "repair_water", "pair_bonus": pytest.approx(1000)}]
    assert items["repair_water"]["unlockers"] == [{"id": "repair_power", "pair_bonus": pytest.approx(1000)}]
    assert items["repair_power"]["reason"] == "no gain alone: W is limited by its own capacity (0.00)"
    assert items["repair_water"]["reason"] == "no gain alone: W is limited by power (0.00)"
    assert items["decoy"]["reason"] == "then the demand is met"


def test_every_kind_of_zero_gain_is_explained():
    plants = [facility("P", "power", "A", 100, 50, {"A": 1}), facility("W", "water", "A", 300, 200, {"A": 1})]
    full = one_place(*plants, interventions=[work("w", 1, adds("W", 50))])
    cut = one_place(*plants, interventions=[work("w", 1, adds("W", 50))])
    cut["neighbourhoods"][0]["local"] = {"water": 0.5}
    nothing = one_place(*plants, interventions=[work("w", 1)])
    supplied = one_place(*plants, interventions=[work("w", 1, reaches("A", "power", 0.1))])
    emptied = one_place(*plants, people=0, interventions=[work("w", 1, adds("P", 10))])
    nobody = one_place(plants[0], interventions=[work("w", 1, reaches("A", "water", 0.1))])
    weightless = one_place(*plants, interventions=[work("w", 1, adds("P", 10))])
    weightless["services"][0] = {**weightless["services"][0], "weight": 0, "essential": False}

    assert reason(full, "w") == "no gain alone: the demand is met"
    assert reason(cut, "w") == "no gain alone: water in A is limited by local reach (0.50)"
    assert reason(nothing, "w") == "no gain alone: it changes nothing"
    assert reason(supplied, "w") == "no gain alone: P is limited by its own capacity (0.50)"
    assert reason(emptied, "w") == "no gain alone: nobody in A needs power"
    assert reason(nobody, "w") == "no gain alone: no facility brings water to A"
    assert reason(weightless, "w") == "no gain alone: power has no weight in the index"


def test_a_backup_and_a_reach_are_found_as_unlockers():
    document = one_place(
        facility("P", "power", "A", 100, 20, {"A": 1}),
        facility("W", "water", "A", 100, 20, {"A": 1}, depends={"power": 1}),
        interventions=[
            work("repair", 10, adds("W", 60)),
            work("generator", 10, backs_up("W", "power", 50)),
            work("connect", 10, reaches("A", "water", 0.5)),
        ],
    )
    document["neighbourhoods"][0]["local"] = {"water": 0.2}
    items = ranked(document)

    assert items["repair"]["gain"] == 0
    assert items["repair"]["unlockers"] == []
    document["neighbourhoods"][0]["local"] = {"water": 1}
    assert [other["id"] for other in ranked(document)["repair"]["unlockers"]] == ["generator"]


def test_what_costs_nothing_comes_first_if_it_gains():
    document = worked()
    document["interventions"][0]["cost"] = 0
    document["interventions"][1]["cost"] = 0
    answer = rank_answer(case_of(document))["ranking"]

    assert answer[0]["id"] == "i1"
    assert answer[0]["gain_per_cost"] is None
    assert [item["id"] for item in answer][-2:] == ["i2", "i5"]


def test_ties_are_broken_by_gain_then_cost_then_id():
    twin = facility("P", "power", "A", 100, 0, {"A": 1})
    document = one_place(
        twin,
        interventions=[
            work("z", 10, adds("P", 10)), work("a", 10, adds("P", 10)), work("b", 20, adds("P", 20)),
            work("d", 7), work("c", 5), work("e", 5),
        ],
    )  # fmt: skip

    order = [item["id"] for item in rank_answer(case_of(document))["ranking"]]
    assert order == ["b", "a", "z", "c", "e", "d"]
    shuffled = {**document, "interventions": document["interventions"][::-1]}
    assert [item["id"] for item in rank_answer(case_of(shuffled))["ranking"]] == order


def test_rounding_errors_do_not_decide_between_equals():
    assert (coarse(np.array([0.1 + 0.2, 0.0, -5e-324])) == coarse(np.array([0.3, 0.0, -5e-324]))).all()


def test_works_of_one_exclusive_group_are_no_pair():
    document = one_place(
        facility("P", "power", "A", 100, 0, {"A": 1}),
        interventions=[work("patch", 1, adds("P", 50), group="P"), work("full", 9, adds("P", 100), group="P")],
    )

    assert ranked(document)["patch"]["unlockers"] == []


@given(document=documents(works=5))
@relaxed
def test_explanations_add_up_and_both_engines_tell_the_same(document: Document):
    case = case_of(document)
    told = {engine: explain(rank(case, engine=engine)) for engine in (Engine.NUMPY, Engine.COMPILED)}
    people = max(1.0, float(case.weighted_people.sum()))
    for one, other in zip(*told.values(), strict=True):
        total = sum(part.gain for part in one.parts) + sum(gain for _, gain in one.weakest)
        assert total == pytest.approx(one.work.gain, abs=1e-7 * people)
        assert one.work.gain >= 0
        assert one.work.number == other.work.number
        assert one.work.gain == pytest.approx(other.work.gain, abs=1e-7 * people)
        assert one.reason.gains == (one.work.gain > 0)
        assert one.reason.sentence(case)
        if one.work.gain == 0:
            assert all(bonus > 0 for _, bonus in one.unlockers)


def test_bindings_name_numbers_that_a_page_can_translate():
    case = case_of(WORKED)
    told = {explanation.work.id: explanation.reason for explanation in explain(rank(case))}

    assert (told["i2"].binding, told["i2"].gains) == (Binding.SUPPORT, False)
    assert case.facility_ids[told["i2"].facility] == "W1"
    assert case.service_ids[told["i2"].service] == "power"
    assert told["i2"].level == pytest.approx(0.4)


def robust(case: PlanningCase, seed: int) -> tuple[np.ndarray, list[Band]]:
    result = rank_robustness(case, random=np.random.default_rng(seed), draws=40, first_places=2)
    return result.acceptability, [result.band(number) for number in range(len(case.interventions))]


def test_ranks_have_bands_and_a_seed_repeats_them():
    case = case_of(WORKED)
    share, bands = robust(case, 1)

    assert bands == [Band.FIRM, Band.OUTSIDE, Band.FIRM, Band.OUTSIDE, Band.OUTSIDE]
    assert share.sum() == pytest.approx(2)
    assert (robust(case, 1)[0] == share).all()


def test_rank_intervals_hold_the_rank_and_levels_are_ordered():
    result = rank_robustness(case_of(WORKED), random=np.random.default_rng(3), draws=40)

    assert (result.rank_low <= result.rank_high).all()
    assert result.rank_low[2] <= 1 <= result.rank_high[2]
    assert result.levels[0] < 937 < result.levels[2]
