"""What the data says for a neighbourhood's plan, each value with where it comes from and as of when."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Max, Sum
from django.utils import timezone, translation

from assessments.core.works import SIDE_EXITS
from assessments.models import Fund, Funding, Intervention, InterventionRequirement
from assessments.selectors.case import planning_case
from assessments.selectors.functionality import neighbourhood_panel
from damage.models import Structure
from municipal_units.models import Facility, Municipality, Neighbourhood, PopulationEstimate
from municipal_units.permissions import system_actor
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.places import names_of

LANGUAGES = ("en", "fr", "ar")
GROUP_NAMES = {"resident": "hosts", "displaced": "displaced", "returnee": "returnees"}
# What a grade suggests for a building; the unit decides building by building.
SUGGESTED = {
    "retain": ("none", "slight"),
    "repair": ("moderate", "heavy"),
    "demolish": ("very_heavy", "destroyed"),
    "assess": ("possible", "not_assessed"),
}
MOST_WORKS, MOST_OUTSIDE = 60, 12


def figure(value: Any, source: str, as_of: Any, **more: Any) -> dict[str, Any]:
    """A filled value. `source` is the register's own name for where it is from; `as_of` a day or moment."""
    return {"value": value, "source": source, "as_of": None if as_of is None else str(as_of)[:19], **more}


def figures_for(municipality: Municipality, place: Neighbourhood) -> dict[str, Any]:
    """All figures of a plan as the municipality itself sees them; for others `told_figures` takes away what they may
    not see. Nothing about tension or evictions is kept here: that is read live, by those who may."""
    now = timezone.now()
    panels = {}
    for language in LANGUAGES:
        with translation.override(language):
            panels[language] = neighbourhood_panel(municipality, place, actor=system_actor(municipality.pk))
    panel = panels["en"]
    works = works_here(municipality, place, panel)
    return {
        "as_of": now.isoformat(timespec="seconds"),
        "context": context_figures(municipality, place, panel),
        "diagnosis": diagnosis_figures(municipality, place, panels),
        "physical_plan": physical_figures(place, panel),
        "actions": works,
        "city_links": {"outside": outside_suppliers(municipality, place, now)},
        "finance": finance_figures(municipality, works, now),
        "do_no_harm": balance_figures(panel, now),
        "monitoring": indicators(municipality, panel),
    }


def context_figures(municipality: Municipality, place: Neighbourhood, panel: dict[str, Any]) -> dict[str, Any]:
    population = panel["population"]
    source, day = population["source"], population["observed_on"]
    found = {
        "people": figure(panel["people"], source, day, kind="people", lo=panel["people_lo"], hi=panel["people_hi"])
    }
    for group, name in GROUP_NAMES.items():
        found[group] = figure(panel[name], source, day, kind="people")
    hosts, displaced = panel["hosts"], panel["displaced"]
    if hosts and displaced is not None:
        found["ratio"] = figure(round(displaced / hosts, 2), source, day, kind="ratio")
    if (first := first_count(place)) and panel["people"] is not None and first[0] > 0 and str(first[1]) != str(day):
        people, on, name = first
        change = panel["people"] / people - 1
        found["growth"] = figure(change, f"{name}, {source}"[:200], day, kind="share", baseline=people, since=str(on))
    return found


def first_count(place: Neighbourhood) -> tuple[float, Any, str] | None:
    """People, day and name of the earliest count of the whole place."""
    rows = PopulationEstimate.objects.filter(neighbourhood=place, site=None).order_by("round__observed_on", "round_id")
    first = rows.select_related("round").first()
    if first is None:
        return None
    total = rows.filter(round=first.round).aggregate(total=Sum("individuals"))["total"] or 0.0
    return float(total), first.round.observed_on, first.round.name


def diagnosis_figures(
    municipality: Municipality, place: Neighbourhood, panels: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    panel, norms = panels["en"], norms_at(municipality, timezone.localdate())
    seen = Structure.objects.filter(municipality=municipality, neighbourhood=place).aggregate(
        last=Max("current_observed_at")
    )
    dates = [cell["observed_at"] for cell in panel["services"].values() if cell["observed_at"]]
    return {
        "index": figure(
            panel["index"], "functionality", max(dates, default=None), kind="share", lo=panel["lo"], hi=panel["hi"],
            coverage=panel["coverage"],
        ),
        "services": [
            {
                "service": code,
                "essential": code in norms.essential,
                "weight": norms.weights.get(code, 0.0),
                "f": cell["f"],
                "demand": cell["demand"],
                "supply": cell["supply"],
                "unit": norms.demand[code].unit if code in norms.demand else "",
                "why": {language: panels[language]["services"][code]["text"] for language in LANGUAGES},
                "observed": cell["observed"],
                "as_of": str(cell["observed_at"])[:19] if cell["observed_at"] else None,
            }
            for code, cell in panel["services"].items()
        ],
        "damage": figure(panel["damage"]["by_grade"], "damage assessments", seen["last"], kind="grades"),
        "structures": panel["damage"]["structures"],
        "assessed": panel["damage"]["assessed"],
    }  # fmt: skip


def physical_figures(place: Neighbourhood, panel: dict[str, Any]) -> dict[str, Any]:
    """Buildings by what their grade suggests."""
    by_grade = panel["damage"]["by_grade"]
    last = Structure.objects.filter(municipality_id=place.municipality_id, neighbourhood=place).aggregate(
        last=Max("current_observed_at")
    )["last"]
    return {
        key: figure(sum(by_grade.get(grade, 0) for grade in grades), "damage assessments", last, kind="count")
        for key, grades in SUGGESTED.items()
    }


def works_here(municipality: Municipality, place: Neighbourhood, panel: dict[str, Any]) -> list[dict[str, Any]]:
    """Works that stand here or raise a service here, with who gains: hosts and displaced people share a place's gain as
    they share the place."""
    gains = {row["id"]: row for row in panel["helps"]}
    works = Intervention.objects.filter(municipality=municipality).exclude(status__in=SIDE_EXITS)
    rows = works.filter(neighbourhood=place) | works.filter(pk__in=gains)
    rows = rows.select_related("neighbourhood").order_by("code")[:MOST_WORKS]
    required: dict[int, list[str]] = {}
    for after, code in InterventionRequirement.objects.filter(intervention__in=[row.pk for row in rows]).values_list(
        "intervention_id", "required__code"
    ):
        required.setdefault(after, []).append(code)
    funded = dict(
        Funding.objects.filter(intervention__in=[row.pk for row in rows]).values_list("intervention_id").annotate(
            total=Sum("amount")
        )
    )  # fmt: skip
    people = panel["people"] or 0
    return [
        {
            "id": row.pk,
            "code": row.code,
            "names": {"en": row.name, "fr": row.name_fr or row.name, "ar": row.name_ar or row.name},
            "type": row.intervention_type,
            "phase": row.phase,
            "status": row.status,
            "place": names_of(row.neighbourhood) if row.neighbourhood else None,
            "cost": row.cost,
            "currency": row.currency,
            "duration_days": row.duration_days,
            "requires": sorted(required.get(row.pk, [])),
            "funded": funded.get(row.pk, 0.0),
            "gain_here": (here := (gains.get(row.pk) or {}).get("gain_here")),
            "gain": (gains.get(row.pk) or {}).get("gain"),
            "hosts": round(here * (panel["hosts"] or 0) / people) if here and people else None,
            "displaced": round(here * (panel["displaced"] or 0) / people) if here and people else None,
            "source": row.source,
            "as_of": str(row.observed_on) if row.observed_on else None,
        }
        for row in rows
    ]


def outside_suppliers(municipality: Municipality, place: Neighbourhood, now: Any) -> list[dict[str, Any]]:
    """Facilities outside the neighbourhood that serve it, those it depends on most first: share of what reaches it."""
    case = planning_case(municipality, as_of=now)
    if place.pk not in case.neighbourhood_ids:
        return []
    row, size = case.neighbourhood_ids.index(place.pk), len(case.service_ids)
    owner, cell = case.links
    here = np.flatnonzero(cell // size == row)
    weights: dict[int, float] = {
        int(owner[at]): float(case.catchment_weight[at]) * float(case.nominal[owner[at]]) for at in here
    }
    by_service: dict[int, float] = {}
    for at in here:
        by_service[int(cell[at]) % size] = by_service.get(int(cell[at]) % size, 0.0) + weights[int(owner[at])]
    ids = [int(key) for number in weights if (key := str(case.facility_ids[number])).isdecimal()]
    facilities = {f.pk: f for f in Facility.objects.filter(pk__in=ids).select_related("neighbourhood")}
    rows = []
    for at in here:
        key = str(case.facility_ids[owner[at]])
        facility = facilities.get(int(key)) if key.isdecimal() else None
        total = by_service[int(cell[at]) % size]
        if facility is None or facility.neighbourhood_id == place.pk or total <= 0:
            continue
        share = weights[int(owner[at])] / total
        rows.append((share, facility))
    rows.sort(key=lambda pair: (-pair[0], pair[1].pk))
    return [
        {
            "code": facility.code,
            "names": names_of(facility),
            "service": facility.service,
            "place": names_of(facility.neighbourhood) if facility.neighbourhood else None,
            "share": share,
        }
        for share, facility in rows[:MOST_OUTSIDE]
    ]


def finance_figures(municipality: Municipality, works: Sequence[dict[str, Any]], now: Any) -> dict[str, Any]:
    cost, funded = (sum(float(work[key]) for work in works) for key in ("cost", "funded"))
    funds = Fund.objects.filter(municipality=municipality, fundings__intervention__in=[work["id"] for work in works])
    donors = sorted({fund.donor or fund.name for fund in funds})
    return {
        "cost": figure(cost, "works", now, kind="money", currency=municipality.currency),
        "funded": figure(funded, "funds", now, kind="money", currency=municipality.currency),
        "gap": figure(max(0.0, cost - funded), "works, funds", now, kind="money", currency=municipality.currency),
        "donors": donors,
    }


def balance_figures(panel: dict[str, Any], now: Any) -> dict[str, Any]:
    """Displaced people among those here and among those short of services here: works should not widen the gap."""
    people, displaced = panel["people"], panel["displaced"]
    if not people or displaced is None:
        return {}
    return {"displaced_share": figure(displaced / people, "people present", now, kind="share")}


def indicators(municipality: Municipality, panel: dict[str, Any]) -> list[dict[str, Any]]:
    """The index and each essential service as it stands: the baseline against which the plan is measured."""
    norms = norms_at(municipality, timezone.localdate())
    rows = [{"key": "index", "baseline": panel["index"], "as_of": str(timezone.localdate()), "source": "functionality"}]
    for code, cell in panel["services"].items():
        if code in norms.essential:
            day = str(cell["observed_at"])[:10] if cell["observed_at"] else None
            rows.append({"key": code, "baseline": cell["f"], "as_of": day, "source": "functionality"})
    return rows
