"""Counts of people beside each other: what does not add up is said, nothing is altered, nothing is summed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, QuerySet

from municipal_units.models import EstimatePart, Municipality, PopulationEstimate, PopulationRound

NOTABLE_CHANGE = 0.25  # the share from which figures of two counts are said to differ notably (displacement.md 3)
ROUNDING = 0.5


@dataclass
class Figure:
    """One figure of a count as written, with what about it does not add up, in codes."""

    estimate: PopulationEstimate
    parts: list[EstimatePart] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)


def rounds_of(town: Municipality) -> QuerySet[PopulationRound]:
    rows = PopulationRound.objects.filter(municipality=town)
    return rows.select_related("recorded_by", "reviewed_by", "superseded_by").order_by("-observed_on", "-pk")


def figures_of(counted: PopulationRound) -> list[Figure]:
    """Every figure of a count with its flags: `parts_differ` (sex and age do not add up to it), `more_disabled` (than
    people), `more_households` (than people), `sites_exceed` (more in the sites of a place than in the place)."""
    rows = PopulationEstimate.objects.filter(round=counted).select_related("neighbourhood", "site")
    whole_first = rows.order_by("neighbourhood__name", "group", F("site_id").asc(nulls_first=True))
    figures = {row.pk: Figure(row) for row in whole_first}
    for part in EstimatePart.objects.filter(estimate__round=counted).order_by("sex", "age_min"):
        figures[part.estimate_id].parts.append(part)
    in_sites: dict[tuple[int, str], float] = defaultdict(float)
    for figure in figures.values():
        if figure.estimate.site_id is not None:
            in_sites[figure.estimate.neighbourhood_id, figure.estimate.group] += figure.estimate.individuals
    for figure in figures.values():
        figure.flags = flags_of(figure, counted, in_sites)
    return list(figures.values())


def flags_of(figure: Figure, counted: PopulationRound, in_sites: dict[tuple[int, str], float]) -> list[str]:
    row = figure.estimate
    parts = sum(part.individuals for part in figure.parts)
    inside = in_sites.get((row.neighbourhood_id, row.group), 0.0)
    holds = {
        "parts_differ": bool(figure.parts) and abs(parts - row.individuals) > ROUNDING,
        "more_disabled": row.disabled is not None and row.disabled > row.individuals + ROUNDING,
        "more_households": row.households is not None and row.households > row.individuals + ROUNDING,
        "sites_exceed": row.site_id is None and not counted.excludes_sites and inside > row.individuals + ROUNDING,
    }
    return [flag for flag, true in holds.items() if true]


def compared_rounds(older: PopulationRound, newer: PopulationRound) -> list[dict[str, Any]]:
    """Place by place and group by group what two counts say: persons in each, the change, and whether it is notable.
    A place that only one of them reached has no change. Rows of sites stay apart from those of whole places."""
    one, other = by_place(older), by_place(newer)
    rows = []
    for key in sorted(one.keys() | other.keys(), key=lambda k: (k[0], k[1], k[2] or 0)):
        before, after = one.get(key), other.get(key)
        row = before or after
        assert row is not None
        change = after.individuals - before.individuals if before and after else None
        rows.append(
            {
                "neighbourhood": row.neighbourhood_id,
                "place": row.neighbourhood,
                "site": row.site,
                "group": row.group,
                "older": before.individuals if before else None,
                "newer": after.individuals if after else None,
                "change": change,
                "notable": is_notable(before, change),
            }
        )
    return sorted(rows, key=lambda r: (r["place"].name, r["group"], r["site"].name if r["site"] else ""))


def is_notable(before: PopulationEstimate | None, change: float | None) -> bool:
    if before is None or change is None:
        return False
    return abs(change) > NOTABLE_CHANGE * before.individuals


def by_place(counted: PopulationRound) -> dict[tuple[int, str, int | None], PopulationEstimate]:
    rows: Sequence[PopulationEstimate] = list(
        PopulationEstimate.objects.filter(round=counted).select_related("neighbourhood", "site")
    )
    return {(row.neighbourhood_id, row.group, row.site_id): row for row in rows}
