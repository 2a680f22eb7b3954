"""The page of one household: what is known, its persons for a purpose, corrections, and what it was before."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from crisis.lib.errors import Invalid, RepriseError
from crisis.pages.history import DOORS
from crisis.pages.households import form_context, names_in, never_kept, people_context, with_names
from crisis.pages.reading import count_in, day_in, whole_in
from crisis.pages.town import actor_of, town_page
from crisis.pages.words.people import CHANGED_FIELDS, HAPPENED, SAID
from municipal_units.actions.household_rows import MemberRow
from municipal_units.actions.households import change_household, forget_persons, open_household, record_leaving
from municipal_units.actions.members import (
    add_member,
    change_member,
    member_of,
    remove_member,
    undo_household_change,
)
from municipal_units.models import Household, Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.duplicates import pairs_about
from municipal_units.selectors.history import HOUSEHOLDS, FieldChange, history_of, reach_of
from municipal_units.selectors.households import household_of, one_household

ABOUT_PERSONS = ("add-member", "change-member", "remove-member")
REOPEN = "reopen"  # in the session: which household, for which purpose; its persons are shown once more, and logged
PLAIN = ("group", "stock_class", "shelter_type", "intention", "reason", "origin")


@town_page(Permission.REGISTER_HOUSEHOLDS)
def household_page(request: HttpRequest, municipality: Municipality, pk: UUID) -> HttpResponse:
    """One household. Its persons are shown in the answer to a stated purpose, and nowhere else."""
    actor = actor_of(request)
    household = household_of(municipality, actor, pk, now=timezone.now())
    opened: dict[str, Any] | None = None
    problem: RepriseError | None = None
    purpose = purpose_left(request, pk)
    if request.method == "POST":
        purpose = request.POST.get("purpose", "") if request.POST.get("do") in ("open", *ABOUT_PERSONS) else ""
        try:
            if request.POST.get("do") != "open":
                do(request, household)
                if purpose:
                    request.session[REOPEN] = [str(pk), purpose]
                return redirect("household", municipality.code, pk)
        except RepriseError as refusal:
            problem = refusal
            household.refresh_from_db()
    if purpose:
        try:
            opened = open_household(by=actor, household=household, purpose=purpose)
        except RepriseError as refusal:
            problem = problem or refusal
    context = form_context(municipality) | {
        "household": with_names(one_household(household), names_in(municipality)),
        "site_name": household.site.name if household.site else "",
        "opened": opened,
        "purpose": purpose,
        "problem": problem,
        "wrong": {field.field: field.message for field in problem.fields} if problem else {},
        "given": request.POST if problem else QueryDict(),
        "alike": pairs_about(household),
        "may_merge": actor.may_somewhere(Permission.MERGE_HOUSEHOLDS, municipality.pk),
        "may_forget": actor.may_somewhere(Permission.DELETE_HOUSEHOLDS, municipality.pk),
        "may_view": actor.may_somewhere(Permission.VIEW_HOUSEHOLDS, municipality.pk),
        "today": timezone.localdate(),
        "this_year": timezone.localdate().year,
    }
    page = render(request, "crisis/household.html", context, status=problem.status if problem else 200)
    return never_kept(page)


def purpose_left(request: HttpRequest, pk: UUID) -> str:
    """After a person was corrected the household opens once more for the same purpose; written down like any look."""
    left = request.session.pop(REOPEN, None) if request.method == "GET" else None
    return str(left[1]) if left and left[0] == str(pk) else ""


def do(request: HttpRequest, household: Household) -> None:
    """One press of a button on the page of a household."""
    actor, form = actor_of(request), request.POST
    wish = form.get("do", "")
    if wish == "change":
        change_household(by=actor, household=household, changes=changes_in(form, household))
    elif wish in ABOUT_PERSONS:
        do_about_person(request, household, wish)
    elif wish == "left":
        record_leaving(by=actor, household=household, left_on=day_in(form, "left_on") or timezone.localdate())
    elif wish == "back":
        record_leaving(by=actor, household=household, left_on=None)
    elif wish == "forget":
        forget_persons(by=actor, household=household)
    else:
        raise Invalid(_("This page does not know that button."))


def changes_in(form: QueryDict, household: Household) -> dict[str, Any]:
    changes: dict[str, Any] = {name: form[name][:200] for name in PLAIN if name in form}
    changes["needs"] = form.getlist("needs")
    if size := count_in(form, "size"):
        changes["size"] = size
    if place := count_in(form, "neighbourhood"):
        changes |= {"neighbourhood_id": place, "site_id": count_in(form, "site")}
    if "arrived_on" in form:
        changes["arrived_on"] = day_in(form, "arrived_on")
    if form.get("phone", "").strip():
        changes["phone"] = form["phone"]
    elif form.get("no_phone"):
        changes["phone"] = ""
    if form.get("intention", "") != household.intention:
        changes["intention_on"] = timezone.localdate()
    return changes


def do_about_person(request: HttpRequest, household: Household, wish: str) -> None:
    actor, form = actor_of(request), request.POST
    if wish == "add-member":
        add_member(by=actor, household=household, row=MemberRow(**person_in(form)))
        messages.success(request, _("The person is listed now."), extra_tags="done")
        return
    member = member_of(household, whole_in(form, "member"))
    if wish == "change-member":
        changes = person_in(form)
        if member.is_head:
            changes.pop("is_head")
        change_member(by=actor, member=member, changes=changes)
        messages.success(request, _("Corrected."), extra_tags="done")
    else:
        size = count_in(form, "size")
        remove_member(by=actor, member=member, reason=form.get("reason", ""), size=size)
        messages.success(request, _("Taken out of the list. It can be undone for 30 days."), extra_tags="done")


def person_in(form: QueryDict) -> dict[str, Any]:
    """A person as the form says it: a year of birth, or an age that comes down to one."""
    born, age = count_in(form, "birth_year"), count_in(form, "age")
    if born is None and age is not None:
        born = timezone.localdate().year - age
    return {
        "name": form.get("name", "").strip(),
        "sex": form.get("sex", "unknown"),
        "birth_year": born,
        "is_head": bool(form.get("is_head")),
    }


@town_page(Permission.VIEW_HOUSEHOLDS)
def household_history_page(request: HttpRequest, municipality: Municipality, pk: UUID) -> HttpResponse:
    """Who changed what of a household, when and why; that a name changed is told, names are not."""
    actor = actor_of(request)
    household = household_of(municipality, actor, pk, now=timezone.now())
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            undo_in(request, household)
            return redirect("household_history", municipality.code, pk)
        except RepriseError as refusal:
            problem = refusal
            household.refresh_from_db()
    context = people_context(municipality, "households") | {
        "household": household,
        "changes": [
            (change, values_in_words(change.fields)) for change in history_of(HOUSEHOLDS, household, actor=actor)
        ],
        "may_edit": actor.may(HOUSEHOLDS.edit, municipality.pk, **reach_of(household)),
        "problem": problem,
        "doors": DOORS,
        "happened": HAPPENED,
    }
    page = render(request, "crisis/household_history.html", context, status=problem.status if problem else 200)
    return never_kept(page)


CODES = {"shelter_type": "shelter", "legal_basis": "ground", "needs": "need"}


def values_in_words(fields: list[FieldChange]) -> list[dict[str, Any]]:
    """Values before and after as people say them; `person` is the number of the one meant, if it is a person."""
    return [
        {
            "label": CHANGED_FIELDS.get(field.name, field.name),
            "person": field.title if field.part else "",
            "sealed": field.sealed,
            "before": in_words(field.name, field.before),
            "after": in_words(field.name, field.after),
        }
        for field in fields
    ]


def in_words(name: str, value: str) -> str:
    words = SAID.get(CODES.get(name, name), {}) if name != "name" else {}
    if name == "is_head":
        return {"yes": _("yes"), "no": _("no")}.get(value, value)
    return ", ".join(str(words.get(each, each)) for each in value.split(", ")) if value else ""


def undo_in(request: HttpRequest, household: Household) -> None:
    try:
        change = UUID(request.POST.get("change", ""))
    except ValueError:
        raise Invalid(_("Choose the change to undo.")) from None
    reason = request.POST.get("reason", "")[:300]
    undo_household_change(by=actor_of(request), household=household, change=change, reason=reason)
    messages.success(request, _("Undone. The old values are in force again."), extra_tags="done")


urlpatterns = [
    path("m/<slug:code>/households/<uuid:pk>/", household_page, name="household"),
    path("m/<slug:code>/households/<uuid:pk>/history/", household_history_page, name="household_history"),
]
