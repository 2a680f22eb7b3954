"""One process for everything: HTTP bodies are spooled, then handed to Django's WSGI handler; sockets go to Channels."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from channels.routing import URLRouter
from django.core.wsgi import get_wsgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisis.settings")
wsgi = get_wsgi_application()  # loads the apps, so what needs models is imported after it

from crisis.live import LiveConsumer, hub  # noqa: E402
from crisis.spool import App, spooled  # noqa: E402
from crisis.startup import refuse_powerful_role  # noqa: E402
from crisis.tiles import with_short_way  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

THREADS = int(os.environ.get("REPRISE_THREADS", "8"))
TILE_THREADS = int(os.environ.get("REPRISE_TILE_THREADS", "4"))
django = spooled(cast(App, WSGIMiddleware(cast(Any, wsgi), workers=THREADS)))
http = with_short_way(django, ThreadPoolExecutor(TILE_THREADS, thread_name_prefix="tile"))
sockets = URLRouter([path("ws/live", LiveConsumer.as_asgi())])


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await (sockets if scope["path"] == "/ws/live" else no_such_socket)(scope, receive, send)
    elif scope["type"] == "lifespan":
        await lifespan(receive, send)


async def no_such_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4004})


async def lifespan(receive: Receive, send: Send) -> None:
    """The hub lives as long as the process."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                await refuse_powerful_role()
            except RuntimeError as refusal:
                await send({"type": "lifespan.startup.failed", "message": str(refusal)})
                return
            hub.start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
