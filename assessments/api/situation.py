"""The town's picture over HTTP: what the map page draws, one place in full, the ranking."""

import hashlib
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from ninja import Query, Router

from assessments.schemas.picture import MomentQuery, PanelOut, RankingOut, SituationOut
from assessments.schemas.what_if import NetworkOut, WhatIfOut, WhatIfQuery
from assessments.selectors.functionality import neighbourhood_panel, situation
from assessments.selectors.network import facility_network
from assessments.selectors.planning import ranking
from assessments.selectors.what_if import facility_what_if
from crisis.lib.errors import NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import EventCounter, Municipality, Neighbourhood
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

router = Router(tags=["situation"])
TOWN = "/municipalities/{slug:code}"
SHAPE = 2  # raise it when the shape of these answers changes: browsers then fetch anew


@router.get(TOWN + "/situation", response=SituationOut, by_alias=True, operation_id="situation")
def picture(request: Asking, code: str, query: Query[MomentQuery]) -> HttpResponse:
    """Everything the map page draws, in one answer; 304 while nothing has happened. `at`: as it was known then."""
    town = municipality_for(request.auth, code, Permission.VIEW_PRIORITIES)
    etag = version_of(request, town, query.at)
    if etag in request.headers.get("If-None-Match", ""):
        return kept_private(HttpResponseNotModified(), etag)
    return kept_private(exact_json(situation(town, actor=request.auth, at=query.moment())), etag)


@router.get(
    TOWN + "/neighbourhoods/{int:neighbourhood_id}", response=PanelOut, by_alias=True, operation_id="neighbourhood"
)
def panel(request: Asking, code: str, neighbourhood_id: int, query: Query[MomentQuery]) -> HttpResponse:
    """One place in full: people, services with their reasons, damage, facilities, works that would help."""
    town = municipality_for(request.auth, code, Permission.VIEW_PRIORITIES)
    place = Neighbourhood.objects.filter(municipality=town, pk=neighbourhood_id).first()
    if place is None:
        raise NotFound("There is no such neighbourhood here. It may have been split or merged.")
    return exact_json(neighbourhood_panel(town, place, actor=request.auth, at=query.moment()))


@router.get(TOWN + "/ranking", response=RankingOut, operation_id="ranking")
def ranked(request: Asking, code: str) -> HttpResponse:
    """The works by gain for their money, each with its reason. A ranking is not a plan."""
    return exact_json(ranking(municipality_for(request.auth, code, Permission.VIEW_PRIORITIES), actor=request.auth))


@router.get(TOWN + "/facilities/{int:facility_id}/what-if", response=WhatIfOut, operation_id="facility_what_if")
def what_if(request: Asking, code: str, facility_id: int, query: Query[WhatIfQuery]) -> dict[str, Any]:
    """What would change for people and services if this facility stopped, or worked again. Nothing is written."""
    town = municipality_for(request.auth, code, Permission.VIEW_PRIORITIES)
    return facility_what_if(town, facility_id, query.state, actor=request.auth)


@router.get(TOWN + "/facilities/{int:facility_id}/network", response=NetworkOut, operation_id="facility_network")
def network(request: Asking, code: str, facility_id: int) -> dict[str, Any]:
    """What a facility needs and from whom, who needs it, and whom it serves, as functionality sees it."""
    return facility_network(municipality_for(request.auth, code, Permission.VIEW_FACILITIES), facility_id)


def exact_json(content: dict[str, Any]) -> JsonResponse:
    """JSON as the standard has it: a number that is none is our fault and fails loudly."""
    response = JsonResponse(content, json_dumps_params={"allow_nan": False})
    response["Cache-Control"] = "private, no-cache"
    return response


def version_of(request: Asking, town: Municipality, at: object = None) -> str:
    """An ETag of what the picture depends on: the log, the day (figures age), rights, language."""
    counter = EventCounter.objects.get(municipality=town)
    roles = sorted(role.value for role in request.auth.roles_in(town.pk))
    parts = (SHAPE, counter.epoch, counter.seq, timezone.localdate(), roles, get_language(), at)
    return f'"{hashlib.blake2b(str(parts).encode(), digest_size=9).hexdigest()}"'


def kept_private(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Authorization", "Accept-Language"])
    return response
