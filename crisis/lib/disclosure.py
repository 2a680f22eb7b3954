"""How exactly counts of people may be told, by who asks (reliability.md 4). Everything that shows counts asks here."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from crisis.lib.bounds import MOST_ROWS, Figures, Knowledge, Mask


class Audience(StrEnum):
    OWN = "own"
    OTHER = "other"
    PARTNER = "partner"
    PUBLIC = "public"


@dataclass(frozen=True)
class Rule:
    """Counts from 1 to `threshold` - 1 are withheld; the rest is rounded to a multiple of `base`. `sensitive` is the
    threshold for disability, specific needs and ethnicity; places with fewer than `least_people` are not told at all;
    a change from one publication to the next of less than `least_change` is held back."""

    threshold: int
    base: int
    sensitive: int = 0
    least_people: int = 0
    least_change: int = 0


RULES: dict[Audience, Rule] = {
    Audience.OWN: Rule(threshold=0, base=1),
    Audience.OTHER: Rule(threshold=5, base=1, sensitive=10),
    Audience.PARTNER: Rule(threshold=5, base=5, sensitive=10, least_change=10),
    Audience.PUBLIC: Rule(threshold=10, base=5, sensitive=10, least_people=500, least_change=10),
}
LEAST_DENOMINATOR = 30
# An attacker who can say that a withheld count lies within fewer numbers than this has found it out.
LEAST_SPAN = 5
OF_TODAY = 2  # so many of the `views` look at the newest table alone


def tightened(rule: Rule, *, threshold: int, base: int, sensitive: int) -> Rule:
    """The rule with a municipality's own figures, of which only the stricter ones count."""
    return Rule(
        threshold=max(rule.threshold, threshold),
        base=max(rule.base, base),
        sensitive=max(rule.sensitive, sensitive),
        least_people=rule.least_people,
        least_change=max(rule.least_change, threshold if rule.least_change else 0),
    )


def safe_count(count: float | None, audience: Audience | Rule, *, sensitive: bool = False) -> int | None:
    """The count as this audience may see it; None when it is not known or withheld. Nobody is told as nobody."""
    if count is None or count != count:
        return None
    rule = RULES[audience] if isinstance(audience, Audience) else audience
    if 0 < count < (rule.sensitive if sensitive else rule.threshold):
        return None
    return round(count / rule.base) * rule.base


def is_withheld(count: float | None, audience: Audience | Rule) -> bool:
    """Whether a known count is kept from this audience."""
    return count is not None and count == count and safe_count(count, audience) is None


def safe_ratio(part: float | None, whole: float | None, audience: Audience | Rule) -> float | None:
    """A share, withheld where too few people stand below the line, or where its parts would be."""
    rule = RULES[audience] if isinstance(audience, Audience) else audience
    if part is None or whole is None or part != part or whole != whole:
        return None
    if rule.threshold == 0:
        return part / whole if whole else None
    if whole < LEAST_DENOMINATOR or safe_count(part, rule) is None or safe_count(whole - part, rule) is None:
        return None
    return round(part / whole, 2)


def safe_parts(total: int, shares: Sequence[float], audience: Audience | Rule) -> list[int]:
    """Split an already safe total by shares into whole parts of the audience's base that add up to it exactly
    (largest remainder; ties go to the earlier part)."""
    base = (RULES[audience] if isinstance(audience, Audience) else audience).base
    units, whole = total // base, sum(shares)
    if not shares or whole <= 0:
        return [0] * len(shares)
    exact = [units * share / whole for share in shares]
    parts = [int(number) for number in exact]
    by_remainder = sorted(range(len(shares)), key=lambda n: (parts[n] - exact[n], n))
    for number in by_remainder[: units - sum(parts)]:
        parts[number] += 1
    return [part * base for part in parts]


@dataclass(frozen=True)
class Release:
    """A table as told: rows and columns with their totals last. `shown` is NaN where withheld; `counts` are what was
    rounded (an earlier count where its change was held back) and never leave the house; `fresh` marks what changed."""

    shown: Figures
    counts: Figures
    fresh: Mask

    @property
    def hidden(self) -> Mask:
        return np.isnan(self.shown)


def safe_table(
    counts: Figures,
    audience: Audience | Rule,
    *,
    sensitive: bool = False,
    impossible: Mask | None = None,
    before: Release | None = None,
    also_hidden: Mask | None = None,
) -> Release:
    """A declared table (places x groups) as this audience may see it, with totals rounded on their own.

    Withheld are counts under the threshold, zeros too unless nobody can be there (`impossible`), and then as many more
    figures as it takes that no withheld count can be reckoned closely from the others (complementary suppression).
    `before` is the table last told to the same audience, `also_hidden` what a better informed audience was not told.
    Unknown counts (NaN) are never shown and count as nobody in the totals.
    """
    rule = RULES[audience] if isinstance(audience, Audience) else audience
    threshold = rule.sensitive if sensitive else rule.threshold
    unknown = with_margins(np.isnan(counts).astype(float)) > 0
    unknown[:-1, -1], unknown[-1, :] = np.isnan(counts).all(axis=1), False
    now = with_margins(np.nan_to_num(counts))
    if threshold == 0:
        return Release(np.where(unknown, np.nan, now), now, np.ones_like(now, bool))
    told, fresh = _held_back(now, before, rule)
    possible = np.ones_like(now, bool) if impossible is None else ~_with_whole_margins(impossible)
    small = np.minimum(told, now)
    primary = (small < threshold) & ((small > 0) | possible)
    primary[:-1] |= (told[:-1, -1] < rule.least_people)[:, None]
    hidden = primary | unknown
    if also_hidden is not None:
        hidden |= also_hidden
    if before is not None:  # what was withheld beside something stays so until it really changed
        hidden |= before.hidden & ~fresh
    shown = np.round(told / rule.base) * rule.base
    guarded = (small < threshold) & possible & ~unknown
    hidden = with_complements(now, shown, guarded, hidden, before, rule, threshold)
    return Release(np.where(hidden, np.nan, shown), told, fresh)


def with_margins(cells: Figures) -> Figures:
    """The table with its row totals, column totals and grand total."""
    rows = np.column_stack([cells, cells.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def _with_whole_margins(cells: Mask) -> Mask:
    """A margin is impossible where all of its cells are."""
    rows = np.column_stack([cells, cells.all(axis=1)])
    return np.vstack([rows, rows.all(axis=0)])


def _held_back(now: Figures, before: Release | None, rule: Rule) -> tuple[Figures, Mask]:
    """The counts to tell, and which of them are new: a small change waits until it has grown."""
    if before is None or before.counts.shape != now.shape:
        return now, np.ones_like(now, bool)
    fresh = np.abs(now - before.counts) >= max(rule.least_change, 1)
    return np.where(fresh, now, before.counts), fresh


def with_complements(
    now: Figures,
    shown: Figures,
    guarded: Mask,
    hidden: Mask,
    before: Release | None,
    rule: Rule,
    threshold: int,
) -> Mask:
    """Withholds more figures until no guarded count can be reckoned within `LEAST_SPAN`, neither by what is shown now
    nor by somebody who also remembers what was shown last time."""
    hidden = hidden.copy()
    least, done = min(LEAST_SPAN, threshold - 1), -1
    while done != hidden.sum():  # withholding one thing can bring another within reach of who remembers
        done = hidden.sum()
        for row, column in np.argwhere(guarded & hidden):
            place = int(row), int(column)
            # Who remembers an older table may be wrong about today's: no row can be held at its true values then.
            rows = _rows_around(hidden, place) if before is None else range(len(now) - 1)
            while _found_out(now, views(shown, hidden, before, rule), rows, threshold, place) < least:
                extra = _next_to_hide(now, hidden, *place)
                if extra is None:
                    break
                hidden[extra] = True
    return hidden


def _found_out(
    now: Figures, known: Iterable[tuple[Figures, Figures]], rows: Sequence[int], threshold: int, place: tuple[int, int]
) -> float:
    """How far apart the least and the most are that a withheld count could be, for the best informed reader. From
    today's table alone it is taken to be under the threshold; it did change if it was shown before."""
    spans = [float(threshold)]
    for number, (low, high) in enumerate(known):
        low[place], high[place] = 0, np.inf
        if (low > high).any():
            continue  # such a reader would be wrong about something
        span = Knowledge(low, high, now).span(*place, rows)
        if span is not None:
            most = min(span[1], threshold - 1) if number < OF_TODAY else span[1]
            spans.append(most - max(span[0], 0))
    return min(spans)


def views(shown: Figures, hidden: Mask, before: Release | None, rule: Rule) -> Iterator[tuple[Figures, Figures]]:
    """What readers may hold for true: today's table, where an unchanged figure may be an old one, off by less than the
    change that is told; the same without that doubt; and both tables at once, as if nobody had moved unseen."""
    half, drift = rule.base // 2, max(rule.least_change - 1, 0)
    low, high = _intervals(shown, hidden, half)
    yield low.copy(), high.copy()
    if before is None or before.shown.shape != shown.shape:
        return
    unchanged = (shown == before.shown) | (hidden & before.hidden)
    yield _intervals(shown, hidden, half + np.where(unchanged, drift, 0))
    old_low, old_high = _intervals(before.shown, before.hidden, half)
    newly = hidden & ~before.hidden
    yield np.where(newly, np.maximum(old_low - drift, 0), low), np.where(newly, old_high + drift, high)
    still = unchanged | hidden | before.hidden
    yield np.where(still, np.maximum(low, old_low), low), np.where(still, np.minimum(high, old_high), high)


def _intervals(shown: Figures, hidden: Mask, slack: float | Figures) -> tuple[Figures, Figures]:
    low = np.where(hidden, 0, np.maximum(np.nan_to_num(shown) - slack, 0))
    return low, np.where(hidden, np.inf, np.nan_to_num(shown) + slack)


def _rows_around(hidden: Mask, place: tuple[int, int]) -> list[int]:
    """The rows that can give way together with the figure: its own, and others with something withheld."""
    own = [place[0]] if place[0] < len(hidden) - 1 else []
    others = [int(row) for row in np.flatnonzero(hidden[:-1].any(axis=1)) if row not in own]
    return own + others[: MOST_ROWS - len(own)]


def _next_to_hide(now: Figures, hidden: Mask, row: int, column: int) -> tuple[int, int] | None:
    """The smallest figure still shown in the same row, else in the same column, else anywhere; totals after cells."""
    in_row = [(row, other) for other in range(now.shape[1]) if other != column]
    in_column = [(other, column) for other in range(now.shape[0]) if other != row]
    for line in (in_row, in_column, [(int(i), int(j)) for i, j in np.argwhere(~hidden)]):
        left = [figure for figure in line if not hidden[figure]]
        if left:
            margin = {figure: figure[0] == len(now) - 1 or figure[1] == now.shape[1] - 1 for figure in left}
            return min(left, key=lambda figure: (margin[figure], now[figure], figure))
    return None
