"""The map page: list, map, legend, table and panel say the same and move together."""

from typing import Any

from playwright.sync_api import Page, expect

from municipal_units.core.vocabulary import functionality_class, shown_hundredths
from tests.browser.conftest import Visiting


def rows(page: Page) -> list[int]:
    """Ids of the list's visible rows, in order."""
    found: list[int] = page.locator("#rows > li:not([hidden])").evaluate_all("rows => rows.map(row => +row.dataset.id)")
    return found


def shown(page: Page, place: int) -> str:
    return page.locator(f"#rows [data-id='{place}'] [data-slot=value]").inner_text()


def value_of(share: float | None) -> str:
    return "?" if share is None else str(shown_hundredths(share))


def by_rank(situation: dict[str, Any]) -> list[int]:
    places = sorted(situation["neighbourhoods"], key=lambda place: (place["rank"] or 999, place["id"]))
    return [place["id"] for place in places]


def test_the_list_works_before_and_without_any_script(visit: Visiting) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.open(map_drawn=False)
    situation = visitor.get("/municipalities/TK/situation")
    assert rows(page) == by_rank(situation)
    for place in situation["neighbourhoods"]:
        assert shown(page, place["id"]) == value_of(place["index"])
    second = situation["neighbourhoods"][1]
    page.locator(f"#rows [data-id='{second['id']}'] a.nm").click()
    expect(page.locator("#panel-title")).to_have_text(second["name"])


def test_list_table_and_api_show_the_same_numbers(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open("/m/TK/?view=table")
    situation = visitor.get("/municipalities/TK/situation")
    expect(page.locator("#table")).to_be_visible()
    lines = page.locator("#table-rows > tr").evaluate_all("lines => lines.map(line => +line.dataset.id)")
    assert lines == rows(page) == by_rank(situation)
    for place in situation["neighbourhoods"]:
        line = page.locator(f"#table-rows [data-id='{place['id']}']")
        assert line.locator("[data-slot=value]").inner_text() == shown(page, place["id"]) == value_of(place["index"])
        if place["short"] is not None:
            assert line.locator("[data-slot=short]").inner_text() == f"{place['short']:,}"


def test_a_row_opens_its_place_and_the_address_keeps_it(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open()
    third = rows(page)[2]
    name = page.locator(f"#rows [data-id='{third}'] a.nm").inner_text()
    page.locator(f"#rows [data-id='{third}'] a.nm").click()
    expect(page.locator("#panel-title")).to_have_text(name)
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator(f"#rows [data-id='{third}']")).to_have_attribute("aria-current", "true")
    assert f"place={third}" in page.url
    page.reload()
    expect(page.locator("#panel-title")).to_have_text(name)


def test_a_click_on_the_map_chooses_the_row_and_pointing_lights_it_up(visit: Visiting) -> None:
    page = visit().open()
    box = page.locator("#map").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle, steps=4)
    lit = page.locator("#rows > li.hov")
    expect(lit).to_have_count(1)
    pointed = lit.get_attribute("data-id")
    page.mouse.click(*middle)
    expect(page.locator("#rows > li[aria-current]")).to_have_attribute("data-id", str(pointed))
    expect(page.locator("#panel [data-place]")).to_have_attribute("data-place", str(pointed))


def test_the_legend_counts_every_place_and_hides_a_class_in_list_and_table(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open()
    places = visitor.get("/municipalities/TK/situation")["neighbourhoods"]
    counts = page.locator("[data-class] [data-count]").all_inner_texts()
    assert sum(int(count) for count in counts) == len(places)
    strained = {place["id"] for place in places if place["class"] == "strained"}
    assert strained
    page.locator("[data-class=strained]").click()
    expect(page.locator("[data-class=strained]")).to_have_attribute("aria-pressed", "false")
    assert set(rows(page)) == {place["id"] for place in places} - strained
    assert "hide=strained" in page.url
    page.reload()
    expect(page.locator("[data-class=strained]")).to_have_attribute("aria-pressed", "false")
    assert set(rows(page)).isdisjoint(strained)


def test_one_service_colours_list_and_legend_by_its_share(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open()
    page.locator("#layer").select_option("water")
    expect(page.locator("#legend-title")).to_have_text("Water")
    places = visitor.get("/municipalities/TK/situation")["neighbourhoods"]
    shares = [(place["services"].get("water") or {}).get("f") for place in places]
    for place, share in zip(places, shares, strict=True):
        expect(page.locator(f"#rows [data-id='{place['id']}'] [data-slot=value]")).to_have_text(value_of(share))
    failing = sum(functionality_class(share) == "failing" for share in shares)
    expect(page.locator("[data-class=failing] [data-count]")).to_have_text(str(failing))
    assert "layer=water" in page.url


def test_a_heading_of_the_table_sorts_list_and_table(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open("/m/TK/?view=table")
    page.locator("#table [data-sort=name]").click()
    names = page.locator("#rows > li a.nm").all_inner_texts()
    assert [name.casefold() for name in names] == page.evaluate(
        "names => names.map(name => name.toLocaleLowerCase()).sort((a, b) => a.localeCompare(b))", names
    )
    expect(page.locator("#table th[aria-sort]")).to_have_count(1)
    assert "sort=name" in page.url


def test_works_are_listed_as_a_ranking_that_says_it_is_no_plan(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open()
    page.locator("[data-list-switch=works]").click()
    expect(page.locator("#works")).to_be_visible()
    expect(page.locator("#works")).to_contain_text("A ranking is not a plan")
    items = visitor.get("/municipalities/TK/ranking")["items"]
    listed = page.locator("#works [data-work]").evaluate_all("works => works.map(work => +work.dataset.work)")
    assert items
    assert listed == [item["id"] for item in items]


def test_the_exported_list_has_the_rows_of_the_screen(visit: Visiting) -> None:
    visitor = visit()
    page = visitor.open("/m/TK/?q=wen")
    assert len(rows(page)) == 1
    with page.expect_download() as download:
        page.locator("#export").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "Wendou" in lines[1]
