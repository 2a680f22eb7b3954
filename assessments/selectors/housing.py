"""Places to live in, per neighbourhood, from counted dwellings and what damage leaves habitable (mechanics D7)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from django.db import connection

from assessments.selectors.condition import Factor, grade_factors, spanning
from damage.core.grading import HABITABILITY_SHARE, HABITABLE_SHARES
from damage.models import HousingStock
from municipal_units.core.vocabulary import DataOrigin, ServiceDomain
from municipal_units.models import Municipality
from municipal_units.selectors.norms import NormKind, Norms

OBSERVED_SHARES = {str(code): share for code, share in HABITABILITY_SHARE.items() if share is not None}
ESTIMATE_WIDTH = 0.35  # half width of an estimate, functionality.md 8
COLUMNS = ["neighbourhood", "k", "c", "c_lo", "c_hi", "origin", "observed_at", "stock"]

# The habitability that was observed together with the grade that counts now; a later, worse grade makes it void.
DWELLINGS_SQL = """
SELECT s.neighbourhood_id, s.current_grade, s.current_grade_high, coalesce(a.habitability, '') AS habitability,
    coalesce(sum(s.dwelling_units), 0)::float8 AS counted,
    count(*) FILTER (WHERE s.dwelling_units IS NULL)::float8 AS uncounted, max(s.current_observed_at) AS observed_at
FROM damage_structure s
LEFT JOIN damage_damageassessment a
    ON a.id = s.current_assessment_id AND a.municipality_id = s.municipality_id AND a.habitability <> ''
WHERE s.municipality_id = %s AND s.kind = 'building' AND s.neighbourhood_id IS NOT NULL
GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Buildings:
    """Buildings of one neighbourhood in one state: dwellings counted in them, buildings without a count."""

    share: Factor
    counted: float
    uncounted: float
    observed_at: datetime | None


@dataclass(frozen=True)
class Dwellings:
    """Habitable dwellings: a point with its interval."""

    value: float
    lo: float
    hi: float


def housing_frame(municipality: Municipality, *, norms: Norms, day: date) -> pd.DataFrame:
    """One row per neighbourhood with known housing: neighbourhood, k, c, c_lo, c_hi (person places), origin,
    observed_at, stock (`structures`: every dwelling is registered; `estimate`: a dated total minus what damage took).

    Neighbourhoods with neither are missing: unknown. So is everything while the household size is not given.
    """
    size = municipality.household_size
    if not size:
        return pd.DataFrame(columns=COLUMNS)
    buildings = _buildings(municipality, norms)
    stocks = {
        stock.neighbourhood_id: stock
        for stock in HousingStock.objects.filter(municipality=municipality, observed_on__lte=day).order_by(
            "observed_on", "id"
        )
    }
    town_share = _mean_share([b for here in buildings.values() for b in here])
    all_registered = ServiceDomain.HOUSING_SHELTER in municipality.complete_registers
    rows = []
    for place in sorted(buildings.keys() | stocks.keys()):
        here, stock = buildings.get(place, []), stocks.get(place)
        counted = sum(b.counted for b in here)
        observed_at = max((b.observed_at for b in here if b.observed_at), default=None)
        if counted and (all_registered or (stock and stock.registered_complete)):
            left = _habitable(here, town_share)
            row = (counted, left.value, left.lo, left.hi, DataOrigin.OBSERVED, observed_at, "structures")
        elif stock:
            left = _left_after_damage(stock.dwelling_units, here)
            row = (stock.dwelling_units, left.value, left.lo, left.hi, DataOrigin.ESTIMATED, observed_at, "estimate")
        else:
            continue
        rows.append((place, *(number * size for number in row[:4]), str(row[4]), *row[5:]))
    return pd.DataFrame.from_records(rows, columns=COLUMNS)


def _buildings(municipality: Municipality, norms: Norms) -> dict[int, list[Buildings]]:
    """Buildings of each neighbourhood by state. Observed habitability beats the grade."""
    factors = grade_factors(HABITABLE_SHARES, norms, NormKind.HABITABLE_SHARE)
    found = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(DWELLINGS_SQL, [municipality.pk])
        for place, grade, grade_high, habitability, counted, uncounted, observed_at in cursor.fetchall():
            seen = OBSERVED_SHARES.get(habitability)
            share = spanning(factors, grade, grade_high) if seen is None else Factor(seen, seen, seen)
            found[place].append(Buildings(share, counted, uncounted, observed_at))
    return found


def _mean_share(here: Sequence[Buildings]) -> float | None:
    """Habitable share of the dwellings whose state is known."""
    known = [(b.share.value, b.counted) for b in here if b.share.value is not None and b.counted]
    total = sum(counted for _, counted in known)
    return sum(share * counted for share, counted in known) / total if total else None


def _habitable(here: Sequence[Buildings], town_share: float | None) -> Dwellings:
    """Every dwelling is registered: sum them by state. One of unknown state counts as the known ones of its
    neighbourhood do on average, else of the town, else half; its interval stays open."""
    share = _mean_share(here)
    guess = share if share is not None else town_share if town_share is not None else 0.5
    return Dwellings(
        sum(b.counted * _point(b.share, guess) for b in here),
        sum(b.counted * b.share.lo for b in here),
        sum(b.counted * b.share.hi for b in here),
    )


def _left_after_damage(dwellings: float, here: Sequence[Buildings]) -> Dwellings:
    """A total minus what damage took from it. A building without a count is taken as one dwelling; one that nobody
    has looked at takes nothing from the point, but may take all from the low end."""

    def left(lost: float) -> float:
        return max(0.0, dwellings - lost)

    of = [(b.counted + b.uncounted, b.share) for b in here]
    return Dwellings(
        left(sum(n * (1 - _point(share, 1.0)) for n, share in of)),
        left(sum(n * (1 - share.lo) for n, share in of)) * (1 - ESTIMATE_WIDTH),
        min(dwellings, left(sum(n * (1 - share.hi) for n, share in of)) * (1 + ESTIMATE_WIDTH)),
    )


def _point(share: Factor, guess: float) -> float:
    return share.value if share.value is not None else min(max(guess, share.lo), share.hi)
