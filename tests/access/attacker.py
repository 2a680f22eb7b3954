"""Somebody with every published table, a linear program and patience. Written apart from the code under attack."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import highspy
import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
DRIFT = 9  # a change of up to so many is held back, which everybody may know


@dataclass(frozen=True)
class Finding:
    """A count found out: where, what it is, and between which numbers the attacker placed it."""

    snapshot: int
    place: tuple[int, int]
    true: float
    low: float
    high: float


def intervals(shown: Figures, base: int, drift: float | Figures) -> tuple[Figures, Figures]:
    half = base // 2
    low = np.where(np.isnan(shown), 0.0, np.maximum(np.nan_to_num(shown) - half - drift, 0))
    return low, np.where(np.isnan(shown), np.inf, np.nan_to_num(shown) + half + drift)


def what_is_known(tables: Sequence[Figures], base: int) -> Iterator[tuple[int, bool, bool, Figures, Figures]]:
    """Every way of combining what was published, as intervals per figure at one snapshot; whether it is certain; and
    whether it is of one table alone, where a withheld count is taken to be under the threshold (elsewhere it may be
    any). Today's table, allowing for changes held back, is certain; the others suppose that nobody moved unseen, or
    that a figure that vanished beside another stayed about what it was."""
    for at, shown in enumerate(tables):
        changed = np.ones_like(shown, bool) if at == 0 else ~same(shown, tables[at - 1])
        yield at, True, True, *intervals(shown, base, np.where(changed, 0.0, DRIFT))
        yield at, False, True, *intervals(shown, base, 0)
    for at, (before, after) in enumerate(pairwise(tables), start=1):
        low, high = intervals(after, base, 0)
        old_low, old_high = intervals(before, base, 0)
        newly = np.isnan(after) & ~np.isnan(before)
        yield (
            at,
            False,
            False,
            np.where(newly, np.maximum(old_low - DRIFT, 0), low),
            np.where(newly, old_high + DRIFT, high),
        )
        still = same(before, after) | np.isnan(before) | np.isnan(after)
        yield (
            at,
            False,
            False,
            np.where(still, np.maximum(low, old_low), low),
            np.where(still, np.minimum(high, old_high), high),
        )


def same(one: Figures, other: Figures) -> NDArray[np.bool_]:
    return (one == other) | (np.isnan(one) & np.isnan(other))


class Program:
    """Least and most of each figure of one whole table, given intervals for all of them."""

    def __init__(self, low: Figures, high: Figures) -> None:
        rows, columns = low.shape[0] - 1, low.shape[1] - 1
        self.columns, cells = columns, rows * columns
        sums = [[i * columns + j for j in range(columns)] for i in range(rows)]
        sums += [[i * columns + j for i in range(rows)] for j in range(columns)] + [list(range(cells))]
        self.sums = sums
        edges = [(low[i, -1], high[i, -1]) for i in range(rows)]
        edges += [(low[-1, j], high[-1, j]) for j in range(columns)] + [(low[-1, -1], high[-1, -1])]
        self.highs = highspy.Highs()
        self.highs.silent()
        self.highs.setOptionValue("presolve", "off")
        self.highs.addVars(cells, low[:-1, :-1].ravel(), high[:-1, :-1].ravel())
        for (least, most), line in zip(edges, sums, strict=True):
            self.highs.addRow(least, most, len(line), np.array(line, np.int32), np.ones(len(line)))

        self.rows = rows
        self.low, self.high = low, high

    def loosen(self, figure: tuple[int, int], low: float, high: float) -> None:
        """Changes what is supposed about one figure."""
        i, j = figure
        if i < self.rows and j < self.columns:
            self.highs.changeColBounds(i * self.columns + j, low, high)
        else:
            line = i if i < self.rows else self.rows + j
            self.highs.changeRowBounds(line, low, high)

    def span_of_changed(self, figure: tuple[int, int]) -> tuple[float, float] | None:
        """The span of a figure of which nothing was shown itself."""
        self.loosen(figure, 0, np.inf)
        found = self.span(figure)
        self.loosen(figure, float(self.low[figure]), float(self.high[figure]))
        return found

    def span(self, figure: tuple[int, int]) -> tuple[float, float] | None:
        i, j = figure
        rows = self.rows
        cells = self.sums[i] if i < rows else self.sums[-1]
        cells = [cell for cell in cells if j == self.columns or cell % self.columns == j]
        found = []
        for sign in (1.0, -1.0):
            for cell in cells:
                self.highs.changeColCost(cell, sign)
            self.highs.run()
            status = self.highs.getModelStatus()
            found.append(sign * self.highs.getObjectiveValue())
            for cell in cells:
                self.highs.changeColCost(cell, 0.0)
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status != highspy.HighsModelStatus.kOptimal:
                found[-1] = -np.inf if sign > 0 else np.inf
        return found[0], found[1]


def attack(
    tables: Sequence[Figures], truths: Sequence[Figures], *, base: int, threshold: int, least: int
) -> list[Finding]:
    """Every count under the threshold that was placed within fewer than `least` numbers, rightly."""
    findings, seen = [], set()
    for at, certain, alone, low, high in what_is_known(tables, base):
        truth, withheld = truths[at], np.isnan(tables[at])
        small = (truth > 0) & (truth < threshold) & (withheld | certain)
        key = (at, low.tobytes(), high.tobytes())
        if key in seen:
            continue
        seen.add(key)
        if (low > high).sum() > small.any():
            continue
        program = None
        for place in np.argwhere(small):
            figure, true = (int(place[0]), int(place[1])), float(truth[tuple(place)])
            crossed = (low > high) & (np.arange(low.size).reshape(low.shape) != figure[0] * low.shape[1] + figure[1])
            if crossed.any():
                continue
            program = program or Program(np.minimum(low, high), high)
            # A withheld figure did change, if it was shown before: nothing is known of it by itself.
            span = program.span_of_changed(figure) if withheld[figure] else program.span(figure)
            if span is None:
                continue  # the attacker supposed something that is not so
            most = min(span[1], threshold - 1) if withheld[figure] and alone else span[1]
            right = span[0] - 1e-6 <= true <= span[1] + 1e-6
            if right and most - max(span[0], 0) < least - 1e-6:
                findings.append(Finding(at, figure, true, *span))
    return findings
