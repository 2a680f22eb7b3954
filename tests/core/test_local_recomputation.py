"""Following one change locally gives what a full computation gives, in numpy and compiled."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assessments.core.case import PlanningCase
from assessments.core.dependencies import greatest, inputs_of, structure_of
from assessments.core.effects import applied, closure
from assessments.core.engine import Engine
from assessments.core.functionality import evaluate
from assessments.core.local import LocalState, effects_of
from tests.core.cases import CYCLE, WORKED, Document, case_of, facility, one_place
from tests.core.random_cases import documents

ENGINES = [Engine.NUMPY, Engine.COMPILED]
CLOSE = 1e-7
relaxed = settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_same_as_full(state: LocalState, case: PlanningCase) -> None:
    structure, inputs = structure_of(case), inputs_of(case, state.bound)
    full = greatest(structure, inputs)
    # A cycle may creep for more than 1,000 sweeps; that is reported, and then there is nothing to compare with.
    assume(full.converged)
    np.testing.assert_allclose(state.live.works, full.works, rtol=0, atol=CLOSE)
    np.testing.assert_allclose(
        state.live.effective, full.effective, rtol=0, atol=1e-6 * max(1, case.nominal.max(initial=0))
    )
    for mine, theirs in zip(state.inputs, inputs, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)


def changed(case: PlanningCase, random: np.random.Generator) -> PlanningCase:
    """Some facts changed at once: capacities, backups, reach, people."""
    current, backup = case.current.copy(), case.depends_backup.copy()
    population, reach = case.population.copy(), case.reach.copy()
    if len(current):
        f = random.integers(len(current))
        current[f] = case.nominal[f] * random.choice([0, 0.4, 1])
    if len(backup) and random.random() < 0.5:
        backup[random.integers(len(backup))] = random.choice([0, 30])
    if random.random() < 0.6:
        population[random.integers(len(population)), 0] = random.choice([0, 25, 600])
    if random.random() < 0.4:
        reach[random.integers(reach.shape[0]), random.integers(reach.shape[1])] = random.choice([0.1, 0.6, 1])
    return dataclasses.replace(case, current=current, depends_backup=backup, population=population, reach=reach)


@pytest.mark.parametrize("engine", ENGINES)
@given(document=documents(), seed=st.integers(0, 2**32 - 1))
@relaxed
def test_any_change_followed_locally_equals_the_full_computation(engine: Engine, document: Document, seed: int):
    random = np.random.default_rng(seed)
    case = case_of(document)
    state = LocalState(case, engine=engine)
    for _ in range(4):
        case = changed(case, random)
        state.become(case)
        assert_same_as_full(state, case)


@given(document=documents(works=4), seed=st.integers(0, 2**32 - 1))
@relaxed
def test_the_compiled_worklist_and_its_numpy_twin_agree(document: Document, seed: int):
    case = case_of(document)
    plain, fast = (LocalState(case, engine=engine) for engine in ENGINES)
    later = changed(case, np.random.default_rng(seed))
    plain.become(later)
    fast.become(later)
    np.testing.assert_allclose(plain.live.works, fast.live.works, rtol=0, atol=1e-9)
    effects = effects_of(case)
    sets = [closure(case, work) for work in range(len(case.interventions))]
    np.testing.assert_allclose(plain.gains(sets, effects), fast.gains(sets, effects), rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
@given(document=documents(works=4))
@relaxed
def test_gains_are_differences_of_person_functionality_and_leave_no_trace(engine: Engine, document: Document):
    case = case_of(document)
    before = evaluate(case).person_functionality
    state = LocalState(case, engine=engine)
    kept = [array.copy() for array in state.live]
    sets = [closure(case, work) for work in range(len(case.interventions))]
    gains = state.gains(sets, effects_of(case))
    for works, gain in zip(sets, gains, strict=True):
        expected = evaluate(applied(case, works)).person_functionality - before
        assert gain == pytest.approx(expected, abs=1e-5 * max(1.0, case.weighted_people.sum()))
        assert gain >= -1e-7
    for mine, theirs in zip(state.live, kept, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_repaired_plant_starts_a_fully_dependent_cycle_again(engine: Engine):
    """Rising from the present point would stay at zero, which is a fixed point too."""
    dead = {**CYCLE, "facilities": [{**CYCLE["facilities"][0], "current": 0}, CYCLE["facilities"][1]]}
    state = LocalState(case_of(dead), engine=engine)
    assert state.live.works[:2] == pytest.approx([0, 0])

    touched = state.change_facility(0, current=80)

    assert state.live.works[:2] == pytest.approx([0.8, 0.8])
    assert state.gain(touched) == pytest.approx(80)


@pytest.mark.parametrize("engine", ENGINES)
def test_one_change_touches_only_what_it_can_reach(engine: Engine):
    state = LocalState(case_of(WORKED), engine=engine)

    touched = state.change_facility(2, current=2_500)

    assert list(touched.facilities) == [2]
    assert [divmod(int(cell), 3) for cell in touched.cells] == [(2, 1)]
    assert state.live.works[2 * 3 + 1] == pytest.approx(0.45)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_spreads_and_its_repair_brings_everything_back(engine: Engine):
    state = LocalState(case_of(WORKED), engine=engine)
    before = state.live.works.copy()

    state.change_facility(0, current=0)
    assert state.live.works[:3] == pytest.approx([0, 0, 0.0 + 0.2])
    state.change_facility(0, current=200)

    np.testing.assert_allclose(state.live.works, before, atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_backup_and_reach_can_be_changed_alone(engine: Engine):
    case = case_of(WORKED)
    state = LocalState(case, engine=engine)

    assert state.gain(state.change_backup(1, 0, 13_500)) == pytest.approx(189)
    assert state.gain(state.change_reach(1, 1, 0.5)) == pytest.approx(-(0.7 * 0.4 * 200))
    with pytest.raises(ValueError, match="does not depend"):
        state.change_backup(0, 1, 5)


def test_a_self_dependent_facility_follows_its_own_capacity():
    document = one_place(facility("P", "power", "A", 100, 50, {"A": 1}, depends={"power": 1.0}))
    for engine in ENGINES:
        state = LocalState(case_of(document), engine=engine)
        state.change_facility(0, current=90)
        assert state.live.works[0] == pytest.approx(0.9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cycle_that_is_down_starts_when_its_place_is_connected_again(engine: Engine):
    """Nothing moves at first: 0 of what is reached is still 0."""
    cut = {**CYCLE, "neighbourhoods": [{**CYCLE["neighbourhoods"][0], "local": {"water": 0}}]}
    state = LocalState(case_of(cut), engine=engine)
    assert state.live.works[:2] == pytest.approx([0, 0])

    state.change_reach(0, 1, 0.5)

    assert state.live.works[:2] == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cycle_that_is_down_starts_when_there_are_fewer_people(engine: Engine):
    crowded = case_of({**CYCLE, "neighbourhoods": [{"id": "A", "population": {"resident": 100, "displaced": 1000}}]})
    state = LocalState(crowded, engine=engine)
    assert state.live.works[:2] == pytest.approx([0, 0], abs=1e-9)

    state.become(dataclasses.replace(crowded, population=np.array([[100.0, 0.0]])))

    assert state.live.works[:2] == pytest.approx([0.8, 0.8])
