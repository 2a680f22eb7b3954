"""Whom a facility serves and what it needs, as the facility page changes them: one facility at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.contrib.gis.geos import GEOSException, GEOSGeometry, MultiPolygon, Polygon
from django.db import transaction

from crisis.lib.errors import FieldError, Invalid, NotFound
from municipal_units.actions.rows import Problems
from municipal_units.models import CatchmentShare, Dependency, Event, Facility, Neighbourhood
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.facilities import facility_feature

MOST_CORNERS = 20_000


class CatchmentMethod(StrEnum):
    """How it is known whom a facility serves (mechanics D5)."""

    DISTANCE = "distance"
    STATED = "stated"
    DRAWN = "drawn"


@dataclass(frozen=True, kw_only=True)
class CatchmentChoice:
    """`distance`: metres on foot, None for the norm of its kind. `stated`: share 0-1 by neighbourhood id. `drawn`: an
    area in degrees. What the chosen method does not use is taken away, so that only one of them ever counts."""

    method: str
    distance_m: float | None = None
    shares: Mapping[int, float] = field(default_factory=dict)
    area: MultiPolygon | None = None
    source: str = ""

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("method", self.method, CatchmentMethod)
        problems.number("distance_m", self.distance_m, low=1, high=1_000_000)
        for place, share in self.shares.items():
            problems.number(f"shares.{place}", share, high=1)
        if self.method == CatchmentMethod.STATED and not any(self.shares.values()):
            problems.add("shares", "State the share of at least one neighbourhood.")
        if self.method == CatchmentMethod.DRAWN and self.area is None:
            problems.add("area", "Draw the area first: three corners or more.")
        problems.texts(CatchmentShare, {"source": self.source})
        return problems.error()


@transaction.atomic
def set_catchment(*, by: Actor, facility: Facility, choice: CatchmentChoice) -> Facility:
    """Whom the facility serves from now on; what was said before is replaced as a whole."""
    _require(by, Permission.EDIT_FACILITIES, facility)
    if error := choice.error():
        raise error
    stated = {place: share for place, share in choice.shares.items() if share > 0}
    wanted = stated if choice.method == CatchmentMethod.STATED else {}
    here = Neighbourhood.objects.filter(municipality_id=facility.municipality_id, pk__in=wanted)
    if here.count() != len(wanted):
        raise NotFound("There is no such neighbourhood here.")
    CatchmentShare.objects.filter(facility=facility).delete()
    CatchmentShare.objects.bulk_create(
        CatchmentShare(
            municipality_id=facility.municipality_id,
            facility=facility,
            neighbourhood_id=place,
            share=share,
            source=choice.source,
        )
        for place, share in sorted(wanted.items())
    )
    facility.catchment_area = choice.area if choice.method == CatchmentMethod.DRAWN else None
    facility.catchment_m = choice.distance_m if choice.method == CatchmentMethod.DISTANCE else None
    facility.save(update_fields=["catchment_area", "catchment_m"])
    _tell("catchment.changed", by, facility)
    return facility


@transaction.atomic
def remove_dependency(*, by: Actor, facility: Facility, service: str) -> Facility:
    """The facility does not need this service (any more)."""
    _require(by, Permission.EDIT_NORMS, facility)
    removed, _ = Dependency.objects.filter(facility=facility, service=service).delete()
    if not removed:
        raise NotFound("Nothing is recorded about this need.")
    _tell("dependency.changed", by, facility)
    return facility


def area_of(geojson: str) -> MultiPolygon:
    """A drawn area from GeoJSON text (Polygon or MultiPolygon, degrees), put right where lines cross."""
    try:
        shape = GEOSGeometry(geojson, srid=4326)
    except (ValueError, GEOSException, TypeError):
        raise _no_area("This is no GeoJSON polygon.") from None
    if not isinstance(shape, Polygon | MultiPolygon) or shape.empty:
        raise _no_area("Draw an area: a polygon of three corners or more.")
    if shape.num_points > MOST_CORNERS:
        raise _no_area(f"The area has {shape.num_points} corners. Simplify it to {MOST_CORNERS} or fewer.")
    west, south, east, north = shape.extent
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _no_area("Corners are longitude and latitude in degrees.")
    if not shape.valid:
        shape = shape.buffer(0)
    whole = MultiPolygon(shape, srid=4326) if isinstance(shape, Polygon) else shape
    if not isinstance(whole, MultiPolygon) or whole.empty or whole.area == 0:
        raise _no_area("The lines of this area cross so that nothing is inside.")
    return whole


def _no_area(message: str) -> Invalid:
    return Invalid(message, fields=[FieldError("area", message)])


def _require(by: Actor, permission: Permission, facility: Facility) -> None:
    require(
        by,
        permission,
        facility.municipality_id,
        neighbourhood_id=facility.neighbourhood_id,
        service=facility.service,
    )


def _tell(kind: str, by: Actor, facility: Facility) -> None:
    Event.objects.record(
        kind,
        municipality_id=facility.municipality_id,
        by_id=by.user_id,
        subject=facility,
        neighbourhood_id=facility.neighbourhood_id,
        service=facility.service,
        shows=facility_feature(facility),
    )
