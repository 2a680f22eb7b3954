"""The list as the address asks for it, before any script runs."""

from typing import Any

from django.http import QueryDict

from crisis.listing import arranged, chosen_view, counted_classes, with_bars, works_in_words
from crisis.pages.words.shared import class_code

TOWN: dict[str, Any] = {"services": [{"code": "water"}, {"code": "power"}]}


def place(
    pk: int, name: str, index: float | None, rank: int | None, water: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "id": pk,
        "name": name,
        "names": {"en": name, "ar": more.get("arabic", name)},
        "pcode": f"TK{pk:02}",
        "index": index,
        "previous_index": index,
        "class": more.get("code", class_code(index)),
        "rank": rank,
        "people": 100,
        "short": None if index is None else round(100 * (1 - index)),
        "parts": more.get("parts", []),
        "services": {"water": {"f": water}},
    }


PLACES = [
    place(1, "Yarcé", 0.9, 2, 0.1),
    place(2, "Wendou", 0.1, 1, 0.7, arabic="ويندو"),
    place(3, "Kiri", None, None, 0.4, code="withheld"),
]


def view(**asked: str) -> dict[str, Any]:
    query = QueryDict(mutable=True)
    query.update(asked)
    return chosen_view(query, TOWN)


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows if not row["left_out"]]


def test_most_people_short_come_first_and_the_unranked_last() -> None:
    assert ids(arranged(PLACES, view())) == [2, 1, 3]


def test_a_service_gives_value_and_class_but_a_withheld_place_stays_withheld() -> None:
    rows = {row["id"]: row for row in arranged(PLACES, view(layer="water"))}
    assert (rows[1]["value"], rows[1]["shown_class"]) == (0.1, "barely_works")
    assert (rows[3]["value"], rows[3]["shown_class"]) == (None, "withheld")


def test_search_finds_any_language_and_the_code() -> None:
    assert ids(arranged(PLACES, view(q="ويند"))) == [2]
    assert ids(arranged(PLACES, view(q="tk01"))) == [1]


def test_a_hidden_class_leaves_the_list_but_not_the_legend() -> None:
    rows = arranged(PLACES, view(hide="works,nonsense"))
    assert ids(rows) == [2, 3]
    assert sum(item["count"] for item in counted_classes(rows)) == len(PLACES)


def test_what_the_address_asks_wrongly_falls_back_to_the_plain_view() -> None:
    plain = view()
    assert view(layer="fire", sort="luck", place="x", view="globe", list="all") == plain
    assert plain["sort"] == "short"


def test_a_bar_names_three_services_and_keeps_the_rest() -> None:
    parts = [{"service": code, "people": people} for code, people in [("a", 40), ("b", 20), ("c", 20), ("d", 10)]]
    (row,) = with_bars(arranged([place(1, "A", 0.1, 1, None, parts=parts)], view()))
    assert [part["service"] for part in row["bar"]] == ["a", "b", "c"]
    assert row["bar_length"] == 1
    assert abs(sum(part["share"] for part in row["bar"]) + row["bar_rest"] - 1) < 1e-9


def test_a_work_tells_where_its_gain_comes_from_and_what_it_needs_first() -> None:
    work = {
        "code": "T-09",
        "closure": ["T-09", "T-12"],
        "breakdown": [{"n": 1, "s": "water", "gain": 5}, {"n": 2, "s": "power", "gain": 9}],
        "weakest": [{"n": 2, "gain": 7}],
    }
    (shown,) = works_in_words({"items": [work]}, {1: "Yarcé", 2: "Wendou"})
    assert [(part["place"], part["gain"]) for part in shown["parts"]] == [("Wendou", 9), ("Wendou", 7), ("Yarcé", 5)]
    assert shown["closure_codes"] == ["T-12"]
