"""The plan of a neighbourhood: read and printed, written in versions, compared, put to the vote, agreed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.area_plans import agree_area_plan, put_to_vote, write_area_plan
from assessments.api.area_plans import place_of, wanted
from assessments.core.area_plan import CORRECTABLE, SECTIONS, URF_GOALS, Field
from assessments.models import AreaPlan
from assessments.selectors.area_figures import figures_for
from assessments.selectors.area_plans import (
    area_plan_here,
    area_plan_item,
    area_plans_of,
    compared_versions,
)
from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, RepriseError
from crisis.pages.drawing.place import place_drawing
from crisis.pages.reading import key_of, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words import area_plans as words
from crisis.pages.words.plans import WORK_STATES
from municipal_units.models import Decision, Municipality, Neighbourhood
from municipal_units.permissions import Permission
from municipal_units.selectors.places import names_of
from municipal_units.selectors.unit import decision_of

OWN, WORK, TARGET = "own", "work", "target"


@town_page(Permission.VIEW_APPROVED_PLANS)
@require_GET
def area_plans_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every neighbourhood with the state of its plan."""
    rows = area_plans_of(municipality, actor=actor_of(request))
    context = {"rows": rows, "states": words.STATES, "written": sum(row["plan"] is not None for row in rows)}
    return render(request, "crisis/area_plans.html", town_context(municipality, "plans") | context)


@town_page(Permission.VIEW_APPROVED_PLANS)
def area_plan_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One plan: what the data says, what the unit wrote, who signed; printed it is the paper for the meeting."""
    actor, place = actor_of(request), place_of(municipality, pk)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return decided(request, municipality, place)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    plan = area_plan_here(municipality, pk, actor=actor, version=key_of(request.GET.get("version", "")))
    may_edit = actor.may(Permission.EDIT_PLANS, municipality.pk, neighbourhood_id=pk)
    told = area_plan_item(plan, actor=actor) if plan else None
    newest = bool(told and told["versions"][0]["id"] == told["id"])
    may_approve = actor.may(Permission.APPROVE_PLANS, municipality.pk)
    context = {
        "place": {"id": pk, "names": names_of(place), "pcode": place.pcode},
        "plan": told,
        "parts": parts_of(told) if told else [],
        "map": place_drawing(place) if told and actor.may_somewhere(Permission.VIEW_DAMAGE, municipality.pk) else None,
        "newest": newest,
        "may_edit": may_edit,
        "may_vote": newest and told is not None and told["status"] == "draft"
        and actor.may_somewhere(Permission.PROPOSE_DECISIONS, municipality.pk),
        "decisions": decisions_about(plan) if plan and may_approve and plan.status == "draft" and newest else [],
        "wrote_it": bool(plan and plan.written_by_id == actor.user_id),
        "may_approve": may_approve,
        "problem": problem,
        **vocabulary(),
    }  # fmt: skip
    context = town_context(municipality, "plans") | context
    return render(request, "crisis/area_plan.html", context, status=problem.status if problem else 200)


def vocabulary() -> dict[str, Any]:
    return {
        "states": words.STATES,
        "choices": words.CHOICES,
        "types": words.WORK_TYPES,
        "phases": words.PHASES,
        "goals": words.GOALS,
        "work_states": WORK_STATES,
        "figure_words": words.FIGURES,
        "part_words": words.PARTS,
    }


def parts_of(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts in their order: figures with their words and sources, and what the unit wrote."""
    return [
        {
            "key": key,
            "title": words.PARTS[key],
            "hint": words.EXPLAINED.get(key, ""),
            "figures": figures_in(told["figures"].get(key), told["sections"].get(key, {}).get("own", {})),
            "more": told["figures"].get(key) or {},
            "fields": [
                {
                    "key": field.key,
                    "label": words.FIELDS[f"{key}.{field.key}"],
                    "kind": str(field.kind),
                    "words": field.words,
                    "value": told["sections"].get(key, {}).get(field.key, ""),
                }
                for field in fields
            ],
            "works": told["sections"].get(key, {}).get("works", {}),
            "targets": told["sections"].get(key, {}).get("targets", {}),
        }
        for key, fields in SECTIONS.items()
    ]


def figures_in(figures: Any, own: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Single figures of a part with their words, in the order of these; the unit's own value beside with its reason."""
    if not isinstance(figures, Mapping):
        return []
    return [
        {
            "key": key,
            "label": words.FIGURES[key],
            **figures[key],
            "origin": words.SOURCES.get(figures[key].get("source", ""), figures[key].get("source", "")),
            "own": own.get(key),
        }
        for key in words.FIGURES
        if isinstance(one := figures.get(key), Mapping) and one.get("value") is not None
    ]


def decisions_about(plan: AreaPlan) -> list[Decision]:
    """Adopted decisions that name this version."""
    rows = Decision.objects.filter(municipality_id=plan.municipality_id, status="adopted")
    return list(rows.filter(links__kind="area_plan", links__reference=str(plan.pk)).order_by("-number"))


def decided(request: HttpRequest, municipality: Municipality, place: Neighbourhood) -> HttpResponse:
    actor, form = actor_of(request), request.POST
    plan = wanted(municipality, place.pk, actor, None)
    wish = form.get("do", "")
    if wish == "vote":
        title = _("Plan of {place}, version {n}").format(place=place, n=plan.version)
        text = form.get("text", "").strip() or _("The unit agrees this plan.")
        decision = put_to_vote(by=actor, plan=plan, title=title, text=text)
        return redirect("decision", municipality.code, decision.pk)
    if wish == "agree":
        agree_area_plan(by=actor, plan=plan, decision=decision_of(municipality, whole_in(form, "decision")))
        return redirect("area_plan", municipality.code, place.pk)
    raise Invalid(_("This page does not know that button."))


@town_page(Permission.EDIT_PLANS)
def area_plan_edit(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Writing the next version beside the figures of today."""
    actor, place = actor_of(request), place_of(municipality, pk)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            write_area_plan(
                by=actor,
                neighbourhood=place,
                sections=sections_in(request.POST),
                changed=request.POST.get("changed", ""),
                onto=key_of(request.POST.get("onto", "")) or 0,
            )
            return redirect("area_plan", municipality.code, pk)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    plan = area_plan_here(municipality, pk, actor=actor)
    sections = sections_in(request.POST) if problem else (plan.sections if plan else {})
    told = {"figures": figures_for(municipality, place), "sections": sections}
    # Written onto another's version: shown what is new, and only then onto that one.
    onto = plan.version if plan else 0
    context = {
        "place": {"id": pk, "names": names_of(place), "pcode": place.pcode},
        "parts": parts_of(told),
        "correctable": CORRECTABLE,
        "urf_goals": URF_GOALS,
        "onto": onto,
        "changed": request.POST.get("changed", ""),
        "overtaken": isinstance(problem, Conflict),
        "problem": problem,
        **vocabulary(),
    }
    context = town_context(municipality, "plans") | context
    return render(request, "crisis/area_plan_edit.html", context, status=problem.status if problem else 200)


def sections_in(form: QueryDict) -> dict[str, Any]:
    """What the form says, part by part; fields left empty are not kept."""
    sections: dict[str, Any] = {}
    for section, fields in SECTIONS.items():
        written: dict[str, Any] = {field.key: text for field in fields if (text := written_in(form, section, field))}
        own = {
            key: {"value": value, "why": form.get(f"why-{section}-{key}", "").strip()}
            for key in CORRECTABLE.get(section, ())
            if (value := form.get(f"{OWN}-{section}-{key}", "").strip())
        }
        written |= {"own": own} if own else {}
        if section == "actions":
            works = {
                pk: {"owner": form.get(f"owner-{pk}", "").strip()[:200], "goal": form.get(f"goal-{pk}", "")}
                for pk in form.getlist(WORK)
                if form.get(f"owner-{pk}", "").strip() or form.get(f"goal-{pk}", "")
            }
            written |= {"works": works} if works else {}
        if section == "monitoring":
            targets = {
                name.removeprefix(f"{TARGET}-"): text[:200]
                for name in form
                if name.startswith(f"{TARGET}-") and (text := form.get(name, "").strip())
            }
            written |= {"targets": targets} if targets else {}
        if written:
            sections[section] = written
    return sections


def written_in(form: QueryDict, section: str, field: Field) -> str:
    return form.get(f"{section}-{field.key}", "").replace("\r\n", "\n").strip()


@town_page(Permission.VIEW_APPROVED_PLANS)
@require_GET
def area_plan_compare(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Two versions beside each other: ?older=1&newer=2; without, the newest and the one before."""
    actor, place = actor_of(request), place_of(municipality, pk)
    newest = wanted(municipality, pk, actor, None)
    older, newer = (key_of(request.GET.get(name, "")) for name in ("older", "newer"))
    after = wanted(municipality, pk, actor, newer)
    before = wanted(municipality, pk, actor, older or max(1, after.version - 1))
    context = {
        "place": {"id": pk, "names": names_of(place), "pcode": place.pcode},
        "told": compared_versions(before, after, actor=actor),
        "versions": area_plan_item(newest, actor=actor)["versions"],
        "field_words": {**words.FIELDS},
        **vocabulary(),
    }
    return render(request, "crisis/area_plan_compare.html", town_context(municipality, "plans") | context)


urlpatterns = [
    path("m/<slug:code>/plans/areas/", area_plans_page, name="area_plans"),
    path("m/<slug:code>/neighbourhoods/<int:pk>/plan/", area_plan_page, name="area_plan"),
    path("m/<slug:code>/neighbourhoods/<int:pk>/plan/edit", area_plan_edit, name="area_plan_edit"),
    path("m/<slug:code>/neighbourhoods/<int:pk>/plan/compare", area_plan_compare, name="area_plan_compare"),
]
