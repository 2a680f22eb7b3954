"""Plans as pages: scenarios and their runs, one plan, plans side by side."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.plans import known_works, make_scenario, scenario_of, start_run, stop_run
from assessments.actions.plans_deciding import record_work, replanned, verify_work, vote
from assessments.api.plans import case_file, decide_plan, plan_ids, run_here
from assessments.api.works import work_of
from assessments.models import Intervention, Scenario
from assessments.selectors.arrivals import arrivals_here, arrivals_of, frozen_arrivals
from assessments.selectors.learned import learned_durations
from assessments.selectors.plans import compared, plan_detail, plan_here, plans_of
from crisis.lib.errors import Invalid, NotAllowed, NotFound, RepriseError
from crisis.pages.drawing.plans import budget_chart, coloured, recovery_chart, town_map
from crisis.pages.reading import amount_in, day_in, key_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.plans import GROUPS, PLAN_STATES, WORK_STATES, WORK_TYPES
from municipal_units.actions.decisions import ADOPTED
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Decision, Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.norms import norms_at

LETTERS = "ABCD"
MILLION = 1_000_000


@town_page(Permission.VIEW_WORKS)
def plans_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Scenarios with their runs and plans; a new one is written and run here."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return do_with_plans(request, municipality)
        except RepriseError as refusal:
            problem = refusal
    actor = actor_of(request)
    told = plans_of(municipality, actor=actor)
    origin = chosen_origin(request, municipality)
    may_edit = actor.may_somewhere(Permission.EDIT_PLANS, municipality.pk)
    context = {
        "scenarios": told["scenarios"],
        "plans": told["plans"],
        "under_way": [one for one in told["scenarios"] if one["run"] and one["run"]["state"] in ("queued", "running")],
        "failed": [one for one in told["scenarios"] if one["run"] and one["run"]["state"] == "failed"],
        "form": form_values(origin, request.POST if problem else None),
        "origin": origin,
        "works": Intervention.objects.filter(municipality=municipality).order_by("code").values("code", "name")[:2000],
        "crews": crews_of(municipality),
        "weights": norms_at(municipality, timezone.localdate()).weights,
        "may_edit": may_edit,
        "arrivals": arrivals_of(municipality, actor=actor) if may_edit else [],
        "learned": [
            {**row, "type_name": WORK_TYPES.get(row["intervention_type"], row["intervention_type"])}
            for row in learned_durations(municipality, actor=actor)
        ],
        "problem": problem,
        "states": PLAN_STATES,
    }
    context = town_context(municipality, "plans") | context
    return render(request, "crisis/plans.html", context, status=problem.status if problem else 200)


def crews_of(municipality: Municipality) -> list[str]:
    """The kinds of crew that works ask for."""
    works = Intervention.objects.filter(municipality=municipality).exclude(crew="")
    return sorted(set(works.values_list("crew", flat=True)))


def do_with_plans(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    actor, wish = actor_of(request), request.POST.get("do", "")
    if wish == "scenario":
        values = written_scenario(request.POST, municipality)
        origin = (
            scenario_of(municipality, int(request.POST["copy_of"]))
            if request.POST.get("copy_of", "").isdecimal()
            else None
        )
        scenario = make_scenario(by=actor, municipality=municipality, copy_of=origin, **values)
        start_run(by=actor, scenario=scenario)
    elif wish == "run":
        start_run(by=actor, scenario=scenario_wanted(request, municipality))
    elif wish == "stop":
        stop_run(by=actor, run=run_here(municipality, key_in(request.POST, "run") or 0))
    else:
        raise Invalid(_("This page does not know that button."))
    return redirect("plans", municipality.code)


def scenario_wanted(request: HttpRequest, municipality: Municipality) -> Scenario:
    found = scenario_of(municipality, key_in(request.POST, "scenario") or 0)
    if found is None:
        raise NotFound(_("There is no such scenario here."))
    return found


def chosen_origin(request: HttpRequest, municipality: Municipality) -> Scenario | None:
    """The scenario the form begins from: ?copy=7, else the newest."""
    wanted = request.GET.get("copy", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 18:
        return scenario_of(municipality, int(wanted))
    return Scenario.objects.filter(municipality=municipality).order_by("-pk").first()


def form_values(origin: Scenario | None, written: QueryDict | None) -> dict[str, Any]:
    """What stands in the form: what was written and refused, else the scenario it begins from."""
    if written is not None:
        return {key: written.get(key, "") for key in written}
    if origin is None:
        return {"periods": 26, "period_days": 7, "displaced_weight": 0, "low_share": 40, "time_s": 60}
    codes = dict(Intervention.objects.filter(pk__in=[*origin.mandatory, *origin.forbidden]).values_list("pk", "code"))
    return {
        "budget": "" if origin.budget_total is None else f"{origin.budget_total / MILLION:g}",
        "periods": origin.periods,
        "period_days": origin.period_days,
        "displaced_weight": f"{origin.displaced_weight:g}",
        "displaced_change": f"{origin.displaced_change * 100:g}",
        "floor": "" if origin.floor_share is None else f"{origin.floor_share * 100:g}",
        **{f"learned-{key}": f"{factor:g}" for key, factor in origin.duration_factors.items()},
        "arrivals_kept": origin.arrivals.get("name", ""),
        "arrivals": "kept" if origin.arrivals else "",
        "low_share": f"{origin.low_share * 100:g}",
        "time_s": origin.time_s,
        "mandatory": ", ".join(codes.get(pk, "") for pk in origin.mandatory),
        "forbidden": ", ".join(codes.get(pk, "") for pk in origin.forbidden),
        **{f"crew-{crew}": f"{units:g}" for crew, units in origin.crews.items()},
        **{f"fund-{fund}": f"{amount / MILLION:g}" for fund, amount in origin.budgets.items()},
    }


def written_scenario(form: QueryDict, municipality: Municipality) -> dict[str, Any]:
    """The form's values in the units of a scenario: money in units, shares 0-1, works by id."""
    budget = amount_in(form, "budget")
    floor = amount_in(form, "floor")
    return {
        "name": form.get("name", ""),
        "budget_total": None if budget is None else budget * MILLION,
        "periods": int(amount_in(form, "periods") or 26),
        "period_days": int(amount_in(form, "period_days") or 7),
        "displaced_weight": amount_in(form, "displaced_weight") or 0.0,
        "displaced_change": (amount_in(form, "displaced_change") or 0.0) / 100,
        "floor_share": None if floor is None else floor / 100,
        "low_share": (amount_in(form, "low_share") or 40.0) / 100,
        "time_s": int(amount_in(form, "time_s") or 60),
        "crews": table_in(form, "crew-", 1.0),
        "budgets": table_in(form, "fund-", MILLION),
        **arrivals_chosen(form, municipality),
        "duration_factors": table_in(form, "learned-", 1.0),
        "mandatory": known_works(municipality, codes_in(form, "mandatory")),
        "forbidden": known_works(municipality, codes_in(form, "forbidden")),
    }


def arrivals_chosen(form: QueryDict, municipality: Municipality) -> dict[str, Any]:
    """The rows of the arrival scenario as they are now; nothing where those of the copied scenario stay."""
    if form.get("arrivals") == "kept":
        return {}
    chosen = key_in(form, "arrivals")
    return {"arrivals": frozen_arrivals(arrivals_here(municipality, chosen)) if chosen else {}}


def table_in(form: QueryDict, prefix: str, unit: float) -> dict[str, float]:
    found = {name.removeprefix(prefix): amount_in(form, name) for name in form if name.startswith(prefix)}
    return {name: amount * unit for name, amount in found.items() if amount is not None}


def codes_in(form: QueryDict, name: str) -> list[str]:
    return [code for part in form.get(name, "").split(",") if (code := part.strip())]


@town_page(Permission.VIEW_APPROVED_PLANS)
def plan_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One plan: what it restores, each work with its sentence, who gains, who stays behind, and its way to be done."""
    actor = actor_of(request)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return do_with_plan(request, municipality, pk)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    plan = plan_here(municipality, pk, actor=actor)
    told = plan_detail(plan, actor=actor)
    chosen = [work for work in told["works"] if work["chosen"]]
    context = {
        "plan": told,
        "chosen": chosen,
        "others": [work for work in told["works"] if not work["chosen"]],
        "map": town_map(municipality),
        "shapes": coloured(town_map(municipality), told["places"]),
        "gaining": sorted((p for p in told["places"] if p["gain"]), key=lambda p: -p["gain"]),
        "curve": recovery_chart(curves_of(told), mirrored=get_language_bidi()),
        "budget_curve": budget_chart(told["frontier"], told["budget"], mirrored=get_language_bidi()),
        "groups": GROUPS,
        "states": PLAN_STATES,
        "work_states": WORK_STATES,
        "may_edit": actor.may_somewhere(Permission.EDIT_PLANS, municipality.pk),
        "may_approve": actor.may(Permission.APPROVE_PLANS, municipality.pk) and actor.user_id != plan.proposed_by_id,
        "may_vote": actor.may_somewhere(Permission.VOTE, municipality.pk),
        "may_verify": actor.may(Permission.APPROVE_WORKS, municipality.pk),
        "decisions": Decision.objects.filter(municipality=municipality, status=ADOPTED).order_by("-number")[:50]
        if plan.state == "proposed"
        else [],
        "done": sum(work["status"] in ("completed", "verified") for work in chosen),
        "problem": problem,
        "today": timezone.localdate(),
    }
    context = town_context(municipality, "plans") | context
    return render(request, "crisis/plan.html", context, status=problem.status if problem else 200)


def curves_of(plan: dict[str, Any]) -> list[tuple[str, str, bool, list[tuple[date, float]]]]:
    """The town planned and achieved, and hosts and displaced planned."""
    town = [(point["on"], point["city"]) for point in plan["curve"] if point["city"] is not None]
    groups = [
        (str(GROUPS[group]), f"g-{group}", True,
         [(point["on"], point["groups"][group]) for point in plan["curve"] if point["groups"].get(group) is not None])
        for group in ("resident", "displaced")
    ]  # fmt: skip
    achieved = [(point["on"], point["city"]) for point in plan["achieved"]]
    return [(_("Town"), "p-a", True, town), *groups, (_("Achieved"), "ink", False, achieved)]


def do_with_plan(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    actor, form = actor_of(request), request.POST
    wish = form.get("do", "")
    if wish in ("propose", "approve", "publish", "withdraw"):
        decide_plan(
            actor,
            municipality,
            pk,
            do=wish,
            starts_on=day_in(form, "starts_on"),
            decision=key_in(form, "decision"),
            dissent=form.get("dissent", ""),
            reason=form.get("reason", ""),
        )
    elif wish == "replan":
        plan = plan_here(municipality, pk, actor=actor)
        scenario = replanned(by=actor, plan=plan, name=form.get("name", ""))
        start_run(by=actor, scenario=scenario)
        return redirect("plans", municipality.code)
    elif wish in ("record", "verify", "vote"):
        work = work_of(municipality, key_in(form, "work") or 0)
        if wish == "verify":
            verify_work(by=actor, work=work, observed_at=timezone.now())
        elif wish == "vote":
            vote(by=actor, work=work, value=-1 if form.get("value") == "-1" else 1)
        else:
            record_work(
                by=actor,
                work=work,
                started_on=day_in(form, "started_on"),
                finished_on=day_in(form, "finished_on"),
                actual_cost=amount_in(form, "actual_cost"),
            )
    else:
        raise Invalid(_("This page does not know that button."))
    return redirect("plan", municipality.code, pk)


@town_page(Permission.VIEW_APPROVED_PLANS)
@require_GET
def compare_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Up to four plans side by side: ?plan=3&plan=5."""
    wanted = request.GET.getlist("plan") or [request.GET.get("plans", "")]
    told = compared(municipality, plan_ids(",".join(one for one in wanted if one)), actor=actor_of(request))
    drawing, mirrored = town_map(municipality), get_language_bidi()
    services = list(told["plans"][0]["after"]["services"]) if told["plans"] else []
    layer = request.GET.get("layer", "")
    context = {
        "plans": [
            {
                "letter": letter,
                "colour": f"p-{letter.lower()}",
                "told": plan,
                "shapes": coloured(drawing, plan["places"]),
            }
            for letter, plan in zip(LETTERS, told["plans"], strict=False)
        ],
        "works": told["works"],
        "map": drawing,
        "groups": GROUPS,
        "services": services,
        "layer": layer,
        "curve": recovery_chart(compared_curves(told["plans"], layer), mirrored=mirrored),
        "budget_curve": budget_chart(told["plans"][0]["frontier"], told["plans"][0]["budget"], mirrored=mirrored)
        if told["plans"] else None,
        "states": PLAN_STATES,
    }  # fmt: skip
    return render(request, "crisis/plan_compare.html", town_context(municipality, "plans") | context)


def compared_curves(plans: list[dict[str, Any]], layer: str) -> list[tuple[str, str, bool, list[tuple[date, float]]]]:
    """One curve per plan: the town, a service (its code) or a group (group:displaced)."""

    def value(point: dict[str, Any]) -> float | None:
        kind, _colon, key = layer.partition(":")
        found: float | None = (
            point["groups"].get(key) if kind == "group" else point["services"].get(layer) if layer in set(ServiceDomain)
            else point["city"]
        )  # fmt: skip
        return found

    return [
        (letter, f"p-{letter.lower()}", True, [(p["on"], v) for p in plan["curve"] if (v := value(p)) is not None])
        for letter, plan in zip(LETTERS, plans, strict=False)
    ]


@town_page(Permission.EDIT_PLANS)
@require_GET
def case_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """The frozen planning case of a run as a file."""
    return case_file(municipality, run_here(municipality, pk))


urlpatterns = [
    path("m/<slug:code>/plans/", plans_page, name="plans"),
    path("m/<slug:code>/plans/compare", compare_page, name="plan_compare"),
    path("m/<slug:code>/plans/<int:pk>/", plan_page, name="plan"),
    path("m/<slug:code>/plans/runs/<int:pk>/case.json", case_page, name="plan_case"),
]
