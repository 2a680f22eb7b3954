"""Money for works: funds, what is missing per sector, and the sheet a donor takes."""

import tempfile
from typing import Any, BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.plans_funding import register_fund, set_funding
from assessments.api.plans_funding import fund_here
from assessments.api.works import work_of
from assessments.selectors.plans_funding import DONOR_COLUMNS, donor_rows, funding
from crisis.lib.errors import Invalid, NotAllowed, NotFound, RepriseError
from crisis.lib.sheetwriter import write_csv, write_xlsx
from crisis.pages.plans import MILLION
from crisis.pages.reading import amount_in, key_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.plans import FUND_STATES
from municipal_units.models import Municipality
from municipal_units.permissions import Permission

SHEETS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@town_page(Permission.VIEW_WORKS)
def funding_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Funds, works and what is missing; funds are registered and set aside here."""
    actor = actor_of(request)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            do_with_funds(request, municipality)
            return redirect("funding", municipality.code)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    context = town_context(municipality, "plans") | {
        "told": funding(municipality, actor=actor),
        "states": FUND_STATES,
        "may_edit": actor.may_somewhere(Permission.EDIT_PLANS, municipality.pk),
        "problem": problem,
    }
    return render(request, "crisis/funding.html", context, status=problem.status if problem else 200)


def do_with_funds(request: HttpRequest, municipality: Municipality) -> None:
    actor, form = actor_of(request), request.POST
    amount = (amount_in(form, "amount") or 0.0) * MILLION
    if form.get("do") == "fund":
        register_fund(
            by=actor,
            municipality=municipality,
            code=form.get("code", ""),
            name=form.get("name", ""),
            donor=form.get("donor", ""),
            state=form.get("state", "pledged"),
            amount=amount,
        )
    elif form.get("do") == "set":
        fund = fund_here(municipality, key_in(form, "fund") or 0)
        set_funding(by=actor, fund=fund, work=work_of(municipality, key_in(form, "work") or 0), amount=amount)
    else:
        raise Invalid(_("This page does not know that button."))


@town_page(Permission.VIEW_WORKS)
@require_GET
def funding_sheet(request: HttpRequest, municipality: Municipality) -> HttpResponseBase:
    """The works with their money as donors read it, with HXL tags in the second row: ?as=csv or xlsx."""
    kind = request.GET.get("as", "csv")
    if kind not in SHEETS:
        raise NotFound(_("The sheet can be had as csv or xlsx."))
    told = funding(municipality, actor=actor_of(request))
    header = [name for name, _tag in DONOR_COLUMNS]
    rows: list[list[Any]] = [[tag for _name, tag in DONOR_COLUMNS], *donor_rows(told)]
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (the response closes it)
    if kind == "xlsx":
        write_xlsx(target, header, rows, sheet="Works and funding")
    else:
        write_csv(target, header, rows)
    target.seek(0)
    name = f"{municipality.code}-works-and-funding.{kind}"
    return FileResponse(target, as_attachment=True, filename=name, content_type=SHEETS[kind])


urlpatterns = [
    path("m/<slug:code>/funding/", funding_page, name="funding"),
    path("m/<slug:code>/funding/sheet", funding_sheet, name="funding_sheet"),
]
