"""Boundaries as files bring them: neighbourhoods are recognised, a changed outline becomes a new dated version."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crisis.lib.cells import fold
from crisis.lib.errors import Conflict, Invalid, RepriseError
from municipal_units.actions.rows import Problems, RowOutcome, RowState, refused, summary
from municipal_units.models import Event, Municipality, Neighbourhood, NeighbourhoodBoundary
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.placing import METRES_PER_DEGREE

MOST_IDS_SHOWN = 500
# A centimetre: what a file loses when it is written with seven decimals is no new boundary.
SAME_DEGREES = 1e-7
OVERLAP_M2 = 100.0
OVERLAP_SHARE = 0.001


@dataclass(frozen=True, kw_only=True)
class BoundaryRow:
    """A neighbourhood with its outline. It is recognised by P-code, else by local code, else by name."""

    name: str
    wkb: bytes
    valid_from: date
    source: str
    pcode: str = ""
    local_code: str = ""
    name_fr: str = ""
    name_ar: str = ""
    aliases: tuple[str, ...] = ()

    def error(self) -> Invalid | None:
        problems = Problems()
        if not self.name.strip():
            problems.add("name", "The area has no name. Choose the column with the names.")
        problems.require("source", self.source.strip())
        texts = ("name", "name_fr", "name_ar", "pcode", "local_code")
        problems.texts(Neighbourhood, {name: getattr(self, name) for name in texts})
        problems.texts(NeighbourhoodBoundary, {"source": self.source})
        if any(len(alias) > 200 for alias in self.aliases):
            problems.add("aliases", "One of the other names is longer than 200 characters.")
        return problems.error()


@transaction.atomic
def receive_boundaries(
    *, by: Actor, municipality: Municipality, rows: Sequence[BoundaryRow], also_outline: bool = False
) -> list[RowOutcome]:
    """Many neighbourhoods at once; good rows go in, each other row says why not.

    The same outline again changes nothing; another one ends the version before it on the day it begins.
    `also_outline`: their outer edge becomes the outline of the municipality.
    """
    require(by, Permission.EDIT_PLACES, municipality.pk)
    register = _Register(municipality, rows)
    outcomes = [register.receive(row) for row in rows]
    overlaps = overlaps_of(municipality, timezone.localdate())
    outcomes = [
        outcome
        if outcome.pk is None or outcome.pk not in overlaps
        else RowOutcome(outcome.state, outcome.pk, outcome.error, (*outcome.notes, *overlaps[outcome.pk]))
        for outcome in outcomes
    ]
    written = sorted({o.pk for o in outcomes if o.pk and o.state in (RowState.ADDED, RowState.CHANGED)})
    if also_outline and written:
        set_outline(municipality)
    if written:
        Event.objects.record(
            "boundary.changed",
            municipality_id=municipality.pk,
            by_id=by.user_id,
            neighbourhood_id=written[0] if len(written) == 1 else None,
            shows={"neighbourhoods": written[:MOST_IDS_SHOWN], **summary(outcomes)},
        )
    return outcomes


class _Register:
    """The neighbourhoods and present boundaries of a municipality while rows are added."""

    def __init__(self, municipality: Municipality, rows: Sequence[BoundaryRow]) -> None:
        self.municipality = municipality
        self.names = Counter(fold(row.name) for row in rows)
        self.places = list(Neighbourhood.objects.filter(municipality=municipality))
        current = NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_to__isnull=True)
        self.current = {boundary.neighbourhood_id: boundary for boundary in current}
        self.taken: set[int] = set()

    def receive(self, row: BoundaryRow) -> RowOutcome:
        if error := row.error():
            return refused(error)
        try:
            geom = multipolygon(row.wkb)
            place = self.recognise(row, geom)
            if place is None:
                return self.add(row, geom)
            if place.pk in self.taken:
                raise Conflict(f"Another row of the file already describes {place.name}. Keep one.")
            self.taken.add(place.pk)
            return self.renew(place, row, geom)
        except RepriseError as refusal:
            return refused(refusal)

    def recognise(self, row: BoundaryRow, geom: MultiPolygon) -> Neighbourhood | None:
        """By code where the row has one, else by name; of several places with one name, the one it lies on."""
        for name in ("pcode", "local_code"):
            code = getattr(row, name).strip()
            found = [place for place in self.places if code and getattr(place, name) == code]
            if found:
                return found[0]
        namesakes = [
            place
            for place in self.places
            if fold(place.name) == fold(row.name)
            and not (row.pcode and place.pcode)
            and not (row.local_code and place.local_code)
        ]
        shared = {place.pk: self.shared_area(place, geom) for place in namesakes if place.pk not in self.taken}
        lying_here = [place for place in namesakes if shared.get(place.pk, 0) > 0]
        if lying_here:
            return max(lying_here, key=lambda place: shared[place.pk])
        if len(namesakes) == 1 and shared and self.names[fold(row.name)] == 1:
            return namesakes[0]
        return None

    def shared_area(self, place: Neighbourhood, geom: MultiPolygon) -> float:
        before = self.current.get(place.pk)
        return 0.0 if before is None else float(before.geom.intersection(geom).area)

    def add(self, row: BoundaryRow, geom: MultiPolygon) -> RowOutcome:
        place = Neighbourhood.objects.create(
            municipality=self.municipality,
            name=row.name.strip(),
            name_fr=row.name_fr,
            name_ar=row.name_ar,
            pcode=row.pcode.strip(),
            local_code=row.local_code.strip(),
            aliases=list(row.aliases),
        )
        namesake = not (row.pcode or row.local_code) and any(fold(p.name) == fold(row.name) for p in self.places)
        self.places.append(place)
        self.taken.add(place.pk)
        self.current[place.pk] = self.version(place, row, geom)
        note = f"Another neighbourhood is called {row.name} too; only their outlines tell them apart. Give them codes."
        return RowOutcome(RowState.ADDED, place.pk, notes=(note,) if namesake else ())

    def version(self, place: Neighbourhood, row: BoundaryRow, geom: MultiPolygon) -> NeighbourhoodBoundary:
        return NeighbourhoodBoundary.objects.create(
            municipality=self.municipality, neighbourhood=place, geom=geom, valid_from=row.valid_from, source=row.source
        )

    def renew(self, place: Neighbourhood, row: BoundaryRow, geom: MultiPolygon) -> RowOutcome:
        renamed = self.rename(place, row)
        if place.retired_on is not None and place.pk not in self.current:
            # It was retired with its outline (an import taken back) and is drawn again.
            place.retired_on = None
            place.save(update_fields=["retired_on"])
        before = self.current.get(place.pk)
        if before is not None and same_shape(bytes(before.geom.wkb), bytes(geom.wkb)):
            return RowOutcome(RowState.CHANGED if renamed else RowState.UNCHANGED, place.pk)
        if before is not None:
            if row.valid_from <= before.valid_from:
                raise Conflict(
                    f"{place.name} already has another outline from {before.valid_from}. "
                    "Give the day from which the new one is valid; it must be later."
                )
            before.valid_to = row.valid_from
            before.save(update_fields=["valid_to"])
        self.current[place.pk] = self.version(place, row, geom)
        return RowOutcome(RowState.CHANGED, place.pk, notes=(moved(before, geom),) if before is not None else ())

    def rename(self, place: Neighbourhood, row: BoundaryRow) -> bool:
        """Takes over names and codes that the row has and the place has not, or has otherwise."""
        values = {
            "name": row.name.strip(),
            "name_fr": row.name_fr,
            "name_ar": row.name_ar,
            "pcode": row.pcode.strip(),
            "local_code": row.local_code.strip(),
        }
        changed = [name for name, value in values.items() if value and getattr(place, name) != value]
        aliases = [alias for alias in row.aliases if alias not in place.aliases]
        if place.name != row.name.strip() and place.name not in [*place.aliases, *aliases]:
            aliases.append(place.name)
        if not changed and not aliases:
            return False
        for name in changed:
            setattr(place, name, values[name])
        place.aliases = [*place.aliases, *aliases]
        place.save(update_fields=[*changed, "aliases"])
        return True


def multipolygon(wkb: bytes) -> MultiPolygon:
    geom = GEOSGeometry(memoryview(wkb), srid=4326)
    if geom.geom_type == "Polygon":
        return MultiPolygon(geom, srid=4326)
    if not isinstance(geom, MultiPolygon):
        raise Invalid("A neighbourhood is an area; this row holds points or lines.")
    return geom


def same_shape(before: bytes, after: bytes) -> bool:
    """Whether two outlines are one, whatever the starting point and direction of their rings."""
    first, second = shapely.normalize(shapely.from_wkb([before, after]))
    return bool(shapely.equals_exact(first, second, SAME_DEGREES))


def moved(before: NeighbourhoodBoundary, geom: MultiPolygon) -> str:
    """How much of the outline changed, in words."""
    old, new = shapely.from_wkb([bytes(before.geom.wkb), bytes(geom.wkb)])
    share = shapely.symmetric_difference(old, new).area / max(old.area, 1e-12)
    return f"The outline changed by {share:.1%} of the area; the one before ends on {before.valid_to}."


def overlaps_of(municipality: Municipality, day: date) -> dict[int, list[str]]:
    """For each neighbourhood the others it overlaps by more than 100 m² and a thousandth of its area, in words."""
    rows = list(
        NeighbourhoodBoundary.objects.filter(municipality=municipality)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
        .select_related("neighbourhood")
    )
    if len(rows) < 2:
        return {}
    shapes = shapely.from_wkb([bytes(row.geom.wkb) for row in rows])
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    ordered = first < second
    first, second = first[ordered], second[ordered]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second])) * square_metres(shapes[first])
    size = np.minimum(shapely.area(shapes[first]), shapely.area(shapes[second])) * square_metres(shapes[first])
    found: dict[int, list[str]] = {}
    for place in np.flatnonzero((shared > OVERLAP_M2) & (shared > OVERLAP_SHARE * size)):
        one, other = rows[first[place]].neighbourhood, rows[second[place]].neighbourhood
        for this, that in ((one, other), (other, one)):
            found.setdefault(this.pk, []).append(f"It overlaps {that.name} by {shared[place]:,.0f} m².")
    return found


def square_metres(shapes: Any) -> Any:
    """Square metres per square degree at the latitude of each shape."""
    latitude = shapely.get_y(shapely.centroid(shapes))
    return METRES_PER_DEGREE**2 * np.cos(np.radians(latitude))


def set_outline(municipality: Municipality) -> None:
    """The outer edge of all present neighbourhoods becomes the outline of the municipality."""
    current = NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_to__isnull=True)
    union = shapely.union_all(shapely.from_wkb([bytes(boundary.geom.wkb) for boundary in current]))
    municipality.outline = multipolygon(shapely.to_wkb(union, byte_order=1))
    municipality.save(update_fields=["outline"])
