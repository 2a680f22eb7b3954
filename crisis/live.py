"""Live updates: the websocket consumer and GET /events, which tells what a page missed."""

from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest
from django.http.request import validate_host
from django.utils import timezone
from ninja import Router, Schema

from crisis.hub import Hub, Reader
from crisis.lib.errors import NotFound
from municipal_units.models import Municipality, User
from municipal_units.permissions import NOBODY, Actor, Permission, actor_for, require_somewhere, scope
from municipal_units.selectors.accounts import actor_of_token
from municipal_units.selectors.events import catch_up

BEARER = "reprise.bearer."
MESSAGE_LIMIT = 32 * 1024
router = Router(tags=["events"])


def conninfo() -> str:
    """The hub's own direct connection, as the web role."""
    database = connection.settings_dict
    return f"host={database['HOST']} dbname={database['NAME']} user={database['USER']}"


hub = Hub(conninfo)


class EventsOut(Schema):
    epoch: str
    seq: int
    reset: bool
    events: list[dict[str, Any]]


@router.get("/municipalities/{code}/events", response=EventsOut, operation_id="events_after")
def events_after(request: HttpRequest, code: str, after: int = 0, epoch: str = "") -> EventsOut:
    """Everything after a number, in order; `reset` asks to load the picture anew."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    municipality = Municipality.objects.filter(code=code).first()
    if municipality is None:
        raise NotFound()
    require_somewhere(actor, Permission.FOLLOW_EVENTS, municipality)
    missed = catch_up(municipality, after=after, actor=actor, epoch=epoch)
    return EventsOut(epoch=missed.epoch, seq=missed.seq, reset=missed.reset, events=missed.events)


class LiveConsumer(AsyncWebsocketConsumer):
    """One page following one municipality. It forwards; it does not decide."""

    channel_layer_alias = "none"  # the hub does the fan-out; no per-socket work in a channel layer
    reader: Reader | None = None
    actor: Actor = NOBODY

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode())
        self.code = query.get("municipality", [""])[0]
        self.secret, subprotocol = bearer(self.scope.get("subprotocols", []))
        if not self.secret and not same_origin(self.scope):
            await self.close(4003)
            return
        municipality_id = await self.welcome()
        if municipality_id is None:
            await self.close(4003)
            return
        await self.accept(subprotocol)
        self.reader = await hub.join(self, municipality_id, self.code)

    async def disconnect(self, code: int) -> None:
        if self.reader is not None:
            hub.leave(self.reader)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len(text_data or bytes_data or "") > MESSAGE_LIMIT:
            await self.close(1009)

    async def deliver(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    async def hang_up(self, code: int) -> None:
        await self.close(code)

    async def still_welcome(self) -> bool:
        return await self.welcome() is not None

    async def welcome(self) -> int | None:
        """The municipality's id if the person behind the socket may follow it now."""
        actor, municipality_id = await database_sync_to_async(who_follows)(self.scope, self.secret, self.code)
        self.actor = actor
        return municipality_id


def bearer(subprotocols: list[str]) -> tuple[str, str | None]:
    """A token offered as a subprotocol (browsers cannot set headers on sockets); it is never put in an address."""
    for offered in subprotocols:
        if offered.startswith(BEARER):
            return offered.removeprefix(BEARER), offered
    return "", None


def same_origin(scope_: dict[str, Any]) -> bool:
    """A cookie counts only from our own pages: the Origin must be there and name this host."""
    headers = dict(scope_["headers"])
    origin, host = headers.get(b"origin", b"").decode(), headers.get(b"host", b"").decode()
    named = urlsplit(origin).netloc
    return bool(named) and named == host and validate_host(urlsplit(origin).hostname or "", settings.ALLOWED_HOSTS)


def who_follows(scope_: dict[str, Any], secret: str, code: str) -> tuple[Actor, int | None]:
    today = timezone.localdate()
    if secret:
        actor = actor_of_token(secret, now=timezone.now(), today=today)
    else:
        user = session_user(scope_)
        actor = NOBODY if user is None else actor_for(user, today=today)
    if actor == NOBODY:
        return NOBODY, None
    with scope(actor):
        municipality = Municipality.objects.filter(code=code).first()
        if municipality is None or not actor.may_somewhere(Permission.FOLLOW_EVENTS, municipality.pk):
            return actor, None
        return actor, municipality.pk


def session_user(scope_: dict[str, Any]) -> User | None:
    """The signed-in account of the session cookie, read anew at every check."""
    cookies = SimpleCookie()
    for name, value in scope_["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    if morsel is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
    user = get_user(request)
    return user if user.is_authenticated and user.is_active else None
