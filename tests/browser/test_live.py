"""Facts arrive on open screens: numbers at once, the order of the list only when asked, nothing lost or doubled."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visiting, Visitor
from tests.browser.test_situation_page import by_rank, rows, shown, value_of

SOON_MS = 10_000  # what the page itself needs is well under a second; a busy machine may take longer
BOREHOLE = "F-07"


@pytest.fixture
def facility(visit: Visiting) -> Callable[[str], int]:
    """The id of a facility by its code."""
    visitor = visit()
    return lambda code: int(visitor.get(f"/municipalities/TK/facilities?q={code}")["items"][0]["id"])


def lines(page: Page) -> list[str]:
    """The feed, oldest line first, without its clock."""
    texts: list[str] = page.locator("#feed > li:not(.muted)").evaluate_all(
        "items => items.map(item => [...item.childNodes].slice(1).map(node => node.textContent).join(''))"
    )
    return texts[::-1]


def live(page: Page) -> None:
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SOON_MS)


def centre_of(visitor: Visitor, name: str) -> tuple[int, float, float]:
    places = visitor.get("/municipalities/TK/situation")["neighbourhoods"]
    place = next(place for place in places if place["name"] == name)
    return place["id"], *place["centre"]


def test_a_posted_assessment_shows_on_every_open_screen(visit: Visiting) -> None:
    sender, one, two = visit(), visit(), visit("unit_lead", language="fr")
    for visitor in (one, two):
        live(visitor.open())
    _, lon, lat = centre_of(sender, "Pelga")
    sender.assess_damage(lon, lat, "D5")
    expect(one.page.locator("#feed")).to_contain_text("Damage seen in Pelga: Destroyed.", timeout=SOON_MS)
    expect(two.page.locator("#feed")).to_contain_text("Dégâts vus à Pelga : Détruit.", timeout=SOON_MS)


def test_a_status_moves_numbers_at_once_and_the_order_only_when_asked(
    visit: Visiting, facility: Callable[[str], int]
) -> None:
    sender, touched, untouched = visit(), visit(), visit("unit_lead")
    for visitor in (touched, untouched):
        live(visitor.open())
    touched.page.keyboard.press("l")
    order = rows(touched.page)
    transformer = facility("T-09")
    sender.record_status(transformer, "fully_functional")
    expect(touched.page.locator("#feed")).to_contain_text("Works.", timeout=SOON_MS)
    expect(touched.page.locator("#feed")).to_contain_text("rose from", timeout=3 * SOON_MS)
    expect(touched.page.locator("#new")).to_be_visible(timeout=SOON_MS)
    assert rows(touched.page) == order
    now = sender.get("/municipalities/TK/situation")
    for place in now["neighbourhoods"]:
        for visitor in (touched, untouched):
            value = visitor.page.locator(f"#rows [data-id='{place['id']}'] [data-slot=value]")
            expect(value).to_have_text(value_of(place["index"]), timeout=SOON_MS)
    touched.page.keyboard.press("n")
    expect(touched.page.locator("#new")).to_be_hidden()
    deadline = time.monotonic() + SOON_MS / 1000
    while not (rows(touched.page) == by_rank(now) == rows(untouched.page)) and time.monotonic() < deadline:
        touched.page.wait_for_timeout(100)
    assert rows(touched.page) == by_rank(now) == rows(untouched.page)
    sender.record_status(transformer, "not_functional", ["equipment_damage"])


def test_a_person_sees_their_own_change_without_asking(visit: Visiting, facility: Callable[[str], int]) -> None:
    visitor = visit()
    page = visitor.open()
    live(page)
    page.keyboard.press("l")
    other = visitor.context.new_page()
    other.goto(f"{visitor.town.url}/m/TK/facilities/?q={BOREHOLE}")
    other.locator("#facilities tbody input[type=checkbox]").first.check()
    expect(other.locator("#bulk")).to_be_visible()
    other.locator("#bulk-state").select_option("minimal")
    other.locator("#bulk [data-record]").click()
    expect(other.locator(".toast")).to_contain_text("State recorded")
    expect(page.locator("#feed")).to_contain_text("Partly.", timeout=SOON_MS)
    page.wait_for_timeout(1_500)
    expect(page.locator("#new")).to_be_hidden()
    visitor.record_status(facility(BOREHOLE), "not_functional", ["no_power"])


def test_focus_and_scroll_stay_where_they_are(visit: Visiting) -> None:
    sender, reader = visit(), visit()
    page = reader.open()
    live(page)
    last = rows(page)[-3]
    page.locator(f"#rows [data-id='{last}'] a.nm").focus()
    scrolled = page.locator("#list").evaluate("list => list.scrollTop")
    _, lon, lat = centre_of(sender, "Zongo")
    sender.assess_damage(lon + 0.0003, lat, "D4")
    expect(page.locator("#feed")).to_contain_text("Damage seen in Zongo", timeout=SOON_MS)
    page.wait_for_timeout(2_500)
    expect(page.locator(f"#rows [data-id='{last}'] a.nm")).to_be_focused()
    assert page.locator("#list").evaluate("list => list.scrollTop") == scrolled


def test_nothing_is_missed_or_doubled_when_the_server_is_killed(visit: Visiting) -> None:
    sender, one, two = visit(), visit(), visit("unit_lead")
    for visitor in (one, two):
        live(visitor.open())
    _, lon, lat = centre_of(sender, "Forage")
    sender.assess_damage(lon, lat, "D1")
    for visitor in (one, two):
        expect(visitor.page.locator("#feed")).to_contain_text("Forage: Slight.", timeout=SOON_MS)
    sender.town.town.kill_server()
    for visitor in (one, two):
        expect(visitor.page.locator("#live")).not_to_have_attribute("data-state", "live", timeout=SOON_MS)
        visitor.context.set_offline(True)
    sender.town.town.start_server()
    sender.assess_damage(lon + 0.0005, lat, "D2")
    sender.assess_damage(lon - 0.0005, lat, "D3")
    for visitor in (one, two):
        visitor.context.set_offline(False)
        expect(visitor.page.locator("#live")).to_have_attribute("data-state", "live", timeout=6 * SOON_MS)
        expect(visitor.page.locator("#feed")).to_contain_text("Forage: Heavy.", timeout=SOON_MS)
        assert [line for line in lines(visitor.page) if "Forage:" in line] == [
            "Damage seen in Forage: Slight.",
            "Damage seen in Forage: Moderate.",
            "Damage seen in Forage: Heavy.",
        ]
        now = sender.get("/municipalities/TK/situation")
        for place in now["neighbourhoods"]:
            assert shown(visitor.page, place["id"]) == value_of(place["index"])
