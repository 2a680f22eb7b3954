"""The ranked list as the address asks for it: order, filters, layer and bars. `store.js` follows the same rules."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import QueryDict

from crisis.lib.folding import folded
from crisis.pages.words import shared as words

Place = dict[str, Any]


def chosen_view(asked: QueryDict, town: Mapping[str, Any]) -> dict[str, Any]:
    """What the address asks for; anything unknown in it falls back to the plain view."""
    layers = {service["code"] for service in town["services"]}
    place = str(asked.get("place", ""))
    return {
        "layer": asked.get("layer", "") if asked.get("layer") in layers else "",
        "sort": asked["sort"] if asked.get("sort") in words.SORTS else "short",
        "q": asked.get("q", "").strip(),
        "hide": {code for code in asked.get("hide", "").split(",") if code},
        "place": int(place) if place.isdecimal() else None,
        "list": "works" if asked.get("list") == "works" else "places",
        "view": "table" if asked.get("view") == "table" else "map",
    }


def arranged(places: Iterable[Place], view: Mapping[str, Any]) -> list[Place]:
    """All places in the order and with the values of the view; those it leaves out are marked `left_out`."""
    needle = folded(view["q"])
    rows = [{**place, **layer_value(place, view["layer"])} for place in places]
    for row in rows:
        text = " ".join([row["name"], row["pcode"] or "", *row["names"].values()])
        row["left_out"] = needle not in folded(text) or row["shown_class"] in view["hide"]
    order: dict[str, Callable[[Place], Any]] = {
        "short": lambda row: (row["rank"] is None, row["rank"] or 0),
        "value": lambda row: (row["value"] is None, row["value"] or 0),
        "people": lambda row: (row["people"] is None, -(row["people"] or 0)),
        "change": lambda row: -abs((row["index"] or 0) - (row["previous_index"] or row["index"] or 0)),
        "name": lambda row: row["name"].casefold(),
    }
    return sorted(rows, key=lambda row: (order[view["sort"]](row), row["rank"] is None, row["rank"] or 0, row["id"]))


def layer_value(place: Place, layer: str) -> Place:
    """Value and class of a place in the chosen layer: the whole index or one service."""
    if not layer or place["class"] == "withheld":
        return {"value": place["index"], "shown_class": place["class"]}
    value = (place["services"].get(layer) or {}).get("f")
    return {"value": value, "shown_class": words.class_code(value)}


def with_bar(row: Place, longest: float) -> Place:
    """The explanation bar: length against the longest, at most three services named, the rest together."""
    short = row["short"] or 0
    shares = (
        [{"service": part["service"], "share": part["people"] / short} for part in row["parts"][:3]] if short else []
    )
    rest = 1 - sum(part["share"] for part in shares)
    return {**row, "bar": shares, "bar_rest": rest if shares and rest > 0.005 else 0, "bar_length": short / longest}


def with_bars(rows: list[Place]) -> list[Place]:
    longest = max((row["short"] or 0 for row in rows), default=0) or 1
    return [with_bar(row, longest) for row in rows]


def ranked_count(places: Iterable[Place]) -> int:
    return sum(place["rank"] is not None for place in places)


def counted_classes(rows: Iterable[Place]) -> list[dict[str, Any]]:
    """The legend: every class with its range in shown numbers and how many places are in it."""
    codes = [row["shown_class"] for row in rows]
    return [{**cut, "count": codes.count(cut["code"])} for cut in words.class_ranges()]


def works_in_words(ranked: Mapping[str, Any], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """The ranked works with their breakdown in names of places, largest part first, and what each is counted with."""
    works = []
    for work in ranked["items"]:
        parts = [{**part, "place": names.get(part["n"], "")} for part in [*work["breakdown"], *work["weakest"]]]
        others = [code for code in work["closure"] if code != work["code"]]
        works.append({**work, "parts": sorted(parts, key=lambda part: -part["gain"])[:8], "closure_codes": others})
    return works
