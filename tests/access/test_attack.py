"""Published tables under attack: over time, over areas and over roles nothing withheld can be reckoned."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from crisis.lib import disclosure
from crisis.lib.disclosure import Audience, Release, safe_table, with_margins
from tests.access.attacker import Figures, attack

WEEKS = 8
# Each takes a quarter of a second, so the default is 50 of them; all of them run on every core.
POPULATIONS, SOME, PORTION = 10_000, 50, 100


def town(rng: np.random.Generator) -> list[Figures]:
    """Eight weeks of a made-up town: places x groups, many groups small, families coming, going and staying."""
    places, groups = int(rng.integers(2, 6)), int(rng.integers(2, 4))
    sizes = rng.choice(
        [0, 2, 5, 9, 14, 40, 300, 900], (places, groups), p=[0.08, 0.16, 0.16, 0.12, 0.1, 0.1, 0.14, 0.14]
    )
    counts = rng.poisson(sizes).astype(float)
    if rng.random() < 0.8:  # most places are large enough to be published
        counts[:, 0] += 600
    weeks = [counts]
    for _ in range(WEEKS - 1):
        moving = rng.random(counts.shape) < rng.choice([0.0, 0.2, 0.6])
        steps = rng.integers(-14, 15, counts.shape) * moving
        weeks.append(np.maximum(weeks[-1] + steps, 0))
    return weeks


def published(weeks: list[Figures]) -> dict[Audience, list[Figures]]:
    """What partners and the public are told each week, the public never more than partners."""
    told: dict[Audience, list[Figures]] = {Audience.PARTNER: [], Audience.PUBLIC: []}
    last: dict[Audience, Release | None] = dict.fromkeys(told)
    for counts in weeks:
        partner = safe_table(counts, Audience.PARTNER, before=last[Audience.PARTNER])
        public = safe_table(counts, Audience.PUBLIC, before=last[Audience.PUBLIC], also_hidden=partner.hidden)
        last = {Audience.PARTNER: partner, Audience.PUBLIC: public}
        for audience, release in last.items():
            assert release is not None
            told[audience].append(release.shown)
    return told


def recovered(seeds: range) -> list[object]:
    found: list[object] = []
    for seed in seeds:
        weeks = town(np.random.default_rng(seed))
        truths, told = [with_margins(week) for week in weeks], published(weeks)
        found += [
            (seed, Audience.PUBLIC, one) for one in attack(told[Audience.PUBLIC], truths, base=5, threshold=10, least=5)
        ]
        pooled = [
            np.where(np.isnan(a), b, a) for a, b in zip(told[Audience.PARTNER], told[Audience.PUBLIC], strict=True)
        ]
        found += [(seed, Audience.PARTNER, one) for one in attack(pooled, truths, base=5, threshold=5, least=4)]
    return found


def test_nothing_withheld_is_found_out(full: bool) -> None:
    if not full:
        assert recovered(range(SOME)) == []
        return
    portions = [range(first, first + PORTION) for first in range(0, POPULATIONS, PORTION)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        assert [found for part in pool.map(recovered, portions) for found in part] == []


def test_without_complementary_suppression_the_attack_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(now: Figures, shown: Figures, guarded: Figures, hidden: Figures, *_: object) -> Figures:
        return hidden

    monkeypatch.setattr(disclosure, "with_complements", none)
    assert recovered(range(10))
