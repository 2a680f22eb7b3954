"""Everything on the map page can be done with keys, and no key fires while somebody writes."""

from playwright.sync_api import expect

from tests.browser.conftest import Visiting
from tests.browser.test_situation_page import rows


def test_places_are_walked_with_brackets_and_escape_returns_to_the_row(visit: Visiting) -> None:
    page = visit().open()
    order = rows(page)
    page.keyboard.press("]")
    expect(page.locator(f"#rows [data-id='{order[1]}']")).to_have_attribute("aria-current", "true")
    page.keyboard.press("]")
    page.keyboard.press("[")
    expect(page.locator(f"#rows [data-id='{order[1]}']")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(page.locator(f"#rows [data-id='{order[1]}'] a.nm")).to_be_focused()


def test_slash_searches_and_letters_then_only_write(visit: Visiting) -> None:
    page = visit().open()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("tn")
    expect(page.locator("#q")).to_have_value("tn")
    expect(page.locator("#table")).to_be_hidden()
    page.locator("#q").fill("Zzz")
    expect(page.locator("#none-match")).to_be_visible()
    page.locator("[data-clear]").click()
    assert len(rows(page)) == 24


def test_t_shows_the_table_and_question_mark_the_help(visit: Visiting) -> None:
    page = visit().open()
    page.keyboard.press("t")
    expect(page.locator("#table")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_keys_can_be_switched_off(visit: Visiting) -> None:
    page = visit().open()
    page.keyboard.press("?")
    page.locator("[data-keys-off]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#table")).to_be_hidden()
    page.evaluate("localStorage.clear()")


def test_the_map_opens_what_is_in_its_middle(visit: Visiting) -> None:
    page = visit().open()
    page.locator("#map canvas").focus()
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    chosen = page.locator("#rows > li[aria-current]").get_attribute("data-id")
    expect(page.locator("#panel [data-place]")).to_have_attribute("data-place", str(chosen))
