"""The made-up towns used for measuring are real cases: seeded, connected, with cycles, and followed like any other."""

import numpy as np
import pytest

from assessments.core.dependencies import greatest, inputs_of, least, structure_of
from assessments.core.effects import applied, closure
from assessments.core.engine import Engine, chosen
from assessments.core.functionality import evaluate
from assessments.core.local import LocalState, effects_of
from assessments.core.ranking import rank
from assessments.core.synthetic import made_up_case


@pytest.fixture(scope="module")
def town():
    return made_up_case(np.random.default_rng(5), neighbourhoods=400, facilities=2_500, works=300)


def test_a_seed_makes_one_town(town):
    again = made_up_case(np.random.default_rng(5), neighbourhoods=400, facilities=2_500, works=300)

    np.testing.assert_array_equal(again.current, town.current)
    np.testing.assert_array_equal(again.catchment_weight, town.catchment_weight)
    assert again.interventions == town.interventions


def test_it_is_about_as_large_as_asked_and_has_cycles(town):
    assert town.shape == (400, 10)
    assert 2_300 < len(town.facility_ids) < 2_700
    structure, inputs = structure_of(town), inputs_of(town)
    top = greatest(structure, inputs)
    assert top.converged
    assert top.sweeps > 8
    assert (least(structure, inputs).works <= top.works + 1e-9).all()
    assert 0.1 < evaluate(town).city < 0.9


def test_large_cases_are_followed_by_compiled_code(town):
    assert chosen(Engine.AUTO, town) == Engine.COMPILED
    small = made_up_case(np.random.default_rng(5), neighbourhoods=9, facilities=60)
    assert chosen(Engine.AUTO, small) == Engine.NUMPY


def test_many_changes_in_a_row_still_equal_the_full_computation(town):
    random = np.random.default_rng(8)
    state = LocalState(town)
    current = town.current.copy()
    for f in random.integers(len(current), size=300):
        current[f] = town.nominal[f] * random.random()
        state.change_facility(int(f), current=float(current[f]))
    structure = structure_of(town)
    full = greatest(structure, inputs_of(town)._replace(current=current))

    np.testing.assert_allclose(state.live.works, full.works, atol=1e-7)


def test_gains_in_a_large_town_are_differences_of_person_functionality(town):
    ranking = rank(town)
    before = evaluate(town).person_functionality
    for work in (*ranking.works[:3], *ranking.works[::60]):
        after = evaluate(applied(town, work.closure)).person_functionality
        assert work.gain == pytest.approx(after - before, abs=0.01)
    assert [work.rank for work in ranking.works] == list(range(1, len(ranking.works) + 1))
    state = LocalState(town, engine=Engine.NUMPY)
    some, effects = [closure(town, number) for number in range(0, 300, 30)], effects_of(town)
    np.testing.assert_allclose(state.gains(some, effects), ranking.state.gains(some, effects), atol=1e-4)
