"""Properties of functionality.md 11 that need no optimiser, on random cases with cycles and emptied places."""

import dataclasses
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assessments.core.answers import functionality_answer
from assessments.core.case import PlanningCase
from assessments.core.dependencies import greatest, inputs_of, least, structure_of
from assessments.core.functionality import Functionality, evaluate
from tests.core.cases import Document, case_of
from tests.core.random_cases import documents

relaxed = settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def settled(case: PlanningCase) -> Functionality:
    result = evaluate(case)
    assume(result.converged)
    return result


@given(document=documents())
@relaxed
def test_functionality_is_a_share_below_the_reach_and_inside_its_interval(document: Document):
    result = evaluate(case_of(document))
    known = result.case.known
    value = result.value[known]

    assert np.isnan(result.value[~known]).all()
    assert ((value >= 0) & (value <= 1) & (value <= result.case.reach[known] + 1e-12)).all()
    assert (result.lo[known] <= value).all()
    assert (value <= result.hi[known]).all()
    told = ~np.isnan(result.index)
    assert (result.index_lo[told] <= result.index[told] + 1e-9).all()
    assert (result.index[told] <= result.index_hi[told] + 1e-9).all()


@given(document=documents())
@relaxed
def test_never_more_people_are_served_than_there_is_capacity(document: Document):
    case = case_of(document)
    point = greatest(structure_of(case), inputs_of(case))
    served = case.demand * point.works[:-1].reshape(case.shape)
    served = np.where(inputs_of(case).given[:-1].reshape(case.shape) > 0, 0, served)
    for service in range(case.shape[1]):
        capacity = point.effective[case.service_of == service].sum()
        assert served[:, service].sum() <= capacity * (1 + 1e-9) + 1e-6


@given(document=documents(), seed=st.integers(0, 2**32 - 1))
@relaxed
def test_more_capacity_backup_or_reach_never_lowers_anything(document: Document, seed: int):
    random = np.random.default_rng(seed)
    case = case_of(document)
    room = random.random(len(case.current)) * (random.random(len(case.current)) < 0.5)
    better = dataclasses.replace(
        case,
        current=case.current + (case.nominal - case.current) * room,
        depends_backup=case.depends_backup + 20 * random.random(len(case.depends_backup)),
        reach=case.reach + (1 - case.reach) * random.random(case.shape),
    )
    before, after = settled(case), settled(better)

    assert (after.value >= before.value - 1e-8)[case.known].all()
    assert after.person_functionality >= before.person_functionality - 1e-6


@given(document=documents(), factor=st.sampled_from([0.001, 7.0, 1e6]))
@relaxed
def test_the_unit_of_a_service_does_not_matter(document: Document, factor: float):
    case = case_of(document)
    first = case.service_of == 0
    owned = np.repeat(first, np.diff(case.depends_ptr))
    norm, explicit = case.norm.copy(), case.explicit_demand.copy()
    norm[:, 0] *= factor
    explicit[:, 0] *= factor
    other = dataclasses.replace(
        case,
        norm=norm,
        explicit_demand=explicit,
        **{name: np.where(first, getattr(case, name) * factor, getattr(case, name))
           for name in ("nominal", "current", "current_lo", "current_hi")},
        depends_backup=np.where(owned, case.depends_backup * factor, case.depends_backup),
    )  # fmt: skip

    np.testing.assert_allclose(settled(other).value, settled(case).value, atol=1e-7)


@given(document=documents(), random=st.randoms(use_true_random=False))
@relaxed
def test_the_order_of_the_records_does_not_matter(document: Document, random: Random):
    shuffled = dict(document)
    for key in ("services", "neighbourhoods", "facilities"):
        shuffled[key] = random.sample(document[key], len(document[key]))
    settled(case_of(document))
    one, other = (functionality_answer(case_of(it)) for it in (document, shuffled))

    assert other["reasons"] == one["reasons"]
    assert other["person_functionality"] == pytest.approx(one["person_functionality"], abs=1e-6)
    for place, values in one["functionality"].items():
        assert other["functionality"][place] == pytest.approx(values, abs=1e-7)


@given(document=documents())
@relaxed
def test_a_facility_split_in_two_equal_halves_changes_nothing(document: Document):
    # The mean that stands in for an unknown capacity counts facilities, so there must be none.
    assume(document["facilities"] and all(item["current"] is not None for item in document["facilities"]))
    whole = document["facilities"][0]
    halves = [
        {
            **whole,
            "id": f"{whole['id']}-{half}",
            "nominal": whole["nominal"] / 2,
            "current": whole["current"] / 2,
            "backup": {service: amount / 2 for service, amount in whole["backup"].items()},
        }
        for half in "ab"
    ]
    split = {**document, "facilities": [*halves, *document["facilities"][1:]]}

    np.testing.assert_allclose(settled(case_of(split)).value, settled(case_of(document)).value, atol=1e-7)


@given(document=documents())
@relaxed
def test_a_neighbourhood_split_in_two_identical_halves_keeps_person_functionality(document: Document):
    """Both halves lie in the same catchments with the same weight; what stood in the whole stands in one half."""
    whole = document["neighbourhoods"][0]
    halves = [
        {
            **whole,
            "id": name,
            "population": {group: people / 2 for group, people in whole["population"].items()},
            "demand": {service: units / 2 for service, units in whole.get("demand", {}).items()},
            "return_population": whole.get("return_population"),
        }
        for name in (whole["id"], "twin")
    ]
    facilities = [
        {**item, "catchment": {**item["catchment"], "twin": item["catchment"][whole["id"]]}}
        if whole["id"] in item["catchment"]
        else item
        for item in document["facilities"]
    ]
    split = {**document, "neighbourhoods": [*halves, *document["neighbourhoods"][1:]], "facilities": facilities}
    before, after = settled(case_of(document)), settled(case_of(split))

    assert after.person_functionality == pytest.approx(before.person_functionality, abs=1e-5)


@given(document=documents())
@relaxed
def test_what_starts_again_is_never_more_than_what_runs(document: Document):
    case = case_of(document)
    structure, inputs = structure_of(case), inputs_of(case)
    top, bottom = greatest(structure, inputs), least(structure, inputs)
    assume(top.converged and bottom.converged)

    assert (bottom.works <= top.works + 1e-8).all()
    if not len(structure.loop_fac):
        np.testing.assert_allclose(bottom.works, top.works, atol=1e-7)
