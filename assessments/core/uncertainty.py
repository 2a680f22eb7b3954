"""How wide an interval is when only one number is known, and what stands in for an unknown one (functionality.md 8)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assessments.core.case import Flags, Floats, Ints
from municipal_units.core.vocabulary import DataOrigin

ORIGINS: tuple[DataOrigin, ...] = tuple(DataOrigin)
OBSERVED = ORIGINS.index(DataOrigin.OBSERVED)
UNKNOWN = ORIGINS.index(DataOrigin.UNKNOWN)

# (younger than so many days, half width) of an observation. Planning assumptions.
OBSERVED_WIDTHS: tuple[tuple[float, float], ...] = ((30.0, 0.10), (90.0, 0.20))
OLD_OR_ESTIMATED_WIDTH = 0.35


def half_width(origin: Ints, age_days: Floats) -> Floats:
    """Relative half width of a point's interval, by origin and age; an observation without a date counts as old."""
    fresh, middle = OBSERVED_WIDTHS
    by_age = np.where(age_days < fresh[0], fresh[1], np.where(age_days <= middle[0], middle[1], OLD_OR_ESTIMATED_WIDTH))
    return np.where(origin == OBSERVED, by_age, OLD_OR_ESTIMATED_WIDTH)


@dataclass(frozen=True)
class Capacities:
    """C with interval per facility; `assumed` where a mean of others stands in, `undetermined` where none could."""

    current: Floats
    lo: Floats
    hi: Floats
    assumed: Flags
    undetermined: Flags


def fill_capacities(
    *,
    nominal: Floats,
    current: Floats,
    lo: Floats,
    hi: Floats,
    origin: Ints,
    age_days: Floats,
    service: Ints,
    damage_class: pd.Series,
    area: pd.Series,
) -> Capacities:
    """Points and intervals of C. NaN `current` is unknown: interval [0, K], and the point is K times the mean C/K of
    facilities of the same service and damage class in the same area, else of the same service and damage class, else of
    the same service. Where nobody can be compared with, the point is the middle and `undetermined` says so."""
    missing = np.isnan(current)
    ratio = np.divide(current, nominal, out=np.full(len(current), np.nan), where=(nominal > 0) & ~missing)
    keys = pd.DataFrame({"service": service, "damage": damage_class.to_numpy(), "area": area.to_numpy()})
    share = np.full(len(current), np.nan)
    if missing.any():
        for by in (["service", "damage", "area"], ["service", "damage"], ["service"]):
            means = pd.Series(ratio).groupby([keys[column] for column in by], dropna=False).transform("mean")
            share = np.where(np.isnan(share), means.to_numpy(dtype=np.float64, na_value=np.nan), share)
    undetermined = missing & np.isnan(share) & (nominal > 0)
    point = np.where(missing, nominal * np.nan_to_num(share, nan=0.5), current)
    width = half_width(origin, age_days)
    unknown = missing | (origin == UNKNOWN)
    low = np.where(np.isnan(lo), np.where(unknown, 0.0, point * (1 - width)), lo)
    high = np.where(np.isnan(hi), np.where(unknown, nominal, point * (1 + width)), hi)
    return Capacities(
        current=point,
        lo=np.minimum(low, point),
        hi=np.maximum(np.minimum(high, nominal), point),
        assumed=missing & ~undetermined,
        undetermined=undetermined,
    )
