"""The inbox of supervisors: what phones sent, one report at a time, what was kept aside, and forms of one's own."""

from typing import Any

from django.contrib.gis.geos import Point
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.forms import CLOSED, OPEN, add_shipped_forms, publish_form, read_form, set_form_state
from assessments.actions.review import review_submission, settle_kept_aside
from assessments.api.review import shown_photo
from assessments.core.forms.compiler import CompiledForm
from assessments.core.forms.homes import home_of
from assessments.models import FormDefinition, KeptAside, Submission
from assessments.selectors.submissions import (
    submission_detail,
    submission_items,
    submissions_awaiting_review,
    submissions_of,
    waiting_counts,
)
from crisis.lib.errors import Invalid, NotFound, RepriseError
from crisis.pages.town import actor_of, town_context, town_page
from municipal_units.models import Municipality
from municipal_units.permissions import Permission

MOST_SHOWN = 100
KEPT_WORDS = {
    "other_content": gettext_lazy("same number, other content"),
    "other_file": gettext_lazy("same photo name, other photo"),
    "unknown_form": gettext_lazy("form not known"),
    "unknown_version": gettext_lazy("form version not known"),
    "form_closed": gettext_lazy("form is closed"),
    "edit_too_early": gettext_lazy("correction of a report that has not come"),
    "edit_of_old": gettext_lazy("correction of an old version"),
    "unreadable": gettext_lazy("cannot be read"),
    "withdrawal_too_early": gettext_lazy("takes back a report that has not come"),
    "withdrawal_foreign": gettext_lazy("takes back somebody else's report"),
    "withdrawal_reviewed": gettext_lazy("takes back a report that was judged or replaced"),
    "withdrawal_late": gettext_lazy("takes back a report more than 15 minutes after it was sent"),
}


@town_page(Permission.REVIEW_FORMS)
def reports_page(request: HttpRequest, municipality: Municipality, pk: int | None = None) -> HttpResponse:
    """List, report, effect. The list is what nobody has judged; the address says which report is open."""
    problem = ""
    if request.method == "POST" and pk is not None:
        try:
            judge(request, one(municipality, pk))
            return redirect_to_next(municipality, pk)
        except RepriseError as refusal:
            problem = refusal.message
    shown = request.GET.get("show", "")
    rows = submissions_awaiting_review(municipality)
    if shown == "problems":
        rows = rows.filter(review_state="has_issues")
    elif shown == "withdrawn":
        rows = submissions_of(municipality).filter(review_state="withdrawn").order_by("-pk")
    items = [in_words(item) for item in submission_items(list(rows[:MOST_SHOWN]))]
    chosen = pk if pk is not None else next((item["id"] for item in items), None)
    context = {
        "items": items,
        "counts": waiting_counts(municipality),
        "shown": shown,
        "report": report_of(one(municipality, chosen)) if chosen is not None else None,
        "kept_aside": kept_items(municipality) if shown == "kept" else [],
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "crisis/review.html", town_context(municipality, "reports") | context, status=status)


def one(municipality: Municipality, pk: int) -> Submission:
    found = submissions_of(municipality).select_related("municipality", "replaces").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def judge(request: HttpRequest, submission: Submission) -> None:
    place = None
    if request.POST.get("lon") and request.POST.get("lat"):
        try:
            place = Point(float(request.POST["lon"]), float(request.POST["lat"]), srid=4326)
        except ValueError as wrong:
            raise Invalid(_("Longitude and latitude are numbers.")) from wrong
    review_submission(
        by=actor_of(request),
        submission=submission,
        state=request.POST.get("state", ""),
        reason=request.POST.get("reason", ""),
        place=place,
    )


def redirect_to_next(municipality: Municipality, pk: int) -> HttpResponse:
    following = submissions_awaiting_review(municipality).filter(pk__lt=pk).first()
    if following is None:
        return redirect("reports", municipality.code)
    return redirect("report", municipality.code, following.pk)


def in_words(item: dict[str, Any]) -> dict[str, Any]:
    """What stands in the list besides the item itself: why a person should look."""
    remarks = []
    if item["duplicates"]:
        remarks.append(_("may be a duplicate"))
    if not item["complete"]:
        remarks.append(_("photos are missing"))
    if item["problems"]:
        remarks.append(text_of(item["problems"][0]["message"]))
    return item | {"remarks": remarks}


def text_of(texts: dict[str, str]) -> str:
    language = (get_language() or "en")[:2]
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def report_of(submission: Submission) -> dict[str, Any]:
    """The open report: every answer with its question, beside what it said before."""
    detail = submission_detail(submission)
    definition = submission.form.definition
    before = detail["before"] or {}
    problems = {problem["path"]: text_of(problem["message"]) for problem in detail["problems"]}
    rows = []
    for question in definition["questions"]:
        path_ = question["path"]
        new, old = detail["answers"].get(path_, ""), before.get(path_, "")
        if question["type"] in ("note", "image") or not (new or old or path_ in problems):
            continue
        rows.append(
            {
                "label": text_of(question.get("label") or {"en": path_.strip("/")}),
                "new": worded(question, definition, new),
                "old": worded(question, definition, old),
                "changed": bool(before) and new != old,
                "problem": problems.pop(path_, ""),
            }
        )
    known = {question["path"] for question in definition["questions"]}
    rows += [
        {"label": path_.strip("/"), "new": value, "old": "", "changed": False, "problem": problems.pop(path_, "")}
        for path_, value in detail["answers"].items()
        if path_ not in known
    ]
    return in_words(detail) | {
        "rows": rows,
        "has_before": detail["before"] is not None,
        "other_problems": list(problems.values()),
        "form": submission.form,
        "expected": len(submission.expected_files),
        "arrived": len(submission.expected_files) - len(detail["missing"]),
    }


def worded(question: dict[str, Any], definition: dict[str, Any], value: str) -> str:
    """An answer as people read it: choices by their label."""
    choices = {c["name"]: text_of(c["label"]) for c in definition["choices"].get(question.get("choices", ""), [])}
    if not choices or not value:
        return value
    if question["type"] == "select_one":
        return choices.get(value, value)
    return ", ".join(choices.get(word, word) for word in value.split())


def kept_items(municipality: Municipality) -> list[dict[str, Any]]:
    rows = KeptAside.objects.filter(municipality=municipality, settled_at=None).defer("content")
    return [{"kept": kept, "why": KEPT_WORDS[kept.reason]} for kept in rows.order_by("-pk")[:MOST_SHOWN]]


@town_page(Permission.REVIEW_FORMS)
def settle_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    kept = KeptAside.objects.filter(municipality=municipality, pk=pk).first()
    if kept is None or request.method != "POST":
        raise Http404
    settle_kept_aside(by=actor_of(request), kept=kept, take=request.POST.get("do") == "take")
    response = redirect("reports", municipality.code)
    response["Location"] += "?show=kept"
    return response


@town_page(Permission.REVIEW_FORMS)
@require_GET
def photo_page(request: HttpRequest, municipality: Municipality, pk: int, file: int) -> HttpResponse:
    """A photo, written anew; a drawing with a sentence would hide that it cannot be shown, so that is a 404."""
    try:
        return shown_photo(municipality, pk, file)
    except NotFound:
        raise
    except RepriseError as refusal:
        raise NotFound(refusal.message) from refusal


@town_page(Permission.EDIT_FORMS)
def forms_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The forms of the town. A file is looked into first; only a second press publishes it."""
    problem: RepriseError | None = None
    preview: CompiledForm | None = None
    add_shipped_forms(municipality)
    if request.method == "POST":
        try:
            if "state" in request.POST:
                change_state(request, municipality)
                return redirect("own_forms", municipality.code)
            upload = request.FILES.get("file")
            if upload is None:
                raise Invalid(_("Choose a file."))
            content, name = upload.read(), upload.name or "form.xlsx"
            if request.POST.get("do") == "publish":
                publish_form(by=actor_of(request), municipality=municipality, content=content, name=name)
                return redirect("own_forms", municipality.code)
            preview = read_form(by=actor_of(request), municipality=municipality, content=content, name=name)
        except RepriseError as refusal:
            problem = refusal
    forms = FormDefinition.objects.filter(municipality=municipality).defer("xform").order_by("form_id", "-pk")
    context = {
        "forms": list(forms),
        "problem": problem,
        "preview": preview,
        "preview_home": home_of(preview.definition) if preview else "",
        "questions": previewed(preview) if preview else [],
    }
    status = 422 if problem else 200
    return render(request, "crisis/own_forms.html", town_context(municipality, "reports") | context, status=status)


def change_state(request: HttpRequest, municipality: Municipality) -> None:
    pk = request.POST.get("form", "")
    form = FormDefinition.objects.filter(municipality=municipality, pk=int(pk) if pk.isdigit() else 0).first()
    if form is None:
        raise NotFound(_("There is no such form here."))
    set_form_state(by=actor_of(request), form=form, state=OPEN if request.POST["state"] == OPEN else CLOSED)


def previewed(form: CompiledForm) -> list[dict[str, Any]]:
    return [
        {
            "label": text_of(question.get("label") or {"en": question["path"].strip("/")}),
            "type": question["type"].replace("_", " "),
            "choices": [text_of(c["label"]) for c in form.definition["choices"].get(question.get("choices", ""), [])],
            "required": "required" in question,
        }
        for question in form.definition["questions"]
        if not question.get("unasked")
    ]


urlpatterns = [
    path("m/<slug:code>/reports/", reports_page, name="reports"),
    path("m/<slug:code>/reports/forms/", forms_page, name="own_forms"),
    path("m/<slug:code>/reports/<int:pk>/", reports_page, name="report"),
    path("m/<slug:code>/reports/<int:pk>/photos/<int:file>", photo_page, name="report_photo"),
    path("m/<slug:code>/reports/kept/<int:pk>/", settle_page, name="settle_kept"),
]
