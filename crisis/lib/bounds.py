"""What can be reckoned about a withheld figure of a two-way table from everything that is shown: exact bounds.

A table of counts with row totals, column totals and a grand total (last row, last column). Each figure is known to lie
between two numbers. The constraints are those of a transport problem, so with whole bounds the best and worst case are
whole tables and a linear program finds them (Dantzig and Thapa, Linear Programming 1, 1997, chapter 8).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray

Figures = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Rows that take part in one question. The others are held at their true values, which can only make the answer
# narrower than an attacker's: the publisher then withholds rather more than needed, never less.
MOST_ROWS = 8


OWN = threading.local()


def solver() -> highspy.Highs:
    """One solver per thread, made once: setting it up takes longer than a question."""
    if not hasattr(OWN, "solver"):
        OWN.solver = highspy.Highs()
        OWN.solver.silent()
        OWN.solver.setOptionValue("threads", 1)
        OWN.solver.setOptionValue("presolve", "off")
    found: highspy.Highs = OWN.solver
    return found


@dataclass
class Knowledge:
    """What is known: `low` and `high` per figure, margins included; `true` are the counts behind them."""

    low: Figures
    high: Figures
    true: Figures
    highs: highspy.Highs = field(default_factory=solver)

    def span(self, row: int, column: int, rows: Sequence[int]) -> tuple[float, float] | None:
        """The least and the most the figure can be; None where what is known contradicts itself. `rows` are the ones
        left free, the figure's own among them unless it stands in the margin."""
        columns = self.low.shape[1] - 1
        free, width = list(rows), len(rows) * columns
        held = self.true[:-1].sum(axis=0) - self.true[free].sum(axis=0)
        lines = [range(at * columns, (at + 1) * columns) for at in range(len(free))]
        lines += [range(j, width, columns) for j in range(columns)]
        lines.append(range(width))
        edges = [(self.low[i, -1], self.high[i, -1]) for i in free]
        edges += [(self.low[-1, j] - held[j], self.high[-1, j] - held[j]) for j in range(columns)]
        edges.append((self.low[-1, -1] - held[-1], self.high[-1, -1] - held[-1]))
        asked = np.zeros(width)
        mine = lines[free.index(row)] if row < self.low.shape[0] - 1 else range(width)
        chosen = [at for at in mine if column == columns or at % columns == column]
        asked[chosen] = 1
        base = 0.0 if row < self.low.shape[0] - 1 else float(held[column])
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = width, len(lines)
        model.col_lower_ = np.maximum(self.low[free, :-1], 0).ravel()
        model.col_upper_ = self.high[free, :-1].ravel()
        model.row_lower_ = np.array([low for low, _ in edges])
        model.row_upper_ = np.array([high for _, high in edges])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *map(len, lines)])
        model.a_matrix_.index_ = np.concatenate([np.arange(line.start, line.stop, line.step) for line in lines])
        model.a_matrix_.value_ = np.ones(sum(map(len, lines)))
        found = []
        for sign in (1.0, -1.0):
            model.col_cost_ = sign * asked
            self.highs.passModel(model)
            self.highs.run()
            status = self.highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                found.append(base + sign * self.highs.getObjectiveValue())
            elif status == highspy.HighsModelStatus.kInfeasible:
                return None
            else:  # nothing limits it on this side
                found.append(-np.inf if sign > 0 else np.inf)
        return found[0], found[1]
