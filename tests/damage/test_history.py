"""What counts now does not depend on the order in which observations arrive."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from damage.core.grading import METHOD_RANK, DamageGrade, Method, Verdict, supersedes
from damage.core.history import GRADE_NUMBER, Observation, standing, verdicts

START = datetime(2026, 11, 1, tzinfo=UTC)
observations = st.lists(
    st.builds(
        Observation,
        grade=st.sampled_from(DamageGrade),
        method=st.sampled_from(Method),
        observed_at=st.integers(0, 400).map(lambda hours: START + timedelta(hours=hours)),
        arrival=st.just(0),
        review_state=st.sampled_from(["received", "accepted", "rejected"]),
    ),
    max_size=6,
    unique_by=lambda seen: seen.observed_at,
)


@given(observations, st.randoms())
def test_any_order_of_arrival_gives_the_same_standing(seen: list[Observation], random: object) -> None:
    mixed = list(seen)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = standing(seen), standing(mixed)
    assert (first.current is None) == (second.current is None)
    if first.current is not None and second.current is not None:
        assert seen[first.current] == mixed[second.current]
    assert {seen[n].observed_at for n in first.doubted} == {mixed[n].observed_at for n in second.doubted}


@given(observations)
def test_a_rejected_observation_never_counts(seen: list[Observation]) -> None:
    current = standing(seen).current
    assert current is None or seen[current].review_state != "rejected"


def test_the_written_out_table_is_the_rule() -> None:
    for current in DamageGrade:
        for held in Method:
            for new in DamageGrade:
                for method in Method:
                    counts, doubted = verdicts(
                        *(
                            np.array([value])
                            for value in (
                                GRADE_NUMBER[current.value],
                                METHOD_RANK[held],
                                GRADE_NUMBER[new.value],
                                METHOD_RANK[method],
                            )
                        )
                    )
                    rule = supersedes(current, held, new, method)
                    assert counts[0] == (rule is Verdict.CURRENT)
                    assert doubted[0] == (rule is Verdict.KEPT_FOR_REVIEW)
