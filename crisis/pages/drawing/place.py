"""One neighbourhood as SVG: its outline, and each building as what its damage suggests doing with it."""

from dataclasses import dataclass
from math import cos, radians

from assessments.selectors.area_figures import SUGGESTED
from damage.models import Structure
from municipal_units.models import Neighbourhood, NeighbourhoodBoundary

WIDTH, HIGHEST, INSET, MOST = 600.0, 420.0, 10.0, 4_000
SUGGESTION = {grade: key for key, grades in SUGGESTED.items() for grade in grades}


@dataclass(frozen=True)
class Spot:
    x: float
    y: float
    suggestion: str


@dataclass(frozen=True)
class PlaceDrawing:
    width: float
    height: float
    path: str
    spots: list[Spot]
    left_out: int


def place_drawing(place: Neighbourhood) -> PlaceDrawing | None:
    """None where no outline is in force. Degrees are squeezed by the cosine of the latitude; north is up."""
    boundary = NeighbourhoodBoundary.objects.filter(neighbourhood=place, valid_to=None).first()
    if boundary is None:
        return None
    west, south, east, north = boundary.geom.extent
    squeeze = cos(radians((south + north) / 2))
    scale = min((WIDTH - 2 * INSET) / ((east - west) * squeeze), (HIGHEST - 2 * INSET) / (north - south))

    def put(lon: float, lat: float) -> tuple[float, float]:
        return round(INSET + (lon - west) * squeeze * scale, 1), round(INSET + (north - lat) * scale, 1)

    rings = [ring for polygon in boundary.geom.coords for ring in polygon]
    path = "".join("M" + " ".join(f"{x},{y}" for x, y in (put(*corner[:2]) for corner in ring)) + "Z" for ring in rings)
    structures = Structure.objects.filter(municipality_id=place.municipality_id, neighbourhood=place, kind="building")
    spots = [
        Spot(*put(point.x, point.y), SUGGESTION.get(grade, "assess"))
        for geom, grade in structures.values_list("geom", "current_grade")[:MOST]
        for point in [geom.centroid]
    ]
    return PlaceDrawing(
        round(2 * INSET + (east - west) * squeeze * scale, 1),
        round(2 * INSET + (north - south) * scale, 1),
        path,
        spots,
        max(0, structures.count() - MOST),
    )
