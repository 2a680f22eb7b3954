"""The pages of the household register: list without persons, one household, a new one, duplicates to decide."""

import io
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from crisis.lib.errors import Invalid, RepriseError
from crisis.lib.sheetwriter import write_csv, write_xlsx
from crisis.lib.wire import decoded_cursor, encoded_cursor
from crisis.pages.reading import count_in, day_in, key_of
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.people import SAID
from crisis.templatetags.reprise import day
from municipal_units.actions.duplicates import keep_apart
from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.actions.households import log_access, register_household
from municipal_units.actions.merging import merge_households, unmerge_households
from municipal_units.actions.searching import compare_pair, search_households
from municipal_units.models import DuplicatePair, HouseholdMerge, Municipality, Neighbourhood, Site
from municipal_units.permissions import Permission
from municipal_units.selectors.duplicates import merge_of, pair_items, pair_of
from municipal_units.selectors.households import (
    SORTS,
    HouseholdFilter,
    household_count,
    household_items,
    one_household,
    sort_of,
)
from municipal_units.selectors.register import need_counts, register_counts

ROWS_ON_A_PAGE = 100
PAIRS_ON_A_PAGE = 50
LATEST_MERGES = 20
MEMBERS_IN_THE_FORM = range(1, 6)
FILTERS = ("q", "group", "neighbourhood", "site", "shelter", "need", "intention", "state")
COLUMNS: tuple[str, ...] = (
    "code", "place", "group", "stock_class", "size", "origin", "arrived_on", "shelter_type", "needs", "intention",
    "registered_on", "left_on",
)  # fmt: skip
SHEETS = {"csv": "text/csv; charset=utf-8"}
SHEETS["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@town_page(Permission.REGISTER_HOUSEHOLDS)
def households_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The register without a person in it; filter, order and place in the list live in the address."""
    view = listed(request, municipality)
    return render(request, "crisis/households.html", people_context(municipality, "households") | view)


def listed(request: HttpRequest, municipality: Municipality) -> dict[str, Any]:
    """What the address asks for, and the rows of that page."""
    wanted = {name: request.GET.get(name, "").strip() for name in FILTERS}
    wanted["state"] = wanted["state"] or "present"
    sort = request.GET.get("sort", "newest")
    sort = sort if sort in SORTS else "newest"
    order, kind = sort_of(sort)
    narrowed = HouseholdFilter(
        q=wanted["q"][:8],
        group=wanted["group"],
        neighbourhood=key_of(wanted["neighbourhood"]),
        site=key_of(wanted["site"]),
        shelter=wanted["shelter"],
        need=wanted["need"],
        intention=wanted["intention"],
        state=wanted["state"],
    )
    after = decoded_cursor(request.GET.get("after", ""), kind, int)
    actor, now = actor_of(request), timezone.now()
    rows = household_items(
        municipality, actor, now=now, wanted=narrowed, sort=sort, after=after, limit=ROWS_ON_A_PAGE + 1
    )
    shown = rows[:ROWS_ON_A_PAGE]
    following = ""
    if len(rows) > ROWS_ON_A_PAGE:
        following = encoded_cursor(shown[-1][order.lstrip("-")], shown[-1]["id"])
    return {
        "rows": [with_names(row, names_in(municipality)) for row in shown],
        "count": household_count(municipality, actor, now=now, wanted=narrowed),
        "next": following,
        "begun": bool(after),
        "wanted": wanted,
        "places": names_in(municipality),
        "sort": sort,
        "filtered": any(wanted[name] for name in FILTERS if name != "state") or wanted["state"] != "present",
    }


def names_in(municipality: Municipality) -> dict[int, str]:
    return dict(Neighbourhood.objects.filter(municipality=municipality).values_list("pk", "name"))


def with_names(row: dict[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    return row | {"place": names.get(row["neighbourhood"], "")}


@town_page(Permission.VIEW_HOUSEHOLDS)
def export_households(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The rows on the screen as a sheet, without persons; that somebody took them out is written down."""
    if request.method != "POST":
        return redirect("households", municipality.code)
    form = request.POST.get("format", "csv")
    rows = listed(request, municipality)["rows"]
    purpose = request.POST.get("purpose", "")
    log_access(
        by=actor_of(request), municipality_id=municipality.pk, kind="export", purpose=purpose, households=len(rows)
    )
    body = ([", ".join(row[c]) if c == "needs" else row[c] for c in COLUMNS] for row in rows)
    content = io.BytesIO()
    kind = form if form in SHEETS else "csv"
    (write_xlsx if kind == "xlsx" else write_csv)(content, COLUMNS, body)
    response = HttpResponse(content.getvalue(), content_type=SHEETS[kind])
    response["Content-Disposition"] = f'attachment; filename="{municipality.code}-households.{kind}"'
    return never_kept(response)


@town_page(Permission.VIEW_HOUSEHOLDS)
def search_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Finding a person by name or phone, for a purpose. Sent in the body: no name stands in an address."""
    if request.method != "POST":
        return redirect("households", municipality.code)
    context: dict[str, Any] = {"asked": True, "problem": "", "found": []}
    try:
        found = search_households(
            by=actor_of(request),
            municipality=municipality,
            text=request.POST.get("text", "")[:200].replace("\x00", ""),
            purpose=request.POST.get("purpose", ""),
        )
        context["found"] = [with_names(row, names_in(municipality)) for row in found]
    except RepriseError as refusal:
        context["problem"] = refusal.message
    page = render(request, "crisis/household_search.html", people_context(municipality, "households") | context)
    return never_kept(page)


@town_page(Permission.REGISTER_HOUSEHOLDS)
def new_household_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """A registration at the desk. The id in the form makes a second press of the button harmless."""
    problem: RepriseError | None = None
    given = request.POST if request.method == "POST" else QueryDict()
    if request.method == "POST":
        try:
            row = row_in(given)
            made = register_household(by=actor_of(request), municipality=municipality, row=row)
            return redirect("household", municipality.code, made.uuid)
        except RepriseError as refusal:
            problem = refusal
    context = form_context(municipality) | {
        "problem": problem,
        "wrong": {field.field: field.message for field in problem.fields} if problem else {},
        "given": given,
        "instance_id": given.get("instance_id") or f"uuid:{uuid.uuid4()}",
        "lines": [
            (n, {part: given.get(f"{part}-{n}", "") for part in ("name", "sex", "age")}) for n in MEMBERS_IN_THE_FORM
        ],
        "today": timezone.localdate(),
        "chosen_needs": given.getlist("needs"),
    }
    page = render(request, "crisis/household_new.html", context, status=problem.status if problem else 200)
    return never_kept(page)


def row_in(form: QueryDict) -> HouseholdRow:
    """The form as a registration."""
    today = timezone.localdate()
    ground = form.get("legal_basis", "consent")
    return HouseholdRow(
        instance_id=form.get("instance_id", "")[:200],
        neighbourhood_id=count_in(form, "neighbourhood") or 0,
        site_id=count_in(form, "site"),
        group=form.get("group", ""),
        stock_class=form.get("stock_class", "unknown"),
        size=count_in(form, "size") or 0,
        phone=form.get("phone", ""),
        origin=form.get("origin", ""),
        arrived_on=day_in(form, "arrived_on"),
        reason=form.get("reason", ""),
        shelter_type=form.get("shelter_type", "unknown"),
        needs=tuple(form.getlist("needs")),
        intention=form.get("intention", ""),
        intention_on=today if form.get("intention") else None,
        legal_basis=ground,
        consent_on=today if ground == "consent" and form.get("agreed") else None,
        members=members_in(form, today),
        registered_on=day_in(form, "registered_on") or today,
    )


def members_in(form: QueryDict, today: date) -> tuple[MemberRow, ...]:
    members = []
    for line in MEMBERS_IN_THE_FORM:
        name, age = form.get(f"name-{line}", "").strip(), count_in(form, f"age-{line}")
        if not name and age is None:
            continue
        born = today.year - age if age is not None else None
        sex = form.get(f"sex-{line}") or "unknown"
        members.append(MemberRow(name=name, sex=sex, birth_year=born, is_head=line == 1))
    return tuple(members)


@town_page(Permission.MERGE_HOUSEHOLDS)
def duplicates_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Pairs that may be one household, the likeliest first; a person decides."""
    after = decoded_cursor(request.GET.get("after", ""), float, int)
    pairs = pair_items(municipality, state="open", after=after, limit=PAIRS_ON_A_PAGE + 1)
    names = names_in(municipality)
    shown = [
        pair | {"first": with_names(pair["first"], names), "second": with_names(pair["second"], names)}
        for pair in pairs[:PAIRS_ON_A_PAGE]
    ]
    merges = HouseholdMerge.objects.filter(municipality=municipality).select_related("kept", "absorbed", "by")
    more = len(pairs) > PAIRS_ON_A_PAGE
    context = {
        "pairs": shown,
        "count": DuplicatePair.objects.filter(municipality=municipality, state="open").count(),
        "next": encoded_cursor(shown[-1]["score"], shown[-1]["id"]) if more else "",
        "merges": merges.order_by("-pk")[:LATEST_MERGES],
    }
    return render(request, "crisis/duplicates.html", people_context(municipality, "duplicates") | context)


@town_page(Permission.MERGE_HOUSEHOLDS)
def duplicate_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Two households side by side; persons after a purpose; then one decision."""
    pair, actor = pair_of(municipality, pk), actor_of(request)
    problem: RepriseError | None = None
    both: list[dict[str, Any]] | None = None
    if request.method == "POST":
        try:
            wish = request.POST.get("do", "")
            if wish == "open":
                both = compare_pair(by=actor, pair=pair, purpose=request.POST.get("purpose", ""))
            elif wish == "different":
                keep_apart(by=actor, pair=pair)
                return redirect("duplicates", municipality.code)
            else:
                merge_in(request, pair)
                return redirect("duplicates", municipality.code)
        except RepriseError as refusal:
            problem = refusal
    names = names_in(municipality)
    sides = [with_names(one, names) for one in both or (one_household(pair.first), one_household(pair.second))]
    context = {"pair": pair, "sides": sides, "opened": both is not None, "problem": problem, "fields": compared(sides)}
    page = render(
        request,
        "crisis/duplicate.html",
        people_context(municipality, "duplicates") | context,
        status=problem.status if problem else 200,
    )
    return never_kept(page)


def merge_in(request: HttpRequest, pair: DuplicatePair) -> None:
    """The form of a decision: which household stays, and for each value that differs whose is right."""
    try:
        keep = UUID(request.POST.get("keep", ""))
    except ValueError:
        raise Invalid(_("Choose the household that stays.")) from None
    kept, absorbed = pair.in_order(keep)
    chosen = {name: request.POST.get(f"take-{name}", "") for name in TAKEN}
    take = [TAKEN[name] for name, side in chosen.items() if side == str(absorbed.uuid)]
    merge_households(by=actor_of(request), kept=kept, absorbed=absorbed, take=take)


# The values a person chooses between, and their columns.
TAKEN: dict[str, str] = {
    "neighbourhood": "neighbourhood_id",
    "group": "group",
    "size": "size",
    "origin": "origin",
    "arrived_on": "arrived_on",
    "shelter_type": "shelter_type",
    "intention": "intention",
    "phone": "phone",
}


def compared(sides: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Line by line what both say, and whether they differ."""
    labels = {
        "neighbourhood": _("Place"),
        "group": _("Group"),
        "size": _("People"),
        "origin": _("From"),
        "arrived_on": _("Arrived"),
        "shelter_type": _("Shelter"),
        "intention": _("Wants to"),
        "phone": _("Phone"),
    }
    said = {"group": "group", "shelter_type": "shelter", "intention": "intention"}
    lines = []
    for name, label in labels.items():
        if name not in sides[0]:
            continue
        values = [side["place"] if name == "neighbourhood" else side[name] for side in sides]
        shown = [SAID[said[name]].get(value, "") if name in said else value for value in values]
        shown = [day(value) if isinstance(value, date) else value for value in shown]
        pairs = [{"text": text, "uuid": side["uuid"]} for text, side in zip(shown, sides, strict=True)]
        lines.append({"name": name, "label": label, "values": pairs, "differ": values[0] != values[1]})
    return lines


@town_page(Permission.MERGE_HOUSEHOLDS)
def unmerge_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Takes a merge back."""
    merge = merge_of(municipality, pk)
    if request.method == "POST":
        unmerge_households(by=actor_of(request), merge=merge)
    return redirect("duplicates", municipality.code)


@town_page(Permission.COUNT_NEEDS)
def register_counts_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """How many are registered, where and with what needs: for those who see counts only."""
    may_count = actor_of(request).may_somewhere(Permission.COUNT_HOUSEHOLDS, municipality.pk)
    context = {
        "counts": register_counts(municipality) if may_count else [],
        "may_count": may_count,
        "needs": need_counts(municipality),
    }
    return render(request, "crisis/register_counts.html", people_context(municipality, "counts") | context)


def people_context(municipality: Municipality, tab: str) -> dict[str, Any]:
    return town_context(municipality, "present") | {"tab": tab, "said": SAID}


def form_context(municipality: Municipality) -> dict[str, Any]:
    places = Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name")
    sites = Site.objects.filter(municipality=municipality, closed_on=None).select_related("neighbourhood")
    return people_context(municipality, "households") | {"places": places, "sites": sites.order_by("name")}


def never_kept(response: HttpResponse) -> HttpResponse:
    """Nothing about persons stays in a browser or between."""
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("m/<slug:code>/households/", households_page, name="households"),
    path("m/<slug:code>/households/search", search_page, name="household_search"),
    path("m/<slug:code>/households/export", export_households, name="households_export"),
    path("m/<slug:code>/households/new", new_household_page, name="household_new"),
    path("m/<slug:code>/duplicates/", duplicates_page, name="duplicates"),
    path("m/<slug:code>/duplicates/<int:pk>/", duplicate_page, name="duplicate"),
    path("m/<slug:code>/merges/<int:pk>/undo", unmerge_page, name="unmerge"),
    path("m/<slug:code>/register/", register_counts_page, name="register_counts"),
]
