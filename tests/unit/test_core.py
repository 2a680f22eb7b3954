"""Quorum, balance, tension and evictions as plain counting, by hand."""

from datetime import date

import pytest

from municipal_units.core.evictions import CaseFacts, Safeguard, classification_of, sums_of
from municipal_units.core.tension import INDICATORS, TensionIndicator, score_of, tension_of
from municipal_units.core.unit import DEFAULT_RULES, SeatNow, balance_of, carried, quorum_of

CHAIR = SeatNow(1, True, "", True, False)
HOST = SeatNow(2, False, "host", True, True)
DISPLACED = SeatNow(3, False, "displaced", True, False)
WATER = SeatNow(4, False, "", True, True)
EMPTY = SeatNow(5, False, "", False)
SEATS = [CHAIR, HOST, DISPLACED, WATER, EMPTY]


def test_quorum_needs_the_chair_half_of_all_seats_and_both_communities() -> None:
    assert quorum_of(SEATS, [1, 2, 3], DEFAULT_RULES).reached  # 3 of 5: half is 2.5
    assert quorum_of(SEATS, [1, 2], DEFAULT_RULES).problems == ("too_few_seats", "displaced_absent")
    assert quorum_of(SEATS, [2, 3, 4], DEFAULT_RULES).problems == ("chair_absent",)
    assert quorum_of(SEATS, [1, 4, 3, 5], DEFAULT_RULES).problems == ("host_absent",)
    assert quorum_of([], [], DEFAULT_RULES).reached is False


def test_a_vacant_seat_cannot_be_present_and_still_counts_in_the_half() -> None:
    found = quorum_of([CHAIR, HOST, DISPLACED, EMPTY, SeatNow(6, False, "", False), SeatNow(7, False, "", False)],
                      [1, 2, 3, 5], DEFAULT_RULES)  # fmt: skip
    assert (found.present, found.needed, found.reached) == (3, 3, True)


def test_a_town_may_ask_for_more() -> None:
    rules = dict(DEFAULT_RULES) | {"quorum_share": 0.75}
    assert quorum_of(SEATS, [1, 2, 3], rules).problems == ("too_few_seats",)
    assert quorum_of(SEATS, [1, 2, 3, 4], rules).reached


def test_balance_counts_women_among_those_of_whom_it_is_said() -> None:
    found = balance_of(SEATS, DEFAULT_RULES)
    assert (found.vacant, found.women, found.told, found.women_share, found.problems) == (1, 2, 4, 0.5, ())
    alone = balance_of([CHAIR, SeatNow(9, False, "", True, False)], DEFAULT_RULES)
    assert alone.problems == ("too_few_host", "too_few_displaced", "too_few_women")
    assert balance_of([SeatNow(1, True, "", False)], DEFAULT_RULES).problems[0] == "no_chair"


def test_more_for_than_against() -> None:
    assert carried(["for", "for", "against", "abstain", "abstain"])
    assert not carried(["for", "against"])
    assert not carried(["abstain"])


@pytest.mark.parametrize(
    ("indicator", "by_score"),
    [
        ("ratio_displaced_host", [(0.09, 0), (0.1, 1), (0.3, 2), (1, 2), (1.01, 3)]),
        ("growth_90d", [(-5, 0), (1.9, 0), (2, 1), (10, 2), (25, 2), (25.1, 3)]),
        ("water_queue", [(29, 0), (30, 1), (60, 2), (120, 2), (121, 3)]),
        ("rent_change_90d", [(4, 0), (5, 1), (15, 2), (41, 3)]),
        ("aid_perceived_unfair", [(9, 0), (10, 1), (30, 2), (51, 3)]),
        ("incidents_90d", [(0, 0), (0.1, 1), (2, 2), (5, 2), (5.1, 3)]),
        ("eviction_threats", [(0, 0), (1, 1), (2, 2), (10.5, 3)]),
        ("service_gap_pp", [(4, 0), (5, 1), (10, 2), (21, 3)]),
        ("dialogue_absent", [(3, 0), (7, 0), (2, 1), (1, 2), (0, 3)]),
    ],
)
def test_each_indicator_is_scored_as_the_table_says(indicator: str, by_score: list[tuple[float, int]]) -> None:
    assert [score_of(indicator, value) for value, _ in by_score] == [score for _, score in by_score]


def test_every_indicator_has_a_score() -> None:
    assert set(INDICATORS) == set(TensionIndicator)


FIVE = {"ratio_displaced_host": 0.5, "growth_90d": 12, "water_queue": 70, "rent_change_90d": 20, "service_gap_pp": 12}


def test_levels_follow_from_the_mean_of_what_was_measured() -> None:
    tense = tension_of(FIVE)  # five times 2: 10 / 5 / 3
    assert (round(tense.index or 0, 4), tense.level) == (0.6667, "tense")
    assert tension_of(FIVE | {"water_queue": 10, "growth_90d": 0, "rent_change_90d": 0}).level == "watch"  # 4 / 15
    assert tension_of(dict.fromkeys(FIVE, 0.0)).level == "calm"
    assert tension_of(dict.fromkeys(FIVE, 1000.0)).level == "critical"
    half = tension_of({"water_queue": 121, "growth_90d": 26, "ratio_displaced_host": 0.1, "service_gap_pp": 5,
                       "rent_change_90d": 1, "aid_perceived_unfair": 10})  # fmt: skip
    assert (half.index, half.level) == (0.5, "tense")  # (3 + 3 + 1 + 1 + 0 + 1) / 6 / 3: a level begins at its cut


def test_four_indicators_say_nothing_but_a_lethal_incident_does() -> None:
    four = dict(list(FIVE.items())[:4])
    assert (tension_of(four).index, tension_of(four).level) == (None, "insufficient_data")
    assert tension_of(four, lethal=True).level == "critical"
    assert tension_of({}, lethal=True).level == "critical"


def test_classification_is_a_rule_over_safeguards() -> None:
    known: dict[str, str] = dict.fromkeys(map(str, Safeguard), "yes")
    assert classification_of(["carried_out"], known) == "procedurally_protected"
    assert classification_of(["carried_out"], known | {"remedy": "no"}) == "likely_forced"
    assert classification_of(["carried_out", "remedied"], {"consultation": "no"}) == "likely_forced"
    assert classification_of(["notice_written"], known | {"remedy": "no"}) == "procedurally_protected"
    three = known | dict.fromkeys(map(str, list(Safeguard)[:3]), "unknown")
    assert classification_of(["notice_written"], three) == "procedurally_protected"
    four = known | dict.fromkeys(map(str, list(Safeguard)[:4]), "unknown")
    assert classification_of(["notice_written"], four) == "insufficient_info"
    assert classification_of(["carried_out"], {}) == "insufficient_info"


def test_indicators_of_evictions() -> None:
    today = date(2026, 11, 20)
    explored, not_explored = {"alternatives_explored": "yes"}, {"alternatives_explored": "no"}
    cases = [
        CaseFacts("notice_written", 12, 30, explored, {"notice_written": date(2026, 11, 1)}),
        CaseFacts("carried_out", 5, 10, not_explored, {"carried_out": date(2026, 11, 10)}),
        CaseFacts("remedied", 4, None, {}, {"carried_out": date(2026, 1, 10), "remedied": date(2026, 3, 1)}),
        CaseFacts("averted", 7, 20, explored, {"averted": date(2026, 10, 10)}),
    ]
    sums = sums_of(cases, households_present=3_000, today=today)
    assert (sums.households_at_risk, sums.at_risk_per_1000) == (12, 4)
    assert (sums.carried_out_90d, sums.households_carried_out_90d, sums.median_notice_days) == (1, 5, 20)
    assert sums.with_alternatives == pytest.approx(2 / 3)
    assert sums.averted_rate == pytest.approx(1 / 3)
    assert sums_of([], households_present=None, today=today).at_risk_per_1000 is None
