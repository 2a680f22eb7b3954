"""Maps and curves of plans as SVG made on the server: no script, the same on paper; time mirrors where pages do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import cos, radians
from typing import Any, cast

from django.contrib.gis.geos import GEOSGeometry

from municipal_units.core.vocabulary import FUNCTIONALITY_CLASSES
from municipal_units.models import Municipality, NeighbourhoodBoundary

MAP_WIDTH, MAP_MOST, MAP_PAD = 600.0, 520.0, 6.0
WIDTH, HEIGHT, START, END, TOP, BOTTOM = 420.0, 190.0, 40.0, 100.0, 12.0, 26.0
LABEL_GAP = 15.0
SHAPE_CLASS = {"no_data": "nnd", "withheld": "nsp"} | {
    str(cut.code): f"n{number}" for number, cut in enumerate(FUNCTIONALITY_CLASSES, 1)
}
TEXT_CLASS = {str(cut.code): f"t{number}" for number, cut in enumerate(FUNCTIONALITY_CLASSES, 1)}


@dataclass(frozen=True)
class Outline:
    """The outline of a neighbourhood in the drawing's units, and where its label stands."""

    place: int
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class TownMap:
    """The drawing and how degrees become its units: `squeeze` narrows longitudes, `scale` is units per degree."""

    width: float
    height: float
    outlines: list[Outline]
    west: float = 0.0
    north: float = 0.0
    squeeze: float = 1.0
    scale: float = 1.0

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.squeeze * self.scale + MAP_PAD, (self.north - lat) * self.scale + MAP_PAD


@dataclass(frozen=True)
class Line:
    """One curve: `points` as SVG wants them, its name and value where it ends."""

    name: str
    value: float
    colour: str
    points: str
    x: float
    y: float
    stitched: bool


@dataclass(frozen=True)
class Chart:
    """A chart of curves: gridlines (y, value), ticks (x, day), and whether it runs from right to left."""

    lines: list[Line]
    grid: list[tuple[float, float]]
    ticks: list[tuple[float, Any]]
    marks: list[tuple[float, float]]
    width: float = WIDTH
    height: float = HEIGHT
    mirrored: bool = False

    @property
    def inner(self) -> tuple[float, float]:
        """Where gridlines begin and end."""
        return (END, WIDTH - START) if self.mirrored else (START, WIDTH - END)

    @property
    def floor(self) -> float:
        return HEIGHT - 8

    @property
    def label_x(self) -> float:
        return WIDTH - START + 6 if self.mirrored else START - 6


def town_map(municipality: Municipality) -> TownMap:
    """The neighbourhoods of today, simplified to what a small map can show."""
    rows = NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_to=None).order_by("neighbourhood_id")
    shapes: list[tuple[int, GEOSGeometry]] = [(row.neighbourhood_id, row.geom) for row in rows]
    if not shapes:
        return TownMap(MAP_WIDTH, MAP_WIDTH / 2, [])
    extents = [shape.extent for _, shape in shapes]
    west, south = min(box[0] for box in extents), min(box[1] for box in extents)
    east, north = max(box[2] for box in extents), max(box[3] for box in extents)
    squeeze = cos(radians((south + north) / 2))
    scale = min(MAP_WIDTH / max((east - west) * squeeze, 1e-9), MAP_MOST / max(north - south, 1e-9))
    size = (round((east - west) * squeeze * scale + 2 * MAP_PAD, 1), round((north - south) * scale + 2 * MAP_PAD, 1))
    drawing = TownMap(*size, [], west, north, squeeze, scale)
    for place, shape in shapes:
        simple = shape.simplify(1.2 / scale, preserve_topology=True)
        centre = shape.point_on_surface
        x, y = drawing.at(centre.x, centre.y)
        drawing.outlines.append(Outline(place, path_of(simple, drawing.at), round(x, 1), round(y, 1)))
    return drawing


def path_of(shape: GEOSGeometry, at: Any) -> str:
    polygons: list[Any] = [shape] if shape.geom_type == "Polygon" else list(cast(Any, shape))
    rings = [ring for polygon in polygons for ring in polygon]
    return "".join(
        "M" + " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y, *_ in ring.coords) + "Z" for ring in rings
    )


def coloured(drawing: TownMap, places: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each outline with its class after the plan and the gain to print in it."""
    by_id = {item["id"]: item for item in places}
    return [
        {
            "outline": outline,
            "item": by_id.get(outline.place),
            "shape": SHAPE_CLASS.get(by_id.get(outline.place, {}).get("class", "no_data"), "nnd"),
            "text": TEXT_CLASS.get(by_id.get(outline.place, {}).get("class", "no_data"), "t0"),
        }
        for outline in drawing.outlines
    ]


def recovery_chart(series: Sequence[tuple[str, str, bool, Sequence[tuple[date, float]]]], *, mirrored: bool) -> Chart:
    """Curves over time: (name, colour, stitched, [(day, share)]). Plans hold their level until the next point."""
    series = [one for one in series if one[3]]
    values = [value for *_, points in series for _, value in points]
    days = [day.toordinal() for *_, points in series for day, _ in points]
    if not values:
        return Chart([], [], [], [], mirrored=mirrored)
    low, high = int(min(values) * 20) / 20, min(1.0, (int(max(values) * 20) + 1) / 20)
    first, last = min(days), max(max(days), min(days) + 1)

    def x_of(day: float) -> float:
        share = (day - first) / (last - first)
        inside = WIDTH - START - END
        return WIDTH - START - share * inside if mirrored else START + share * inside

    def y_of(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    lines = []
    for name, colour, stitched, points in series:
        drawn: list[tuple[float, float]] = []
        for day, value in points:
            if stitched and drawn:
                drawn.append((x_of(day.toordinal()), drawn[-1][1]))
            drawn.append((x_of(day.toordinal()), y_of(value)))
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
        end_x, end_y = drawn[-1]
        lines.append(Line(name, points[-1][1], colour, text, end_x + (-6 if mirrored else 6), end_y + 4, stitched))
    step = 0.05 if high - low <= 0.3 else 0.1
    rungs = [low + step * number for number in range(round((high - low) / step) + 1)]
    return Chart(
        apart(lines),
        [(y_of(value), value) for value in rungs],
        [(x_of(day), date.fromordinal(round(day))) for day in (first, (first + last) / 2, last)],
        [],
        mirrored=mirrored,
    )


def budget_chart(points: Sequence[Mapping[str, Any]], budget: float | None, *, mirrored: bool) -> Chart | None:
    """People served against the budget; the plan's own budget is the last mark of `marks`."""
    known = [(point["budget"], point["gain"]) for point in points if point["gain"] is not None]
    if len(known) < 3 or budget is None:
        return None
    most, top = max(x for x, _ in known) or 1.0, max(y for _, y in known) or 1.0
    inside = WIDTH - START - END / 2

    def at(point: tuple[float, float]) -> tuple[float, float]:
        along = point[0] / most * inside
        x = WIDTH - START - along if mirrored else START + along
        return x, TOP + (1 - point[1] / top) * (HEIGHT - TOP - BOTTOM)

    drawn = [at(point) for point in known]
    own = next((at(point) for point in known if abs(point[0] - budget) < 1e-6), drawn[-1])
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
    return Chart(
        [Line("", known[-1][1], "ink", text, 0, 0, False)],
        [(at((0, top * share))[1], top * share) for share in (0.0, 0.5, 1.0)],
        [(at((most * share, 0))[0], most * share) for share in (0.0, 0.5, 1.0)],
        [*drawn, own],
        mirrored=mirrored,
    )


def apart(lines: Sequence[Line]) -> list[Line]:
    """Names at the ends of lines moved so far apart that each can be read."""
    placed: list[Line] = []
    for line in sorted(lines, key=lambda one: one.y):
        y = max(line.y, placed[-1].y + LABEL_GAP) if placed else line.y
        placed.append(Line(line.name, line.value, line.colour, line.points, line.x, y, line.stitched))
    return placed
