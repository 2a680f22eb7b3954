"""Field forms over HTTP, the office's side: what came in, judging it, what was kept aside, export."""

from typing import Any

from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from ninja import Query

from assessments.actions.review import review_submission, settle_kept_aside
from assessments.api.forms import router as router  # phones and reviewers share addresses
from assessments.models import KeptAside, Submission, SubmissionFile
from assessments.schemas.forms import (
    ExportQuery,
    KeptAsideOut,
    ReviewIn,
    SettleIn,
    SubmissionDetail,
    SubmissionOut,
    SubmissionQuery,
)
from assessments.selectors.submissions import (
    WAITING,
    answers_csv,
    submission_detail,
    submission_items,
    submissions_of,
)
from crisis.lib.errors import NotFound
from crisis.lib.pictures import shown_picture
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.files import file_store
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

TOWN = "/municipalities/{slug:code}"
ONE = TOWN + "/submissions/{int:submission_id}"


@router.get(TOWN + "/submissions", response=Page[SubmissionOut], operation_id="submissions")
def submissions(request: Asking, code: str, query: Query[SubmissionQuery]) -> dict[str, Any]:
    """Records that came in, newest first; `waiting` are those nobody has judged."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    rows = submissions_of(town)
    if query.state:
        states = WAITING if query.state == "waiting" else (query.state,)
        rows = rows.filter(review_state__in=states, is_current=True)
    if query.form:
        rows = rows.filter(form_id_text=query.form)
    if query.neighbourhood is not None:
        rows = rows.filter(neighbourhood_id=query.neighbourhood)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    items = submission_items(list(shown.order_by("-pk")[: query.limit + 1]))
    return page(items, limit=query.limit, count=rows.count(), key=["id"])


@router.get(TOWN + "/submissions.csv", operation_id="export_submissions")
def export(request: HttpRequest, code: str, query: Query[ExportQuery]) -> HttpResponse:
    """All answers of one form as a sheet, also those the model has no place for."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)  # type: ignore[attr-defined]
    response = HttpResponse(answers_csv(town, query.form), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="submissions.csv"'
    return response


def one_of(town: Municipality, pk: int) -> Submission:
    found = submissions_of(town).select_related("municipality", "replaces").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such record here.")
    return found


@router.get(ONE, response=SubmissionDetail, operation_id="submission")
def submission(request: Asking, code: str, submission_id: int) -> dict[str, Any]:
    """One record with its answers, what it became, what it replaced, and others about the same building."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    return submission_detail(one_of(town, submission_id))


@router.post(ONE + "/review", response=SubmissionDetail, operation_id="review_submission")
def review(request: Asking, code: str, submission_id: int, verdict: ReviewIn) -> dict[str, Any]:
    """Accepts a record, asks for more, or rejects it; the reason goes back to the phone."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    place = None
    if verdict.lon is not None and verdict.lat is not None:
        place = Point(verdict.lon, verdict.lat, srid=4326)
    judged = one_of(town, submission_id)
    review_submission(by=request.auth, submission=judged, state=verdict.state, reason=verdict.reason, place=place)
    return submission_detail(one_of(town, submission_id))


@router.get(ONE + "/files/{int:file_id}", operation_id="submission_photo")
def photo(request: HttpRequest, code: str, submission_id: int, file_id: int) -> HttpResponse:
    """A photo as it may be shown: written anew, without position."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)  # type: ignore[attr-defined]
    return shown_photo(town, submission_id, file_id)


def shown_photo(town: Municipality, submission_id: int, file_id: int) -> HttpResponse:
    kept = SubmissionFile.objects.filter(municipality=town, submission_id=submission_id, pk=file_id).first()
    if kept is None:
        raise NotFound("There is no such photo here.")
    with file_store().open(kept.sha256) as file:
        picture = shown_picture(file)
    response = HttpResponse(picture, content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Disposition"] = "inline"
    return response


@router.get(TOWN + "/kept-aside", response=Page[KeptAsideOut], operation_id="kept_aside")
def kept_aside(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """What could not simply be taken and nobody has settled yet, newest first."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    rows = KeptAside.objects.filter(municipality=town, settled_at=None).defer("content")
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    return page(shown.order_by("-pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/kept-aside/{int:kept_id}/settle", response=KeptAsideOut, operation_id="settle_kept_aside")
def settle(request: Asking, code: str, kept_id: int, wish: SettleIn) -> KeptAside:
    """Takes it now, if that has become possible, or closes it as it is."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    found = KeptAside.objects.filter(municipality=town, pk=kept_id).first()
    if found is None:
        raise NotFound("There is nothing kept aside under this number.")
    return settle_kept_aside(by=request.auth, kept=found, take=wish.take)
