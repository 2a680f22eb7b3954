"""A browser on the live demo town. Every page opened here must stay free of script errors.

Playwright's event loop is started and ended per module, so that the database tests of other modules, which refuse to
run beside a loop, are not disturbed.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.serving import LiveTown

CHROMIUM = os.environ.get("REPRISE_CHROMIUM", "/usr/bin/chromium")
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
SOFTWARE_WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
NO_WEBGL = ["--disable-gpu", "--disable-3d-apis"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HARMLESS = ("GPU stall", "favicon", "WebGL", "net::ERR_", "WebSocket connection")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET, *SOFTWARE_WEBGL])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser_without_webgl(playwright: Playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET, *NO_WEBGL])
    yield opened
    opened.close()


@dataclass
class Visitor:
    """Somebody of the demo town in a browser of their own."""

    town: LiveTown
    context: BrowserContext
    page: Page
    problems: list[str] = field(default_factory=list)

    def open(self, path: str = "/m/TK/", *, map_drawn: bool = True) -> Page:
        """Opens a page; for the map page, waits until the map is drawn or given up."""
        self.page.goto(self.town.url + path)
        if map_drawn and self.page.locator("#map").count():
            self.page.locator("#map[data-ready]").wait_for(state="attached", timeout=60_000)
        return self.page

    def get(self, path: str) -> Any:
        """JSON of the API, as this person."""
        answer = self.context.request.get(f"{self.town.url}/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Writes through the API, as this person, with what the page itself would send."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken")
        answer = self.context.request.post(
            f"{self.town.url}/api/v1{path}", data=body, headers={"X-CSRFToken": token, "Referer": self.town.url}
        )
        assert answer.status == 201, answer.text()
        return answer.json()

    def assess_damage(self, lon: float, lat: float, grade: str = "D5") -> Any:
        """A field report of a building seen now."""
        return self.post(
            "/municipalities/TK/damage",
            {
                "instance_id": str(uuid.uuid4()),
                "lon": lon,
                "lat": lat,
                "source_scale": "ems98",
                "source_value": grade,
                "method": "rapid_field",
                "observed_at": datetime.now(UTC).isoformat(),
            },
        )

    def record_status(self, facility: int, status: str, causes: list[str] | None = None) -> Any:
        return self.post(
            f"/municipalities/TK/facilities/{facility}/status",
            {
                "instance_id": str(uuid.uuid4()),
                "status": status,
                "causes": causes or [],
                "measured_output": None,
                "observed_at": datetime.now(UTC).isoformat(),
                "note": "",
            },
        )


Visiting = Callable[..., Visitor]


@pytest.fixture(scope="session")
def cookies_of() -> dict[str, Any]:
    """What each role got when it signed in first, so that later tests need not fill the form again."""
    return {}


@pytest.fixture
def visit(live_town: LiveTown, browser: Browser, cookies_of: dict[str, Any]) -> Iterator[Visiting]:
    """Signs somebody in: `visit("coordinator", viewport=PHONE, language="ar")`. At the end no page may have failed."""
    visitors: list[Visitor] = []

    def come(
        role: str = "coordinator", *, browser: Browser = browser, language: str = "en", theme: str = "", **options: Any
    ) -> Visitor:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        context.add_cookies(cookies_of.get(role, []))
        context.add_cookies(
            [
                {"name": "django_language", "value": language, "url": live_town.url},
                {"name": "theme", "value": theme, "url": live_town.url},
            ]
        )
        visitor = Visitor(live_town, context, context.new_page())
        listen(visitor)
        visitors.append(visitor)
        if role not in cookies_of:
            sign_in(visitor, *live_town.accounts[role])
            kept = ("sessionid", "csrftoken")
            cookies_of[role] = [cookie for cookie in context.cookies() if cookie["name"] in kept]
        return visitor

    yield come
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.context.close()
    assert problems == []


def listen(visitor: Visitor) -> None:
    """Collects script errors and refused resources, but for those a test causes on purpose."""
    visitor.page.on("pageerror", lambda error: visitor.problems.append(f"{error}"))
    visitor.page.on(
        "console",
        lambda message: (
            visitor.problems.append(message.text)
            if message.type == "error" and not any(word in message.text for word in HARMLESS)
            else None
        ),
    )


def sign_in(visitor: Visitor, name: str, password: str) -> None:
    page = visitor.page
    page.goto(f"{visitor.town.url}/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
