"""The town as the public is told it: a weekly snapshot, old enough in conflict, in which nobody can be found."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _

from assessments.models import Intervention
from assessments.selectors.functionality import situation
from crisis.lib.disclosure import Audience, Release
from crisis.lib.errors import Conflict
from crisis.models import Publication
from municipal_units.core.vocabulary import FunctionalityClass
from municipal_units.models import Assignment, Event, Municipality
from municipal_units.permissions import Actor, Permission, require, scope, system_actor
from municipal_units.selectors.accounts import safety_of
from municipal_units.selectors.disclosure import Told, rule_for, told_people
from municipal_units.selectors.population import people_present, present_by_place

EVERY = timedelta(days=7)
PUBLIC_WORKS = ("approved", "funded", "in_progress", "completed", "verified")
# In metres of the map's projection: coarse enough to be small, fine enough to know one's neighbourhood.
SIMPLIFIED_M = 15
SHAPES_SQL = f"""
SELECT neighbourhood_id, ST_AsSVG(ST_SimplifyPreserveTopology(geom_3857, {SIMPLIFIED_M}), 0, 0),
    ST_AsGeoJSON(ST_SimplifyPreserveTopology(geom, 0.0002), 4)::json,
    ST_XMin(geom_3857), -ST_YMax(geom_3857), ST_XMax(geom_3857), -ST_YMin(geom_3857)
FROM municipal_units_neighbourhoodboundary
WHERE municipality_id = %s AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)
"""


@transaction.atomic
def publish_town(*, by: Actor, municipality: Municipality, now: datetime) -> Publication:
    """This week's snapshot. Small changes since the last one wait, and it is shown once it is old enough."""
    require(by, Permission.PUBLISH, municipality.pk)
    # Two who publish at the same moment make one picture: the second waits here and finds the first one's.
    Municipality.objects.select_for_update().get(pk=municipality.pk)
    last = Publication.objects.filter(municipality=municipality).order_by("-as_of").first()
    if last is not None and now - last.as_of < EVERY:
        raise Conflict(_("This week's picture is made already. The next one can be made seven days after it."))
    present = present_by_place(people_present(municipality, as_of=now.date()))
    partner = told_people(present, rule_for(municipality, Audience.PARTNER))
    order = [int(pk) for pk in present.index]
    told = told_people(
        present,
        rule_for(municipality, Audience.PUBLIC),
        before=_last_release(last, order),
        partner=partner.release,
    )
    publication = Publication.objects.create(
        municipality=municipality,
        as_of=now,
        by_id=by.user_id,
        body=_body(municipality, told, now),
        kept={"order": order, **_kept(told.release)},
    )
    Event.objects.record(
        "town.published", municipality_id=municipality.pk, by_id=by.user_id, subject=publication, shows={}
    )
    return publication


def publish_due(*, now: datetime) -> list[int]:
    """The pictures of all towns that want one every week and whose last is a week old; ids of the towns."""
    published = []
    for municipality_id in Assignment.objects.values_list("municipality_id", flat=True).distinct():
        actor = system_actor(municipality_id)
        with scope(actor, statement_timeout_ms=0, door="job"):
            town = Municipality.objects.get(pk=municipality_id)
            if not safety_of(town).publish_weekly:
                continue
            try:
                publish_town(by=actor, municipality=town, now=now)
            except Conflict:
                continue
            published.append(municipality_id)
    return published


def public_picture(municipality: Municipality, *, now: datetime) -> Publication | None:
    """The newest publication that may be shown today: in conflict mode one that is old enough."""
    found = Publication.objects.filter(municipality=municipality).order_by("-as_of")
    if municipality.conflict_mode:
        found = found.filter(as_of__lte=now - timedelta(hours=safety_of(municipality).publication_delay_hours))
    return found.first()


def _body(municipality: Municipality, told: Told, now: datetime) -> dict[str, Any]:
    town = situation(municipality, actor=system_actor(municipality.pk))
    shapes = _shapes(municipality, now)
    places = [_place(item, told) | shapes.get(item["id"], {}) for item in town["neighbourhoods"]]
    works = Intervention.objects.filter(municipality=municipality, status__in=PUBLIC_WORKS).order_by("code")
    return {
        "people": told.totals["people"],
        "displaced": told.totals["displaced"],
        "index": None if town["city"]["index"] is None else round(town["city"]["index"], 2),
        "places": sorted(places, key=lambda place: place["name"]),
        "works": [{"name": work.name, "status": work.status} for work in works],
    }


def _place(item: dict[str, Any], told: Told) -> dict[str, Any]:
    """A place with its class; everything that would tell its people is left out where they are withheld."""
    withheld = told.withheld(item["id"], item["people"])
    weakest = min(
        ((cell["f"], code) for code, cell in item["services"].items() if cell["f"] is not None), default=(None, "")
    )
    return {
        "pcode": item["pcode"],
        "name": item["name"],
        "names": item["names"],
        "class": str(FunctionalityClass.WITHHELD) if withheld else item["class"],
        "weakest": "" if withheld else weakest[1],
        "people": told.places.get(item["id"], {}).get("people"),
    }


def _shapes(municipality: Municipality, now: datetime) -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(SHAPES_SQL, [municipality.pk, now.date(), now.date()])
        return {
            place: {"path": path, "geometry": geometry, "box": [round(edge) for edge in box]}
            for place, path, geometry, *box in cursor.fetchall()
        }


def _kept(release: Release | None) -> dict[str, Any]:
    if release is None:
        return {}
    shown = np.where(release.hidden, -1, release.shown)
    return {"counts": release.counts.tolist(), "shown": shown.tolist(), "fresh": release.fresh.tolist()}


def _last_release(last: Publication | None, order: list[int]) -> Release | None:
    """What was told last time, if it was about the same places."""
    if last is None or last.kept.get("order") != order or "counts" not in last.kept:
        return None
    shown = np.array(last.kept["shown"], dtype=float)
    return Release(
        np.where(shown < 0, np.nan, shown), np.array(last.kept["counts"]), np.array(last.kept["fresh"], dtype=bool)
    )
