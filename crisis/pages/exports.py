"""Lists as sheets: the rows, order and filters of the screen as CSV or XLSX, and the 3W table of works."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from assessments.models import Intervention
from assessments.selectors.functionality import situation
from crisis.lib.folding import folded
from crisis.lib.sheetwriter import write_csv, write_xlsx
from crisis.listing import arranged, chosen_view
from crisis.pages.situation import MOST_FACILITIES, STATE_ORDER, shape_of
from crisis.pages.town import actor_of, town_page
from municipal_units.actions.exports import record_export
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.facilities import facility_items

Rows = list[Sequence[Any]]
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Sheet:
    """A list that can be taken out: its heading, and the rows an actor may take with the filters of the address."""

    header: Callable[[HttpRequest, Municipality], Sequence[str]]
    rows: Callable[[HttpRequest, Municipality], Rows]


def export(request: HttpRequest, code: str, table: str, form: str) -> HttpResponseBase:
    if table not in SHEETS or form not in TYPES:
        raise Http404
    return town_page(Permission.EXPORT)(_export)(request, code=code, table=table, form=form)


def _export(request: HttpRequest, municipality: Municipality, table: str, form: str) -> HttpResponse:
    sheet = SHEETS[table]
    header, rows = sheet.header(request, municipality), sheet.rows(request, municipality)
    record_export(by=actor_of(request), municipality=municipality, table=table, rows=len(rows), form=form)
    content = BytesIO()
    if form == "csv":
        write_csv(content, header, rows)
    else:
        write_xlsx(content, header, rows, sheet=table)
    response = HttpResponse(content.getvalue(), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{municipality.code}-{table}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response


def may_take(actor: Actor, municipality: Municipality, place: int | None, service: str | None) -> bool:
    """A service representative takes out the rows of the own services and places only."""
    return actor.may(Permission.EXPORT, municipality.pk, neighbourhood_id=place, service=service)


FACILITY_COLUMNS: tuple[str, ...] = (
    "code",
    "name",
    "name_fr",
    "name_ar",
    "service",
    "asset_type",
    "neighbourhood",
    "lon",
    "lat",
)
FACILITY_COLUMNS += ("status", "causes", "capacity", "unit", "observed_at", "source")


def facility_rows(request: HttpRequest, municipality: Municipality) -> Rows:
    """As on the page: stopped ones first, then by code."""
    asked = {name: request.GET.get(name, "").strip() for name in ("service", "state", "q", "place")}
    here = int(asked["place"]) if asked["place"].isdecimal() else None
    found = facility_items(
        municipality, service=asked["service"], q=asked["q"], neighbourhood_id=here, limit=MOST_FACILITIES
    )
    places = dict(Neighbourhood.objects.filter(municipality=municipality).values_list("id", "name"))
    actor = actor_of(request)
    chosen = [
        row
        for row in found
        if asked["state"] in ("", shape_of(row["status"]))
        and may_take(actor, municipality, row["neighbourhood"], row["service"])
    ]
    chosen.sort(key=lambda row: (STATE_ORDER.index(shape_of(row["status"])), row["code"]))
    return [
        [
            _cell({**row, "neighbourhood": places.get(row["neighbourhood"], "")}.get(column))
            for column in FACILITY_COLUMNS
        ]
        for row in chosen
    ]


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return value if value is None or isinstance(value, int | float) else str(value)


PLACE_COLUMNS: tuple[str, ...] = (
    "rank",
    "pcode",
    "name",
    "index",
    "lo",
    "hi",
    "coverage",
    "class",
    "people",
    "hosts",
    "displaced",
)
PLACE_COLUMNS += ("returnees", "short")


def place_header(request: HttpRequest, municipality: Municipality) -> Sequence[str]:
    town = situation(municipality, actor=actor_of(request))
    return [*PLACE_COLUMNS, *(service["code"] for service in town["services"]), "reason"]


def place_rows(request: HttpRequest, municipality: Municipality) -> Rows:
    town = situation(municipality, actor=actor_of(request))
    services = [service["code"] for service in town["services"]]
    return [
        [
            *(row[column] for column in PLACE_COLUMNS),
            *((row["services"].get(code) or {}).get("f") for code in services),
            (row["why"] or {}).get("text"),
        ]
        for row in arranged(town["neighbourhoods"], chosen_view(request.GET, town))
        if not row["left_out"] and may_take(actor_of(request), municipality, row["id"], None)
    ]


WORK_COLUMNS: tuple[str, ...] = (
    "code",
    "name",
    "intervention_type",
    "phase",
    "status",
    "neighbourhood",
    "cost",
    "currency",
    "fund",
)
WORK_COLUMNS += ("duration_days", "crew", "crew_units", "exclusive_group", "source")
THREE_W = ("who", "what", "activity", "where", "pcode", "when", "days", "status", "cost", "currency", "code")


def chosen_works(request: HttpRequest, municipality: Municipality) -> list[Intervention]:
    """Works by code, narrowed by `status` and `q` (name or code, in any spelling)."""
    works = Intervention.objects.filter(municipality=municipality).select_related("neighbourhood").order_by("code")
    if status := request.GET.get("status", ""):
        works = works.filter(status=status)
    needle = folded(request.GET.get("q", "").strip())
    actor = actor_of(request)
    return [
        work
        for work in works
        if needle in folded(f"{work.code} {work.name} {work.name_fr} {work.name_ar}")
        and may_take(actor, municipality, work.neighbourhood_id, None)
    ]


def work_rows(request: HttpRequest, municipality: Municipality) -> Rows:
    return [[_cell(getattr(work, column)) for column in WORK_COLUMNS] for work in chosen_works(request, municipality)]


def three_w_rows(request: HttpRequest, municipality: Municipality) -> Rows:
    """Who does what where, one row per work: the fund or crew behind it, or the municipality itself."""
    rows: Rows = []
    for work in chosen_works(request, municipality):
        place = work.neighbourhood
        who = work.fund or work.crew or municipality.name
        where = (place.name, place.pcode or place.local_code) if place else (municipality.name, municipality.pcode)
        head = (who, work.intervention_type, work.name, *where)
        rows.append([*head, work.phase, work.duration_days, work.status, work.cost, work.currency, work.code])
    return rows


def fixed(columns: Sequence[str]) -> Callable[[HttpRequest, Municipality], Sequence[str]]:
    return lambda request, municipality: columns


SHEETS: dict[str, Sheet] = {
    "facilities": Sheet(fixed(FACILITY_COLUMNS), facility_rows),
    "neighbourhoods": Sheet(place_header, place_rows),
    "works": Sheet(fixed(WORK_COLUMNS), work_rows),
    "3w": Sheet(fixed(THREE_W), three_w_rows),
}
urlpatterns = [path("m/<slug:code>/export/<slug:table>.<slug:form>", export, name="export")]
