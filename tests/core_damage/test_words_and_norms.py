"""The one list of words holds together: aliases lead to codes, seeds refer to what exists and name their source."""

import math
from typing import Any

import pytest

from municipal_units.core import norms
from municipal_units.core.vocabulary import (
    ASSET_TYPES,
    FUNCTIONALITY_CLASSES,
    METHOD_PRECEDENCE,
    PRESENCE_OF,
    PROVIDER_OUTAGE_CAUSES,
    SERVICE_ALIASES,
    SERVICE_LETTERS,
    SERVICE_NAMES,
    EstimationMethod,
    FunctionalityClass,
    OperationalStatus,
    Phase,
    PopulationGroup,
    ServiceDomain,
    functionality_class,
    service_domain,
)


@pytest.mark.parametrize(
    ("word", "code"),
    [("Road Access", "road_access"), ("road", "road_access"), ("electricity", "power"), ("housing", "housing_shelter"),
     ("food", "market_livelihood"), ("waste", "solid_waste"), ("administration", "governance_registry")],
)  # fmt: skip
def test_other_spellings_lead_to_one_code(word, code):
    assert service_domain(word) == code


def test_an_unknown_service_is_not_guessed():
    assert service_domain("heating") is None
    assert not set(SERVICE_ALIASES) & {domain.value for domain in ServiceDomain}


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_every_service_has_a_name_and_a_letter_of_its_own(language):
    letters = [getattr(SERVICE_LETTERS[domain], language) for domain in ServiceDomain]
    assert len(set(letters)) == len(ServiceDomain)
    assert all(len(letter) == 1 for letter in letters)
    assert all(getattr(SERVICE_NAMES[domain], language) for domain in ServiceDomain)


@pytest.mark.parametrize(
    ("share", "code"),
    [(0, "barely_works"), (0.19, "barely_works"), (0.2, "failing"), (0.39, "failing"), (0.4, "strained"),
     (0.6 - 1e-12, "mostly_works"), (0.79, "mostly_works"), (0.8, "works"), (1, "works"), (None, "no_data"),
     (math.nan, "no_data")],
)  # fmt: skip
def test_classes_are_cut_where_the_table_says(share, code):
    assert functionality_class(share) == FunctionalityClass(code)


def test_classes_leave_no_gap():
    for lower, upper in zip(FUNCTIONALITY_CLASSES, FUNCTIONALITY_CLASSES[1:], strict=False):
        assert lower.high == upper.low


def test_every_group_of_people_but_unknown_is_present_as_one_of_three():
    assert set(PRESENCE_OF) == set(PopulationGroup) - {PopulationGroup.UNKNOWN}
    assert METHOD_PRECEDENCE[0] is EstimationMethod.REGISTRATION_IND
    assert METHOD_PRECEDENCE[-1] is EstimationMethod.BASELINE_AREA


def test_weights_sum_to_one_and_the_essential_ones_are_five():
    assert math.isclose(sum(row.weight for row in norms.SERVICE_WEIGHTS), 1)
    assert {row.service for row in norms.SERVICE_WEIGHTS if row.essential} == {
        ServiceDomain.POWER,
        ServiceDomain.WATER,
        ServiceDomain.SANITATION,
        ServiceDomain.HEALTH,
        ServiceDomain.HOUSING_SHELTER,
    }
    assert {row.service for row in norms.SERVICE_WEIGHTS} == set(ServiceDomain)


def test_every_service_has_one_demand_norm_per_phase_and_one_unit():
    keys = [(row.service, row.phase) for row in norms.DEMAND_NORMS]
    assert len(set(keys)) == len(keys)
    assert {service for service, _ in keys} == set(ServiceDomain) == set(norms.DEMAND_UNITS)


def test_conversions_are_those_of_the_mechanics():
    factors = {(row.service, row.asset_type, row.unit, row.phase): row.factor for row in norms.CAPACITY_CONVERSIONS}
    assert factors[ServiceDomain.WATER, "", "tap", Phase.EMERGENCY] == 3750
    assert factors[ServiceDomain.WATER, "", "handpump", Phase.EMERGENCY] == 7500
    assert factors[ServiceDomain.WATER, "", "m3/d", Phase.EMERGENCY] == 1000
    assert factors[ServiceDomain.HEALTH, "hospital", "facility", Phase.EMERGENCY] == 25
    assert factors[ServiceDomain.HOUSING_SHELTER, "", "dwelling unit", Phase.EMERGENCY] is None
    assert len(factors) == len(norms.CAPACITY_CONVERSIONS)


def test_seeds_name_existing_assets_sources_and_shares():
    rows: list[Any] = [*norms.CAPACITY_CONVERSIONS, *norms.CATCHMENTS, *norms.DEPENDENCIES]
    for row in rows:
        assert row.asset_type == "" or row.asset_type in ASSET_TYPES[row.service]
        assert row.source
    assert all(0 <= row.strength <= 1 and row.needs is not row.service for row in norms.DEPENDENCIES)
    assert not [row for row in norms.DEPENDENCIES if row.service is ServiceDomain.HOUSING_SHELTER]
    assert {row.status for row in norms.STATUS_FACTORS} == set(OperationalStatus)
    assert set(norms.OUTAGE_PROVIDERS) == PROVIDER_OUTAGE_CAUSES
