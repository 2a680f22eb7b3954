"""Request bodies are read to the end before a thread is taken, so that slow phones block nobody.

A chunked body gets its length here, because Django reads no body without one. Limits depend on the address.
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings

from assessments.forms.openrosa import HEADERS, XML, message

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MEMORY_BYTES = 256 * 1024
CHUNK_BYTES = 256 * 1024
BOUNDARY = re.compile(rb"multipart/[^;]*;.*boundary=([^;]+)", re.IGNORECASE)
SILENCE_S = 60.0
SLOWEST_BYTES_PER_S = 200
GRACE_S = 30.0
DEFAULT_LIMIT_BYTES = 5 * 1024 * 1024
FORMS = re.compile(r"^/(key/[^/]+|m/[^/]+/openrosa)/submission$|^/api/v1/municipalities/[^/]+/submissions")
FORM_LIMIT_BYTES = 101_000_000
LARGE = re.compile(r"^/(api/v1/municipalities/[^/]+/imports|m/[^/]+/imports)")


def is_openrosa(path: str) -> bool:
    return FORMS.match(path) is not None and not path.startswith("/api/")


def limit_of(path: str) -> int:
    """The most bytes a body may have at this address."""
    if FORMS.match(path):
        return FORM_LIMIT_BYTES
    return settings.UPLOAD_LIMIT_BYTES if LARGE.match(path) else DEFAULT_LIMIT_BYTES


class Refused(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence


def spooled(app: App) -> App:
    """The same application, given whole bodies."""

    async def spooling(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length")
        if length in (None, b"0") and b"transfer-encoding" not in headers:
            await app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        with SpooledTemporaryFile(max_size=MEMORY_BYTES) as body:
            try:
                if length is not None and int(length) > limit:
                    raise Refused(413, f"This is larger than the {limit // 1024 // 1024} MB that are taken here.")
                size = await read_body(receive, body, limit)
                if size is None:
                    return  # the client went away; nothing was done
                if FORMS.match(scope["path"]) and not ends(body, headers.get(b"content-type", b"")):
                    raise Refused(400, "The form did not arrive whole. Send it again; nothing was kept.")
            except Refused as refusal:
                await refuse(send, refusal, openrosa=is_openrosa(scope["path"]))
                return
            body.seek(0)
            kept = [
                (name, value)
                for name, value in scope["headers"]
                if name not in (b"content-length", b"transfer-encoding")
            ]
            scope = {**scope, "headers": [*kept, (b"content-length", str(size).encode())]}
            await app(scope, replay(body, size, receive), send)

    return spooling


async def read_body(receive: Receive, body: "SpooledTemporaryFile[bytes]", limit: int) -> int | None:
    """Take the whole body into `body`; its size, or None if the sender left before the end."""
    started, size = time.monotonic(), 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), SILENCE_S)
        except TimeoutError:
            raise Refused(408, "Nothing arrived for a minute. Send it again; nothing was kept.") from None
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise Refused(413, f"This is larger than the {limit // 1024 // 1024} MB that are taken here.")
        body.write(part)
        if not message.get("more_body", False):
            return size
        elapsed = time.monotonic() - started
        if elapsed > GRACE_S and size / elapsed < SLOWEST_BYTES_PER_S:
            raise Refused(408, "The connection is too slow to finish. Send it again; nothing was kept.")


def ends(body: "SpooledTemporaryFile[bytes]", content_type: bytes) -> bool:
    """Whether a body in parts has its last boundary. Django would take a file cut in the middle for a whole one."""
    match = BOUNDARY.search(content_type)
    if match is None:
        return True
    last = b"--" + match.group(1).strip(b'" ') + b"--"
    body.seek(0, 2)
    body.seek(max(0, body.tell() - len(last) - 64))
    return last in body.read()


def replay(body: "SpooledTemporaryFile[bytes]", size: int, receive: Receive) -> Receive:
    """The spooled body as the application reads it; after its end, what the client does next."""
    sent = 0

    async def next_message() -> Message:
        nonlocal sent
        if sent >= size:
            return await receive()
        part = body.read(CHUNK_BYTES)
        sent += len(part)
        return {"type": "http.request", "body": part, "more_body": sent < size}

    return next_message


async def refuse(send: Send, refusal: Refused, *, openrosa: bool = False) -> None:
    """In words: problem details for programs, OpenRosa's XML for Collect."""
    problem = {"type": "about:blank", "title": refusal.sentence, "status": refusal.status, "detail": refusal.sentence}
    content, kind = json.dumps(problem).encode(), b"application/problem+json"
    extra: list[tuple[bytes, bytes]] = []
    if openrosa:
        content, kind = message(refusal.sentence).encode(), XML.encode()
        extra = [(b"content-language", b"en")] + [(n.lower().encode(), v.encode()) for n, v in HEADERS.items()]
    await send(
        {
            "type": "http.response.start",
            "status": refusal.status,
            "headers": [
                (b"content-type", kind),
                *extra,
                (b"content-length", str(len(content)).encode()),
                (b"connection", b"close"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})
