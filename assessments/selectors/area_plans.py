"""Plans of neighbourhoods as page, API and paper show them: versions, what the reader may see, who signed."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from assessments.core.area_plan import SECTIONS, changed_parts
from assessments.models import AreaPlan
from crisis.lib.disclosure import Audience, is_withheld, safe_count
from crisis.lib.errors import NotFound
from municipal_units.models import EvictionCase, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.places import names_of
from municipal_units.selectors.protection import tension_items

DRAFT, AGREED, REPLACED = "draft", "agreed", "replaced"
# What the unit writes here concerns who could be harmed: for its own people, not for everybody.
OWN_PEOPLE_ONLY = ("do_no_harm",)
CLOSED_STAGES = ("averted", "resettled", "remedied")


def visible_area_plans(municipality: Municipality, actor: Actor) -> QuerySet[AreaPlan]:
    """Who works with plans sees every version; the others what was agreed."""
    require_somewhere(actor, Permission.VIEW_APPROVED_PLANS, municipality)
    rows = AreaPlan.objects.filter(municipality=municipality).select_related(
        "neighbourhood", "written_by", "agreed_by", "decision"
    )
    if actor.may_somewhere(Permission.VIEW_WORKS, municipality.pk):
        return rows
    return rows.filter(status__in=(AGREED, REPLACED))


def area_plans_of(municipality: Municipality, *, actor: Actor) -> list[dict[str, Any]]:
    """Every neighbourhood with its newest version, or none yet."""
    newest: dict[int, AreaPlan] = {}
    for plan in visible_area_plans(municipality, actor).order_by("version"):
        newest[plan.neighbourhood_id] = plan
    places = Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name", "pk")
    return [
        {
            "neighbourhood": place.pk,
            "names": names_of(place),
            "plan": version_row(newest[place.pk]) if place.pk in newest else None,
        }
        for place in places
    ]


def version_row(plan: AreaPlan) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "version": plan.version,
        "status": plan.status,
        "changed": plan.changed,
        "written_at": plan.written_at,
        "written_by": str(plan.written_by) if plan.written_by else "",
        "agreed_at": plan.agreed_at,
    }


def area_plan_here(
    municipality: Municipality, neighbourhood_id: int, *, actor: Actor, version: int | None = None
) -> AreaPlan | None:
    """The version asked for, else the newest that this reader may see; None where there is none yet."""
    rows = visible_area_plans(municipality, actor).filter(neighbourhood_id=neighbourhood_id)
    if version is not None:
        found = rows.filter(version=version).first()
        if found is None:
            raise NotFound("There is no such version of this plan.")
        return found
    return rows.order_by("-version").first()


def area_plan_of(municipality: Municipality, plan_id: int, *, actor: Actor) -> AreaPlan:
    found = visible_area_plans(municipality, actor).filter(pk=plan_id).first()
    if found is None:
        raise NotFound("There is no such plan of a neighbourhood here.")
    return found


def area_plan_item(plan: AreaPlan, *, actor: Actor) -> dict[str, Any]:
    """A version as this reader may see it. What is only read live (`protected`) is never kept in a version."""
    municipality = plan.municipality
    audience = audience_of(actor, municipality)
    versions = visible_area_plans(municipality, actor).filter(neighbourhood_id=plan.neighbourhood_id)
    member = actor.may_somewhere(Permission.VIEW_MEETINGS, municipality.pk)
    return {
        **version_row(plan),
        "neighbourhood": plan.neighbourhood_id,
        "names": names_of(plan.neighbourhood),
        "sections": told_sections(plan.sections, audience),
        "figures": told_figures(plan.figures, audience),
        "versions": [version_row(row) for row in versions.order_by("-version")],
        "decision": plan.decision_id,
        "decision_number": plan.decision.number if plan.decision else None,
        "signatures": plan.signatures if member else [{**one, "name": "", "words": ""} for one in plan.signatures],
        "dissent": plan.dissent,
        "protected": protected_figures(municipality, plan.neighbourhood, actor),
    }


def told_sections(sections: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    hidden = () if audience == Audience.OWN else OWN_PEOPLE_ONLY
    return {section: {} if section in hidden else dict(sections.get(section, {})) for section in SECTIONS}


def told_figures(figures: Mapping[str, Any], audience: Audience) -> dict[str, Any]:
    """Figures with counts of people as this audience may know them; where a place's people are withheld, so is all that
    would tell them."""
    if audience == Audience.OWN or not figures:
        return dict(figures)
    people = figures.get("context", {}).get("people", {}).get("value")
    withheld = people is None or is_withheld(people, audience)
    diagnosis, works = figures.get("diagnosis", {}), figures.get("actions", [])
    rest = {key: figures[key] for key in ("as_of", "physical_plan", "city_links", "finance") if key in figures}
    return rest | {
        "context": {key: told_value(one, audience, withheld) for key, one in figures.get("context", {}).items()},
        "diagnosis": {
            **{key: diagnosis[key] for key in ("damage", "structures", "assessed") if key in diagnosis},
            **({} if withheld or "index" not in diagnosis else {"index": diagnosis["index"]}),
            "services": []
            if withheld
            else [{**row, "demand": None, "supply": None, "why": {}} for row in diagnosis.get("services", [])],
        },
        "actions": [
            {**row, **{key: safe_count(row.get(key), audience) for key in ("gain_here", "gain", "hosts", "displaced")}}
            for row in works
        ],
        "do_no_harm": {},
        "monitoring": [] if withheld else figures.get("monitoring", []),
    }


def told_value(one: Mapping[str, Any], audience: Audience, withheld: bool) -> dict[str, Any]:
    """A count is rounded or left out; what is computed from counts is left out where the place is withheld."""
    if one.get("kind") == "people":
        return {**one, **{key: safe_count(one[key], audience) for key in ("value", "lo", "hi") if key in one}}
    without = {key: value for key, value in one.items() if key not in ("baseline",)}
    return {**without, "value": None if withheld else one.get("value")}


def protected_figures(municipality: Municipality, place: Neighbourhood, actor: Actor) -> dict[str, Any]:
    """Tension and evictions as they are now, for those the role matrix names; never kept, printed or published."""
    found: dict[str, Any] = {}
    if actor.may_somewhere(Permission.VIEW_MASKED_TENSION, municipality.pk):
        levels = {item["neighbourhood"]: str(item["level"]) for item in tension_items(municipality, actor)}
        if place.pk in levels:
            found["tension"] = levels[place.pk]
    if actor.may_somewhere(Permission.VIEW_EVICTIONS, municipality.pk):
        cases = EvictionCase.objects.filter(municipality=municipality, neighbourhood=place)
        found["eviction_cases"] = cases.exclude(stage__in=CLOSED_STAGES).count()
    return found


def compared_versions(older: AreaPlan, newer: AreaPlan, *, actor: Actor) -> dict[str, Any]:
    """What the unit wrote differently, and how the figures moved between two versions."""
    audience = audience_of(actor, older.municipality)
    before, after = (told_sections(plan.sections, audience) for plan in (older, newer))
    figures = [told_figures(plan.figures, audience) for plan in (older, newer)]
    return {
        "older": version_row(older),
        "newer": version_row(newer),
        "written": [
            {"section": section, "field": field, "before": old, "after": new}
            for section, field, old, new in changed_parts(before, after)
        ],
        "figures": [row for row in moved_figures(*figures) if row["before"] != row["after"]],
    }


def moved_figures(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for section in ("context", "diagnosis", "physical_plan", "finance"):
        old, new = older.get(section, {}), newer.get(section, {})
        for key in dict.fromkeys([*old, *new]):
            pair = [one.get(key) for one in (old, new)]
            if any(isinstance(one, Mapping) and one.get("kind") not in (None, "grades") for one in pair):
                values = [one.get("value") if isinstance(one, Mapping) else None for one in pair]
                kind = next(one["kind"] for one in pair if isinstance(one, Mapping))
                rows.append({"section": section, "key": key, "kind": kind, "before": values[0], "after": values[1]})
    return rows
