"""Walks a running demo town as each of the seven roles and keeps pictures: `python -m deploy.look_round ADDRESS`.

Every role signs in, opens what its navigation and tabs offer on a desk and, right to left, on a phone, then three
addresses it must not see. Said of every page: its status, whether it scrolls sideways, is empty, or a script failed.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response, ViewportSize, sync_playwright

CHROMIUM = os.environ.get("REPRISE_CHROMIUM", "/usr/bin/chromium")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
SETTLES_MS = 1_500  # scripts draw what they have to draw
LINKS = ".nav a[href], .tabs a[href], .menu-body a[href]"
HARMLESS = ("GPU stall", "favicon", "WebGL", "net::ERR_", "WebSocket connection", "status of 403", "status of 404")
REFUSED: dict[str, tuple[str, ...]] = {
    "coordinator": ("/m/BS/", "/m/BS/households/", "/m/BS/unit/tension/"),
    "unit_lead": ("/m/TK/households/", "/m/TK/households/new", "/m/BS/"),
    "service_rep": ("/m/TK/unit/tension/", "/m/TK/households/", "/m/TK/reports/"),
    "enumerator": ("/m/TK/", "/m/TK/hazards/", "/m/TK/unit/"),
    "community_rep": ("/m/TK/hazards/", "/m/TK/households/", "/m/TK/imports/"),
    "partner": ("/m/TK/unit/tension/", "/m/TK/households/", "/m/TK/present/movements/"),
    "public": ("/m/TK/", "/m/TK/hazards/", "/m/TK/plans/"),
}
PUBLIC = ("/accounts/login/", "/help/keys")  # and /public/TK/ once a picture is old enough to be shown


@dataclass
class Seen:
    """What was seen of one page by one role on one screen."""

    role: str
    screen: str
    path: str
    status: int
    problems: list[str] = field(default_factory=list)


def accounts(path: Path) -> dict[str, str]:
    """Password by account name, from the file the demo keeps."""
    rows = [line.split() for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {row[0]: row[1] for row in rows}


def signed_in(browser: Browser, base: str, name: str, password: str) -> BrowserContext:
    context = browser.new_context(viewport=DESK)
    if password:
        page = context.new_page()
        page.goto(f"{base}/accounts/login/")
        page.fill("[name=login]", name)
        page.fill("[name=password]", password)
        page.locator("main form button").last.click()
        page.wait_for_url(lambda address: "/accounts/login" not in address)
        page.close()
    return context


def offered(page: Page, base: str) -> list[str]:
    """Addresses of this server that the page's navigation offers, in its order."""
    found = page.eval_on_selector_all(LINKS, "links => links.map(link => link.href)")
    paths = [urlsplit(address) for address in found if address.startswith(base)]
    return list(dict.fromkeys(path.path for path in paths if "logout" not in path.path))


def look(page: Page, base: str, role: str, screen: str, path: str, shots: Path) -> Seen:
    """Opens one page, keeps its picture and says what is wrong with it."""
    errors: list[str] = []

    def hear(message: object) -> None:
        text = str(getattr(message, "text", message))
        if getattr(message, "type", "error") == "error" and not any(word in text for word in HARMLESS):
            errors.append(text[:120])

    page.on("console", hear)
    page.on("pageerror", hear)
    answer: Response | None = page.goto(base + path)
    if page.locator("#map").count():
        page.locator("#map[data-ready]").wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(SETTLES_MS)
    seen = Seen(role, screen, path, answer.status if answer else 0)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        seen.problems.append(f"scrolls sideways by {wide}")
    if len(page.locator("body").inner_text().strip()) < 40:
        seen.problems.append("empty")
    seen.problems += errors
    name = path.strip("/").replace("/", "-") or "home"
    page.screenshot(path=shots / f"{role}.{screen}.{name}.png", full_page=True)
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", hear)
    return seen


def walk(browser: Browser, base: str, role: str, password: str, shots: Path) -> Iterator[Seen]:
    context = signed_in(browser, base, role, password)
    page = context.new_page()
    waiting, known = ["/" if password else PUBLIC[0]], set()
    if not password:
        waiting = list(PUBLIC)
    while waiting:
        path = waiting.pop(0)
        if path in known:
            continue
        known.add(path)
        seen = look(page, base, role, "desk", path, shots)
        if seen.status != 200:
            seen.problems.append("offered, but refused")
        yield seen
        waiting += [other for other in offered(page, base) if password and other not in known]
    for path in REFUSED[role]:
        seen = look(page, base, role, "refused", path, shots)
        if seen.status == 200 and "/accounts/login" not in page.url:
            seen.problems.append("shown, but must be refused")
        yield seen
    context.add_cookies([{"name": "django_language", "value": "ar", "url": base}])
    page.set_viewport_size(PHONE)
    for path in sorted(known):
        yield look(page, base, role, "phone-ar", path, shots)
    context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="where the demo town is served, for example http://localhost:8000")
    parser.add_argument("--var", type=Path, default=Path(os.environ.get("REPRISE_VAR", "var")))
    parser.add_argument("--role", action="append", help="only this role; may be repeated")
    asked = parser.parse_args()
    shots = asked.var / "shots"
    shots.mkdir(parents=True, exist_ok=True)
    known = {**accounts(asked.var / "demo-accounts.txt"), "public": ""}
    wrong = 0
    with sync_playwright() as started:
        flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        for role in asked.role or REFUSED:
            for seen in walk(browser, asked.address.rstrip("/"), role, known[role], shots):
                wrong += bool(seen.problems)
                said = "; ".join(seen.problems) or "ok"
                sys.stdout.write(f"{role:14} {seen.screen:9} {seen.status} {seen.path:40} {said}\n")
                sys.stdout.flush()
        browser.close()
    sys.stdout.write(f"{wrong} pages with something wrong; pictures in {shots}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
