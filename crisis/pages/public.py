"""What anybody may see of a town, without signing in: the newest published picture, its table and its map."""

import csv
from typing import Any

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from crisis.lib.errors import Conflict
from crisis.models import Publication
from crisis.pages.town import actor_of, plain, town_context, town_page
from crisis.publishing import public_picture, publish_town
from municipal_units.core.vocabulary import FUNCTIONALITY_CLASSES, FunctionalityClass
from municipal_units.models import Municipality
from municipal_units.permissions import Permission, scope, system_actor
from municipal_units.selectors.accounts import safety_of

TEN_MINUTES = cache_control(public=True, max_age=600)


def published(code: str) -> tuple[Municipality, Publication]:
    """The town's picture. A town that has none yet is like one that is not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_id_of_code(%s)", [code])
        (number,) = cursor.fetchone()
    if number is None:
        raise Http404
    with scope(system_actor(number)):
        municipality = Municipality.objects.get(pk=number)
        picture = public_picture(municipality, now=timezone.now())
    if picture is None:
        raise Http404
    return municipality, picture


@TEN_MINUTES
@require_GET
def public_page(request: HttpRequest, code: str) -> HttpResponse:
    municipality, picture = published(code)
    wanted = request.GET.get("q", "").strip().casefold()
    places = picture.body["places"]
    context = {
        "town": municipality,
        "picture": picture,
        "body": picture.body,
        "box": (box := view_box(places)),
        "hatch": f"{float(box.split()[2]) / 700:.1f}",
        "found": [place for place in places if wanted in " ".join(place["names"].values()).casefold()],
        "wanted": request.GET.get("q", ""),
        "classes": [str(cut.code) for cut in FUNCTIONALITY_CLASSES]
        + [str(FunctionalityClass.NO_DATA), str(FunctionalityClass.WITHHELD)],
    }
    return render(request, "crisis/public.html", context)


def view_box(places: list[dict[str, Any]]) -> str:
    """The part of the drawing plane in which the places lie."""
    boxes = [place["box"] for place in places if "box" in place]
    if not boxes:
        return "0 0 1 1"
    west, north = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, south = max(box[2] for box in boxes), max(box[3] for box in boxes)
    edge = round(max(east - west, south - north) * 0.02)
    return f"{west - edge} {north - edge} {east - west + 2 * edge} {south - north + 2 * edge}"


@TEN_MINUTES
@require_GET
def public_csv(request: HttpRequest, code: str) -> HttpResponse:
    _municipality, picture = published(code)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-neighbourhoods.csv"'
    response.write("\ufeff")
    sheet = csv.writer(response)
    sheet.writerow(["pcode", "name", "class", "weakest", "people", "as_of"])
    for place in picture.body["places"]:
        row = [place["pcode"], place["name"], place["class"], place["weakest"], place["people"]]
        sheet.writerow([plain(value) for value in [*row, picture.as_of.date()]])
    return response


@TEN_MINUTES
@require_GET
def public_geojson(request: HttpRequest, code: str) -> JsonResponse:
    """Neighbourhood outlines with their class. There is no point in it, of anything."""
    _municipality, picture = published(code)
    features = [
        {
            "type": "Feature",
            "geometry": place["geometry"],
            "properties": {name: place[name] for name in ("pcode", "name", "class", "weakest", "people")},
        }
        for place in picture.body["places"]
        if "geometry" in place
    ]
    totals = {name: picture.body[name] for name in ("people", "displaced", "index", "works")}
    collection = {"type": "FeatureCollection", "as_of": picture.as_of, **totals, "features": features}
    return JsonResponse(collection, content_type="application/geo+json")


@town_page(Permission.PUBLISH)
def publish_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """This week's picture: when the last one was made, from when it is shown, and making the next."""
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            publish_town(by=actor_of(request), municipality=municipality, now=now)
        except Conflict as early:
            refusal = early.message
    context = {
        "newest": Publication.objects.filter(municipality=municipality).order_by("-as_of").first(),
        "visible": public_picture(municipality, now=now),
        "delay": safety_of(municipality).publication_delay_hours if municipality.conflict_mode else 0,
        "refusal": refusal,
    }
    status = Conflict.status if refusal else 200
    return render(request, "crisis/publish.html", town_context(municipality, "publish") | context, status=status)


urlpatterns = [
    path("public/<slug:code>/", public_page, name="public"),
    path("public/<slug:code>/neighbourhoods.csv", public_csv, name="public_csv"),
    path("public/<slug:code>/neighbourhoods.geojson", public_geojson, name="public_geojson"),
    path("m/<slug:code>/publish", publish_page, name="publish"),
]
