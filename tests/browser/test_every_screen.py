"""Other browsers, scripts and screens: no WebGL, right to left, phone, dark, and nothing axe finds."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PHONE, Visiting
from tests.browser.test_situation_page import rows, value_of

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/m/TK/",
    "/m/TK/?view=table",
    "/m/TK/?list=works",
    "/m/TK/neighbourhoods/",
    "/m/TK/facilities/",
    "/m/TK/facilities/7/",
    "/m/TK/unit/",
    "/m/TK/unit/meetings/1/",
    "/m/TK/unit/tension/",
    "/m/TK/works/",
    "/m/TK/imports/",
    "/help/keys",
]
MAP_BUDGET_BYTES = 600 * 1024


def test_without_webgl_the_map_is_drawn_as_outlines(visit: Visiting, browser_without_webgl: Browser) -> None:
    visitor = visit(browser=browser_without_webgl)
    page = visitor.open()
    expect(page.locator("#map")).to_have_attribute("data-ready", "svg")
    expect(page.locator("#map-note")).to_be_visible()
    places = visitor.get("/municipalities/TK/situation")["neighbourhoods"]
    expect(page.locator("#map .areas path")).to_have_count(len(places))
    labels = page.locator("#map .nl").all_text_contents()
    assert sorted(labels) == sorted(value_of(place["index"]) for place in places)
    worst = rows(page)[0]
    name = page.locator(f"#rows [data-id='{worst}'] a.nm").inner_text()
    page.locator(f"#map a[aria-label^='{name}']").click(force=True)
    expect(page.locator("#panel-title")).to_have_text(name)


def test_arabic_runs_from_right_to_left_with_its_own_digits(visit: Visiting) -> None:
    page = visit(language="ar").open()
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
    list_box, panel_box = page.locator("#list").bounding_box(), page.locator("#panel").bounding_box()
    assert list_box
    assert panel_box
    assert list_box["x"] > panel_box["x"]
    assert page.locator("#rows > li").first.locator("[data-slot=rank]").inner_text() == "١"
    expect(page.locator("#panel .mono bdi").first).to_contain_text("TK01")


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(visit: Visiting, path: str, language: str) -> None:
    page = visit(viewport=PHONE, language=language).open(path)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("theme", ["", "wall"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit: Visiting, path: str, theme: str) -> None:
    page = visit(theme=theme, bypass_csp=True).open(path)
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found] == []


def test_the_map_page_stays_within_its_bytes(visit: Visiting) -> None:
    """Cold cache, as sent over the wire (interfaces 5.5); tiles and data have budgets of their own."""
    visitor = visit()
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda seen: addresses.update({seen["requestId"]: seen["response"]["url"]}))
    session.on("Network.loadingFinished", lambda seen: sizes.update({seen["requestId"]: seen["encodedDataLength"]}))
    visitor.open()
    own = {addresses[key]: size for key, size in sizes.items() if "/tiles/" not in addresses.get(key, "/tiles/")}
    if not any("worker" in address for address in own):  # fetched by the worker itself, which this session does not see
        own["worker"] = (settings.NODE_MODULES / "maplibre-gl" / "dist" / "maplibre-gl-worker.mjs.gz").stat().st_size
    largest_first = sorted(own.items(), key=lambda item: -item[1])
    assert sum(own.values()) <= MAP_BUDGET_BYTES, json.dumps(dict(largest_first), indent=1)


def test_a_person_without_the_right_reads_why(visit: Visiting) -> None:
    visitor = visit("enumerator")
    visitor.problems.clear()
    page = visitor.open("/m/TK/", map_drawn=False)
    expect(page.locator("h1")).to_have_text("Not for your role")
    page.goto(visitor.town.url + "/m/BS/")
    expect(page.locator("h1")).to_have_text("Not found")
    visitor.problems.clear()
