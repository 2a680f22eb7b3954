"""The field app on a phone in Chromium: nothing lost, nothing doubled, nothing readable once sealed."""

import gzip
import json
import random
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from assessments.core.forms.expressions import Context, Tree, evaluate, string
from crisis.pages.field import shell_files
from tests.browser.conftest import PHONE, Visiting, Visitor
from tests.serving import LiveTown, database_host

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
MOST_SHELL_BYTES = 90 * 1024
RECORDS = "**/field/records"
SOON_MS = 20_000
HERE = {"latitude": 13.0, "longitude": -0.99, "accuracy": 6}
SEALED = """
async ({count, note}) => {
  const {begin, Draft} = await import("/static/field/drafts.js");
  const {currentPack} = await import("/static/field/pack.js");
  const pack = await currentPack();
  const form = pack.form_list.find((one) => one.form_id === "damage_rapid");
  const answers = {"/place": "13.0000 -0.9900 0 6", "/grade": "heavy", "/habitability": "not_habitable",
    "/occupied": "no", "/explosives": "no", "/note": note};
  const ids = [];
  for (let n = 0; n < count; n += 1) {
    const id = await begin(pack, form, {answers: {...answers}});
    const draft = await Draft.open(id, pack);
    if (n % 4 === 0) {
      const canvas = Object.assign(document.createElement("canvas"), {width: 60, height: 40});
      canvas.getContext("2d").fillRect(n % 40, 5, 20, 20);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
      draft.photos[`p${n}.jpg`] = await blob.arrayBuffer();
      draft.filled.set("/photo", `p${n}.jpg`);
    }
    if (!(await draft.seal())) throw new Error("not sealed");
    ids.push(id);
  }
  return ids;
}
"""
SEND = """
async () => {
  const {Outbox} = await import("/static/field/outbox.js");
  const {deviceId} = await import("/static/field/pack.js");
  globalThis.testOutbox ??= new Outbox({device: await deviceId()});
  await globalThis.testOutbox.send({now: true});
}
"""
KEPT = """
async () => {
  const {allRecords, open} = await import("/static/field/store.js");
  const rows = await allRecords();
  const base = await open();
  const contents = await new Promise((done) => {
    const asked = base.transaction("contents").objectStore("contents").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const text = (bytes) => new TextDecoder("latin1").decode(bytes);
  return {rows, contents: contents.map((one) => JSON.stringify(one, (_, value) =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? text(value) : value))};
}
"""

WIPE = """
async () => {
  const {open} = await import("/static/field/store.js");
  (await open()).close();
  await new Promise((done) => { indexedDB.deleteDatabase("reprise-field").onsuccess = done; });
}
"""


@pytest.fixture
def phone(visit: Visiting) -> Callable[..., Visitor]:
    """An enumerator's phone that has been prepared with a network."""

    def come(role: str = "enumerator", language: str = "en") -> Visitor:
        visitor = visit(role, viewport=PHONE, locale=language, geolocation=HERE, permissions=["geolocation"])
        visitor.page.goto(f"{visitor.town.url}/field/")
        expect(visitor.page.locator("#count-draft")).to_be_visible(timeout=SOON_MS)
        visitor.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        return visitor

    return come


def arrived(town: LiveTown, ids: list[str]) -> dict[str, tuple[int, int]]:
    """How often each record lies in the register, and how many of its files."""
    with psycopg.connect(host=database_host(), dbname=town.town.name, user="reprise_owner") as owner:
        rows = owner.execute(
            "SELECT instance_id, count(DISTINCT submission.id), count(file.id)"
            " FROM assessments_submission AS submission"
            " LEFT JOIN assessments_submissionfile AS file ON file.submission_id = submission.id"
            " WHERE instance_id = ANY(%s) GROUP BY instance_id",
            [ids],
        ).fetchall()
    return {name: (records, files) for name, records, files in rows}


def waiting(page: Page) -> int:
    return sum(row["state"] != "acknowledged" for row in page.evaluate(KEPT)["rows"])


def test_the_shell_is_small_and_starts_without_a_network(phone: Callable[..., Visitor]) -> None:
    static = Path(settings.BASE_DIR) / "crisis" / "static"
    page_html = Path(settings.BASE_DIR) / "crisis" / "templates" / "crisis" / "field.html"
    size = sum(
        len(gzip.compress(file.read_bytes())) for file in [page_html, *(static / name for name in shell_files())]
    )
    assert size <= MOST_SHELL_BYTES
    visitor = phone()
    visitor.context.set_offline(True)
    page = visitor.context.new_page()
    page.goto(f"{visitor.town.url}/field/")
    expect(page.locator("#count-draft")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".live")).to_have_text("no network")


def test_a_report_is_filled_by_hand_without_a_network_and_arrives(
    phone: Callable[..., Visitor], live_town: LiveTown
) -> None:
    visitor = phone()
    page = visitor.page
    visitor.context.set_offline(True)
    page.get_by_role("link", name="New report").click()
    page.get_by_role("button", name="Building damage, rapid").click()
    expect(page.get_by_text("Question 1 of")).to_be_visible()
    page.locator("#question input").fill("B-12")
    page.wait_for_timeout(700)
    page.reload()
    expect(page.locator("#question input")).to_have_value("B-12")
    page.locator("#question input").fill("street 7")
    page.locator("#foot .btn.main").click()
    expect(page.get_by_text("A number such as B-2217.")).to_be_visible()
    page.locator("#question input").fill("B-12")
    page.locator("#foot .btn.main").click()
    page.get_by_role("button", name="Use my position").click()
    expect(page.get_by_text("within 6 m")).to_be_visible()
    page.locator("#foot .btn.main").click()
    page.get_by_text("Heavy", exact=True).click()
    page.get_by_role("link", name="See all").click()
    expect(page.get_by_role("button", name="Finish and seal")).to_be_disabled()
    for answer in ("No", "No", "No"):
        page.locator("p.note.out a").click()
        page.locator(".pick label", has_text=re.compile(f"^{answer}$")).first.click()
        page.get_by_role("link", name="See all").click()
    page.get_by_role("button", name="Finish and seal").click()
    expect(page.get_by_text("Waiting to be sent")).to_be_visible()
    assert waiting(page) == 1
    visitor.context.set_offline(False)  # nothing has to be pressed: the return of the network sends
    expect(page.get_by_text("Nothing waits to be sent")).to_be_visible(timeout=SOON_MS)
    kept = page.evaluate(KEPT)
    (row,) = [row for row in kept["rows"] if row["state"] == "acknowledged"]
    assert arrived(live_town, [row["id"]]) == {row["id"]: (1, 0)}
    assert kept["contents"] == []


def test_what_is_sealed_cannot_be_read_on_the_phone(phone: Callable[..., Visitor]) -> None:
    visitor = phone()
    visitor.context.set_offline(True)
    visitor.page.evaluate(SEALED, {"count": 3, "note": "planted-sentence-4711"})
    kept = visitor.page.evaluate(KEPT)
    everything = json.dumps(kept) + visitor.page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})")
    assert len(kept["contents"]) == 3
    for planted in ("planted-sentence-4711", "not_habitable", "13.0000", "-0.9900"):
        assert planted not in everything


def test_records_survive_cuts_at_every_stage_two_tabs_and_a_killed_one(
    phone: Callable[..., Visitor], live_town: LiveTown, full: bool
) -> None:
    count = 200 if full else 20
    visitor = phone()
    page = visitor.page
    visitor.context.set_offline(True)
    ids = page.evaluate(SEALED, {"count": count, "note": "storm"})
    visitor.context.set_offline(False)
    dice = random.Random(4711)

    def weather(route: Route) -> None:
        kind = dice.choice(["none", "none", "before", "after", "portal", "error"])
        if kind == "before":
            route.abort()
        elif kind == "after":  # the town has it, the phone does not hear so
            route.fetch()
            route.abort()
        elif kind == "portal":
            route.fulfill(status=200, content_type="text/html", body="<html>Please sign in to this Wi-Fi</html>")
        elif kind == "error":
            route.fulfill(status=503, content_type="application/json", body="{}")
        else:
            route.continue_()

    visitor.context.route(RECORDS, weather)
    other = visitor.context.new_page()
    other.goto(f"{visitor.town.url}/field/")
    deadline = time.monotonic() + (600 if full else 90)
    while waiting(page) and time.monotonic() < deadline:
        page.evaluate(f"() => {{ ({SEND})(); }}")
        other.evaluate(SEND)
        if dice.random() < 0.2:  # a killed tab, a reload in the middle
            other.close()
            other = visitor.context.new_page()
            other.goto(f"{visitor.town.url}/field/")
            page.reload()
    assert waiting(page) == 0
    found = arrived(live_town, ids)
    assert set(found) == set(ids)
    assert {records for records, _ in found.values()} == {1}
    assert [found[name][1] for name in ids] == [1 if n % 4 == 0 else 0 for n in range(count)]
    visitor.problems.clear()  # the 503s were meant


def test_a_cleared_storage_is_noticed_and_the_lost_are_named(phone: Callable[..., Visitor]) -> None:
    visitor = phone()
    page = visitor.page
    page.route(RECORDS, lambda route: route.abort())
    page.evaluate(SEALED, {"count": 2, "note": "to be lost"})
    page.evaluate("""async () => {
        const {currentPack, deviceId, tellHoldings} = await import("/static/field/pack.js");
        await tellHoldings(await currentPack(), await deviceId());
    }""")
    page.evaluate(WIPE)
    page.reload()
    expect(page.get_by_text("Records are missing")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("section.note.out").first.locator("li")).to_have_count(2)
    expect(page.locator("section.note.out").first).to_contain_text("Building damage, rapid")
    page.evaluate("() => localStorage.clear()")
    page.evaluate(WIPE)
    page.reload()
    expect(page.get_by_text("have not arrived")).to_be_visible(timeout=SOON_MS)


def test_the_outbox_as_a_file_is_handed_in_by_another(
    phone: Callable[..., Visitor], live_town: LiveTown, tmp_path: Path
) -> None:
    visitor = phone()
    visitor.context.route(RECORDS, lambda route: route.abort())
    ids = visitor.page.evaluate(SEALED, {"count": 5, "note": "by hand"})
    visitor.page.goto(f"{visitor.town.url}/field/#/waiting")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Save all to a file").click()
    file = tmp_path / "phone.outbox"
    download.value.save_as(file)
    assert b"by hand" not in file.read_bytes()
    other = phone("coordinator")
    other.page.goto(f"{other.town.url}/field/#/waiting")
    other.page.locator("#hand-in").set_input_files(file)
    expect(other.page.get_by_text("5 records handed in")).to_be_visible(timeout=SOON_MS)
    assert {records for records, _ in arrived(live_town, ids).values()} == {1}
    visitor.context.unroute(RECORDS)
    visitor.page.evaluate(SEND)
    assert waiting(visitor.page) == 0
    assert sorted(arrived(live_town, ids)) == sorted(ids)


OPERATORS = ["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"]
OF_ONE = [
    "number",
    "string",
    "boolean",
    "not",
    "string-length",
    "count-selected",
    "normalize-space",
    "int",
    "abs",
    "round",
]
OF_TWO = ["selected", "contains", "starts-with", "ends-with", "selected-at", "concat", "min", "max"]
NUMBERS = [0.0, 1.0, -2.5, 7.0, 100.0]
TEXTS = ["", "a", "a b", "3", "x1", "2026-11-20"]


def trees(dice: random.Random, depth: int = 3) -> Tree:
    """Random expressions of the list that phone and server share (without the clock)."""
    if depth == 0 or dice.random() < 0.2:
        leaves: list[Tree] = [["num", dice.choice(NUMBERS)], ["str", dice.choice(TEXTS)], ["ref", dice.choice("abc")]]
        return dice.choice([*leaves, ["self"]])
    one, two, three = (trees(dice, depth - 1) for _ in range(3))
    shapes: list[Tree] = [
        [dice.choice(OPERATORS), one, two],
        ["neg", one],
        ["call", dice.choice(OF_ONE), one],
        ["call", dice.choice(OF_TWO), one, two],
        ["call", "if", one, two, three],
        ["call", "substr", one, ["num", dice.choice([0.0, 1.0, 2.0])], ["num", dice.choice([1.0, 3.0])]],
        ["call", "regex", one, ["str", dice.choice(["^[a-z]+$", "[0-9]+", "^B-?[0-9]{1,3}$"])]],
        ["call", "coalesce", one, two],
    ]
    return dice.choice(shapes)


def test_phone_and_server_evaluate_expressions_alike(phone: Callable[..., Visitor], full: bool) -> None:
    dice = random.Random(20261120)
    answers = {"a": "3", "b": "a b c", "c": ""}
    cases = [trees(dice) for _ in range(20_000 if full else 2_000)]
    context = Context(lambda path: answers.get(path, ""), "x1", datetime(2026, 11, 20, tzinfo=UTC))
    here = [string(evaluate(tree, context)) for tree in cases]
    there: list[Any] = phone().page.evaluate(
        """async ({cases, answers}) => {
            const {evaluate, string} = await import("/static/field/expressions.js");
            const context = {answer: (path) => answers[path] ?? "", own: "x1", now: new Date()};
            return cases.map((tree) => string(evaluate(tree, context)));
        }""",
        {"cases": cases, "answers": answers},
    )
    different = [(tree, a, b) for tree, a, b in zip(cases, here, there, strict=True) if a != b and not same(a, b)]
    assert different == []


def same(a: str, b: str) -> bool:
    """Numbers may be written in two ways (1e+21, Infinity)."""
    words = {"Infinity": "inf", "-Infinity": "-inf", "NaN": "nan"}
    try:
        return float(words.get(a, a)) == float(words.get(b, b))
    except ValueError:
        return False


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_screens_are_readable_in_sun_and_by_ear(phone: Callable[..., Visitor], language: str) -> None:
    visitor = phone(language=language)
    page = visitor.page
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    for screen in ("#/", "#/new", "#/waiting", "#/prepare", "form"):
        if screen == "form":
            page.goto(f"{visitor.town.url}/field/#/new")
            page.locator(".f-start").nth(1).click()
            expect(page.locator("#question")).to_be_visible()
        else:
            page.goto(f"{visitor.town.url}/field/{screen}")
            expect(page.locator("h1")).to_be_visible()
        page.evaluate(AXE.read_text())
        rules = {
            "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"],
            "rules": {"color-contrast-enhanced": {"enabled": True}},
        }
        found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
        assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == [], screen
        small = page.evaluate("""() => [...document.querySelectorAll("a, button, input:not(.vh), select, label.btn")]
            .filter((node) => node.getClientRects().length && !node.closest("p, .pick"))
            .map((node) => [node.outerHTML.slice(0, 80), node.getBoundingClientRect().height])
            .filter(([, height]) => height < 44)""")
        assert small == [], screen


def test_a_phone_set_up_by_qr_needs_no_sign_in_and_loses_its_key_on_revocation(
    visit: Visiting, live_town: LiveTown
) -> None:
    boss = visit("coordinator")
    person = next(row for row in boss.get("/municipalities/TK/people")["items"] if row["role"] == "enumerator")
    made = boss.post(f"/municipalities/TK/people/{person['id']}/devices", {"name": "Phone 7"})
    browser = boss.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_town.url}/field/#device={made['secret']}")
    expect(page.locator("#count-draft")).to_be_visible(timeout=SOON_MS)
    assert "device" not in page.url
    (record,) = page.evaluate(SEALED, {"count": 1, "note": "by key"})
    page.evaluate(SEND)
    assert arrived(live_town, [record]) == {record: (1, 1)}
    token = next(cookie["value"] for cookie in boss.context.cookies() if cookie["name"] == "csrftoken")
    gone = boss.context.request.delete(
        f"{live_town.url}/api/v1/municipalities/TK/devices/{made['id']}",
        headers={"X-CSRFToken": token, "Referer": live_town.url},
    )
    assert gone.status == 204, gone.text()
    (kept,) = page.evaluate(SEALED, {"count": 1, "note": "after"})
    page.evaluate(SEND)
    assert arrived(live_town, [kept]) == {}
    assert waiting(page) == 1
    context.close()


def test_what_a_reviewer_sends_back_is_corrected_on_the_phone(
    phone: Callable[..., Visitor], visit: Visiting, live_town: LiveTown
) -> None:
    visitor = phone()
    (first,) = visitor.page.evaluate(SEALED, {"count": 1, "note": "first"})
    visitor.page.evaluate(SEND)
    assert arrived(live_town, [first]) == {first: (1, 1)}
    boss = visit("coordinator")
    found = next(row for row in boss.get("/municipalities/TK/submissions")["items"] if row["instance_id"] == first)
    token = next(cookie["value"] for cookie in boss.context.cookies() if cookie["name"] == "csrftoken")
    verdict = boss.context.request.post(
        f"{live_town.url}/api/v1/municipalities/TK/submissions/{found['id']}/review",
        data={"state": "has_issues", "reason": "Prenez le côté est."},
        headers={"X-CSRFToken": token, "Referer": live_town.url},
    )
    assert verdict.ok, verdict.text()
    page = visitor.page
    page.goto(f"{live_town.url}/field/#/prepare")
    page.locator("#foot button").click()
    expect(page.get_by_text("Ready for the field")).to_be_visible(timeout=SOON_MS)
    page.goto(f"{live_town.url}/field/#/")
    card = page.locator("section.card", has_text="Prenez le côté est.").first
    expect(card).to_contain_text("Building damage, rapid")
    card.get_by_role("button", name="Correct it").click()
    page.get_by_role("link", name="See all").click()
    expect(page.locator("#body")).to_contain_text("Heavy: a wall leans")
    page.get_by_role("button", name="Finish and seal").click()
    expect(page.get_by_text("Nothing waits to be sent")).to_be_visible(timeout=SOON_MS)
    sent = [row for row in page.evaluate(KEPT)["rows"] if row["replaces"] == first]
    assert [(row["state"], row["receipt"]["state"]) for row in sent] == [("acknowledged", "stored")]
    # The photo of the first record is no longer on the phone, so the correction does not name it.
    assert arrived(live_town, [sent[0]["id"]]) == {sent[0]["id"]: (1, 0)}
