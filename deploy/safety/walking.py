"""Starts the application on a restored database, signs in through the door people use, and opens pages."""

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from deploy.safety.moment import connect
from deploy.safety.programs import Failed, run

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
PAGES = ["/", "/m/{code}/", "/m/{code}/neighbourhoods/", "/m/{code}/facilities/", "/m/{code}/works/"]


@dataclass
class Visitor:
    """A very small browser: one connection after another, cookies kept."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, text, and where the answer sends us."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{self.port}"}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text, answer.getheader("Location") or ""


def walk(*, sockets: Path, database: str, home: Path) -> list[str]:
    """The pages that were opened. Failed says which one did not open."""
    port = free_port()
    environment = {
        **os.environ,
        "REPRISE_DB_HOST": str(sockets),
        "REPRISE_DB_NAME": database,
        "REPRISE_DB_ROLE": "reprise_web",
        "REPRISE_VAR": str(home / "var"),
        "REPRISE_PORT": str(port),
        "REPRISE_PRODUCTION": "0",
        "REPRISE_KEYS": str(home / "no-keys"),
        "DJANGO_SETTINGS_MODULE": "crisis.settings",
    }
    (home / "var").mkdir()
    (home / "var" / "secret.key").write_text(secrets.token_urlsafe(64))
    password = secrets.token_urlsafe(24)
    visitor = [sys.executable, "-m", "deploy.safety.visitor"]
    town, code, name = first_town(str(sockets), database)
    invitation = {"DRILL_PASSWORD": password, "DRILL_MUNICIPALITY": town}
    run(visitor, what="Making the visitor", environment={**environment, **invitation}, cwd=ROOT)
    server = [sys.executable, "-m", "uvicorn", "crisis.asgi:application", "--port", str(port), "--no-access-log"]
    log = home / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen(server, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        wait_until_ready(process, port, log)
        return open_pages(Visitor(port), password, code, name)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def first_town(host: str, database: str) -> tuple[str, str, str]:
    """Id, code and name of the municipality whose pages are opened."""
    with connect(host, database) as connection:
        query = "SELECT id::text, code, name FROM municipal_units_municipality ORDER BY id LIMIT 1"
        found = connection.execute(query).fetchall()
    if not found:
        raise Failed("The restored database holds no municipality.")
    return found[0]


def open_pages(visitor: Visitor, password: str, code: str, name: str) -> list[str]:
    status, form, _ = visitor.ask("GET", "/accounts/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if status != 200 or token is None:
        raise Failed(f"The sign-in page did not open ({status}).")
    status, _, where = visitor.ask(
        "POST",
        "/accounts/login/",
        {"csrfmiddlewaretoken": token[1], "login": "restore-drill", "password": password},
    )
    if status != 302:
        raise Failed(f"Signing in did not work ({status}).")
    opened = [f"signed in, sent to {where}"]
    for pattern in PAGES:
        path = pattern.format(code=code)
        status, text, where = visitor.ask("GET", path)
        if status in {301, 302}:
            path = where
            status, text, _ = visitor.ask("GET", where)
        if status != 200 or name not in text:
            raise Failed(f"The page {path} did not open as it should (status {status}).")
        opened.append(path)
    return opened


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if Visitor(port).ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.3)
    raise Failed(f"The application did not start on the restored database:\n{log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
