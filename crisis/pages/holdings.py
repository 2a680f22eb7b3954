"""What phones say they hold and the town has not: a list for supervisors, where a loss can be explained."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from assessments.actions.field import explain_missing
from assessments.selectors.field import held_by_phones
from crisis.lib.errors import RepriseError
from crisis.pages.town import actor_of, town_context, town_page
from municipal_units.models import Municipality
from municipal_units.permissions import Permission


@never_cache
@town_page(Permission.REVIEW_FORMS)
def holdings_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    problem, said = "", request.POST.get("instance_id", "")
    if request.method == "POST":
        try:
            explain_missing(
                by=actor_of(request),
                municipality=municipality,
                instance_id=said,
                reason=request.POST.get("reason", ""),
            )
            return redirect("held_by_phones", municipality.code)
        except RepriseError as refusal:
            problem = refusal.message
    held = held_by_phones(municipality)
    context = {
        "missing": [item for item in held if item["is_missing"] and not item["explained_at"]],
        "held": [item for item in held if not item["is_missing"] and not item["explained_at"]],
        "explained": [item for item in held if item["explained_at"]],
        "problem": problem,
        "said": said,
    }
    status = 422 if problem else 200
    return render(request, "crisis/holdings.html", town_context(municipality, "reports") | context, status=status)


urlpatterns = [path("m/<slug:code>/reports/phones/", holdings_page, name="held_by_phones")]
