"""Which of several figures of people present counts (mechanics D8)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from municipal_units.models import Municipality, Neighbourhood, PopulationEstimate, PopulationRound
from municipal_units.permissions import scope, system_actor
from municipal_units.selectors.population import people_present

TODAY = date(2026, 11, 20)
Count = Callable[..., PopulationRound]


@pytest.fixture
def count(tenkoro: Municipality) -> Count:
    """Write one round of Wendou: groups with persons, or (persons, lo, hi)."""

    def write(days_ago: int, method: str, groups: dict[str, Any], **of_round: Any) -> PopulationRound:
        confidence = of_round.pop("confidence", "medium")
        with scope(system_actor(tenkoro.pk)):
            made = PopulationRound.objects.create(
                municipality=tenkoro,
                name=f"{method} {days_ago}",
                source="test",
                method=method,
                observed_on=TODAY - timedelta(days=days_ago),
                **of_round,
            )
            wendou = Neighbourhood.objects.get(name="Wendou")
            for group, figure in groups.items():
                value, lo, hi = figure if isinstance(figure, tuple) else (figure, None, None)
                PopulationEstimate.objects.create(
                    municipality=tenkoro,
                    round=made,
                    neighbourhood=wendou,
                    group=group,
                    individuals=value,
                    lo=lo,
                    hi=hi,
                    confidence=confidence,
                )
        return made

    return write


def present(town: Municipality) -> pd.DataFrame:
    with scope(system_actor(town.pk)):
        return people_present(town, as_of=TODAY).set_index("group")


def test_nobody_counted_is_no_row_and_not_zero(tenkoro: Municipality) -> None:
    assert present(tenkoro).empty


def test_the_better_method_wins_over_the_newer_round_and_both_are_kept(tenkoro: Municipality, count: Count) -> None:
    count(100, "sample_survey", {"idp": 500})
    count(5, "baseline_location", {"idp": 700})
    row = present(tenkoro).loc["displaced"]
    assert row["value"] == 500
    assert [other["value"] for other in row["alternatives"]] == [700]


def test_among_equal_methods_the_newest_counts_and_figures_are_never_summed(
    tenkoro: Municipality, count: Count
) -> None:
    count(40, "msla", {"idp": 500})
    count(10, "msla", {"idp": 700})
    assert present(tenkoro).loc["displaced", "value"] == 700


def test_groups_of_one_round_are_put_together(tenkoro: Municipality, count: Count) -> None:
    count(10, "msla", {"host_community": 1000, "resident_affected": 200, "idp": 300, "refugee": 20, "returnee_idp": 7})
    values = present(tenkoro)["value"].to_dict()
    assert values == {"resident": 1200, "displaced": 320, "returnee": 7}


def test_a_round_counts_for_180_days_and_a_census_for_a_year(tenkoro: Municipality, count: Count) -> None:
    count(179, "registration_hh", {"idp": 100})
    count(180, "registration_ind", {"idp": 90})
    count(364, "census", {"host_community": 1000})
    rows = present(tenkoro)
    assert rows.loc["displaced", "value"] == 100
    assert rows.loc["resident", "value"] == 1000
    assert not rows["too_old"].any()


def test_only_an_old_figure_stands_widened_with_low_confidence(tenkoro: Municipality, count: Count) -> None:
    count(400, "census", {"host_community": (1000, 950, 1050)}, confidence="high")
    row = present(tenkoro).loc["resident"]
    assert (row["value"], row["lo"], row["hi"]) == (1000, 650, 1350)
    assert row["confidence"] == "low"
    assert row["flags"] == ["too_old"]


def test_an_incomplete_register_is_a_floor_and_never_the_figure(tenkoro: Municipality, count: Count) -> None:
    count(3, "registration_hh", {"idp": 650}, coverage="partial")
    alone = present(tenkoro).loc["displaced"]
    assert pd.isna(alone["value"])
    assert alone["floor"] == 650
    count(20, "baseline_location", {"idp": 500})
    row = present(tenkoro).loc["displaced"]
    assert row["value"] == 500
    assert row["floor"] == 650
    assert "floor_is_larger" in row["flags"]


def test_sites_are_added_only_where_the_round_left_them_out(tenkoro: Municipality, count: Count) -> None:
    count(5, "site_assessment", {"idp": 200})
    count(20, "baseline_location", {"idp": 500})
    assert present(tenkoro).loc["displaced", "value"] == 500
    count(10, "msla", {"idp": 600}, excludes_sites=True)
    assert present(tenkoro).loc["displaced", "value"] == 500  # baseline_location comes before msla
    count(1, "baseline_location", {"idp": 510}, excludes_sites=True)
    row = present(tenkoro).loc["displaced"]
    assert row["value"] == 710
    assert "sites_added" in row["flags"]


def test_people_of_unknown_group_do_not_count_twice(tenkoro: Municipality, count: Count) -> None:
    count(20, "msla", {"unknown": 1600})
    assert present(tenkoro)["value"].to_dict() == {"unknown": 1600}
    count(10, "msla", {"host_community": 1000, "idp": 500})
    assert present(tenkoro)["value"].to_dict() == {"resident": 1000, "displaced": 500}
    count(2, "msla", {"host_community": 1000, "idp": 500, "unknown": 40})
    assert present(tenkoro)["value"].sum() == 1540


def test_an_undivided_fresh_figure_replaces_groups_that_are_too_old(tenkoro: Municipality, count: Count) -> None:
    count(300, "msla", {"host_community": 1000, "idp": 500})
    count(10, "msla", {"unknown": 900})
    assert present(tenkoro)["value"].to_dict() == {"unknown": 900}


def test_a_superseded_round_and_flows_do_not_count(tenkoro: Municipality, count: Count) -> None:
    newer = count(30, "msla", {"idp": 400})
    count(2, "msla", {"idp": 9000}, superseded_by=newer)
    count(1, "flow_registry", {"idp": 12})
    assert present(tenkoro).loc["displaced", "value"] == 400


def test_counts_of_the_same_weeks_that_disagree_are_flagged_and_trusted_less(
    tenkoro: Municipality, count: Count
) -> None:
    count(20, "baseline_location", {"idp": 500}, confidence="high")
    assert present(tenkoro).loc["displaced", "confidence"] == "high"
    count(25, "msla", {"idp": 640})
    row = present(tenkoro).loc["displaced"]
    assert row["confidence"] == "low"
    assert "figures_differ" in row["flags"]


def test_a_figure_without_interval_gets_one_by_age_and_origin(tenkoro: Municipality, count: Count) -> None:
    count(10, "msla", {"idp": 1000})
    row = present(tenkoro).loc["displaced"]
    assert (row["lo"], row["hi"]) == (650, 1350)


def test_what_is_counted_later_is_not_known_today(tenkoro: Municipality, count: Count) -> None:
    count(-1, "census", {"host_community": 1000})
    assert present(tenkoro).empty
