"""The door for ODK Collect and KoboCollect: forms out, filled forms in, byte for byte as those clients behave.

Two addresses give the same: /key/<secret>/... for a phone set up by QR, /m/<code>/openrosa/... with Basic. No cookie
counts here, nothing redirects, and every answer, errors too, is one that Collect can show.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from assessments.actions.forms import add_shipped_forms
from assessments.actions.intake import receive_submission
from assessments.actions.keeping import STORED, XML_FILE, Part, Sender
from assessments.core.forms.instance import MOST_BYTES
from assessments.forms import openrosa
from assessments.forms.openrosa import ACCEPTED_BYTES, HEADERS, XML, ListedForm, MediaFile
from assessments.models import FormDefinition
from assessments.selectors.forms import LISTS, list_csv, listed_forms, md5_of
from crisis.lib.errors import NotAllowed, NotFound, RepriseError
from municipal_units.models import Municipality, User
from municipal_units.permissions import NOBODY, Actor, Permission, actor_for, require_somewhere
from municipal_units.selectors.accounts import token_behind

PATHS = re.compile(r"^/(?:key/(?P<secret>[^/]*)|m/(?P<code>[^/]+)/openrosa)/")
LOCAL = ("localhost", "127.0.0.1", "[::1]")
REMEMBERED_S = 300.0
MOST_REMEMBERED = 10_000
TRIES, TRIES_WITHIN_S = 10, 300.0
_checked: dict[bytes, tuple[int, str, float]] = {}
_failed: dict[str, list[float]] = {}
View = Callable[..., HttpResponse]


# -- who asks


def openrosa_actor(request: HttpRequest) -> Actor | None:
    """The sender behind an address of this door, None for any other address. Sessions and Bearer do not count."""
    match = PATHS.match(request.path)
    if match is None:
        return None
    if match["secret"] is not None:
        token = token_behind(match["secret"], now=timezone.now())
        if token is None or token.municipality_id is None:
            return NOBODY  # a token for programs does not belong into an address
        request.device_town = token.municipality_id  # type: ignore[attr-defined]
        return actor_for(token.user, today=timezone.localdate(), device_of=token.municipality_id)
    user = user_of_basic(request)
    return actor_for(user, today=timezone.localdate()) if user else NOBODY


def user_of_basic(request: HttpRequest) -> User | None:
    """The account of a Basic header, over https or on this machine. Accounts with a second factor use a key instead,
    because a password alone must not open them."""
    header = request.headers.get("Authorization", "")
    host = request.get_host().rsplit(":", 1)[0]
    if not header.lower().startswith("basic ") or not (request.is_secure() or settings.HTTPS or host in LOCAL):
        return None
    try:
        name, _colon, password = base64.b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    now = time.monotonic()
    recent = [moment for moment in _failed.get(name, []) if now - moment < TRIES_WITHIN_S]
    if len(recent) >= TRIES or "\x00" in name:
        return None
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None or not password_holds(user, password, now):
        _failed[name] = [*recent, now]
        if len(_failed) > MOST_REMEMBERED:
            _failed.clear()
        return None
    return None if Authenticator.objects.filter(user=user).exists() else user


def password_holds(user: User, password: str, now: float) -> bool:
    """A slow hash once in five minutes per phone; a changed password ends what is remembered."""
    seen = hmac.new(settings.SECRET_KEY.encode(), f"{user.pk}:{password}".encode(), hashlib.sha256).digest()
    known = _checked.get(seen)
    if known is not None and known[0] == user.pk and known[1] == user.password and now - known[2] < REMEMBERED_S:
        return True
    if not check_password(password, user.password):
        return False
    if len(_checked) > MOST_REMEMBERED:
        _checked.clear()
    _checked[seen] = (user.pk, user.password, now)
    return True


# -- answers that Collect can read


class OpenRosaAnswers:
    """Outermost: whatever happens below, an answer at these addresses carries OpenRosa's headers and a sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if PATHS.match(request.path) is None:
            return response
        if response.status_code >= 400 and response.get("Content-Type") != XML:
            sentence = SENTENCES.get(response.status_code, SENTENCES[500])
            spoiled = response
            response = answer(openrosa.message(sentence), status=spoiled.status_code)
            for name in ("Retry-After", "WWW-Authenticate", "Allow"):
                if spoiled.has_header(name):
                    response[name] = spoiled[name]
        return finished(response)


SENTENCES = {
    400: "The form did not arrive whole. Send it again; nothing was kept.",
    404: "There is nothing at this address. Check the server address in the settings of the phone.",
    405: "This address cannot be used in this way.",
    413: "This is larger than 100 MB. Send fewer or smaller photos.",
    500: "Something went wrong on the server. Keep the form and send it again later.",
    503: "The server is not ready just now. Keep the form and send it again in a minute.",
}


def answer(body: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=XML)


def finished(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response[name] = value
    if response.status_code < 300:
        response["X-OpenRosa-Accept-Content-Length"] = str(ACCEPTED_BYTES)
    response.setdefault("Content-Language", "en")
    response.setdefault("Cache-Control", "private, no-cache")
    return response


def door(view: View) -> View:
    """Finds the municipality, refuses with a sentence: a bad key is 403 (any 401 pops up a password box), no or wrong
    Basic is 401 with its header."""

    @csrf_exempt
    @wraps(view)
    def entered(request: HttpRequest, *, secret: str = "", code: str = "", **kwargs: Any) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        device_town: int | None = getattr(request, "device_town", None)
        if secret and device_town is None:
            return answer(
                openrosa.message(_("The key of this phone is not valid any more. Ask for a new code.")), status=403
            )
        if not secret and actor.user_id is None:
            refused = answer(openrosa.message(_("Sign in with the name and password of your account.")), status=401)
            refused["WWW-Authenticate"] = 'Basic realm="Reprise", charset="UTF-8"'
            return refused
        try:
            asked = {"code": code} if device_town is None else {"pk": device_town}
            here = Municipality.objects.select_related("crisis").filter(pk__in=actor.municipality_ids)
            town = here.filter(**asked).first()
            if town is None:
                raise NotFound(_("There is no such municipality, or you have no role in it."))
            require_somewhere(actor, Permission.FILL_FORMS, town)
            return view(request, town, Base(request, secret, code), **kwargs)
        except (NotFound, NotAllowed) as refusal:
            return answer(openrosa.message(refusal.message), status=403 if isinstance(refusal, NotAllowed) else 404)
        except RepriseError as refusal:
            return answer(openrosa.message(refusal.message), status=refusal.status)

    return entered


class Base:
    """Absolute addresses at the door that was used."""

    def __init__(self, request: HttpRequest, secret: str, code: str) -> None:
        self.request = request
        self.prefix = "key_" if secret else "basic_"
        self.first = {"secret": secret} if secret else {"code": code}

    def url(self, address: str, **values: Any) -> str:
        return self.request.build_absolute_uri(reverse(self.prefix + address, kwargs={**self.first, **values}))


# -- the addresses


@door
def form_list(request: HttpRequest, town: Municipality, base: Base) -> HttpResponse:
    add_shipped_forms(town)
    forms = [
        ListedForm(
            form.form_id,
            form.title,
            form.version,
            form.md5,
            base.url("form", pk=form.pk),
            base.url("manifest", pk=form.pk) if form.definition["files"] else "",
        )
        for form in listed_forms(town, form_id=request.GET.get("formID", ""))
    ]
    return answer(openrosa.form_list(forms))


def form_asked(town: Municipality, pk: int) -> FormDefinition:
    found = FormDefinition.objects.filter(municipality=town, pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such form here. Refresh the list of forms."))
    return found


@door
def form(request: HttpRequest, town: Municipality, base: Base, pk: int) -> HttpResponse:
    return answer(form_asked(town, pk).xform)


@door
def manifest(request: HttpRequest, town: Municipality, base: Base, pk: int) -> HttpResponse:
    files = [
        MediaFile(
            name,
            md5_of(list_csv(town, name)),
            base.url("list", name=name),
            base.url("integrity", name=name) if LISTS[name].is_entities else "",
        )
        for name in form_asked(town, pk).definition["files"]
        if name in LISTS
    ]
    return answer(openrosa.manifest(files))


@door
def list_file(request: HttpRequest, town: Municipality, base: Base, name: str) -> HttpResponse:
    """One address per list for all forms, with an ETag: a phone fetches it once."""
    if name not in LISTS:
        raise NotFound(_("There is no such list."))
    content = list_csv(town, name)
    tag = f'"{md5_of(content)}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["ETag"] = tag
    return response


@door
def integrity(request: HttpRequest, town: Municipality, base: Base, name: str) -> HttpResponse:
    if name not in LISTS:
        raise NotFound(_("There is no such list."))
    asked = [code for code in request.GET.get("id", "").split(",") if code][:1_000]
    there = {code for code, _label in LISTS[name].rows(town)}
    return answer(openrosa.integrity((code, code in there) for code in asked))


@door
def submission(request: HttpRequest, town: Municipality, base: Base) -> HttpResponse:
    """HEAD says 204 and how much may come at once; POST takes a form or a part of one."""
    if request.method == "HEAD":
        response = HttpResponse(status=204)
        del response["Content-Type"]
        return response
    if request.method != "POST":
        refused = answer(openrosa.message(SENTENCES[405]), status=405)
        refused["Allow"] = "HEAD, POST"
        return refused
    given = request.FILES.getlist(XML_FILE)
    if len(given) != 1:
        return answer(
            openrosa.message(_("The form itself is missing (xml_submission_file). Send it again.")), status=400
        )
    if (given[0].size or 0) > MOST_BYTES:
        return answer(openrosa.message(_("The form is larger than 5 MB.")), status=413)
    parts = [
        Part(name, file.file, file.content_type or "")  # type: ignore[arg-type]
        for name, files in request.FILES.lists()
        if name != XML_FILE
        for file in files
    ]
    sender = Sender("openrosa", request.GET.get("deviceID", "").replace("\x00", ""))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    receipt = receive_submission(by=actor, municipality=town, xml=given[0].read(), parts=parts, sender=sender)
    if receipt.state == STORED:
        said = _("Received. Receipt %(receipt)s.") % {"receipt": receipt.receipt}
    else:
        said = _("Received and kept aside for a supervisor; you need not send it again. Receipt %(receipt)s.") % {
            "receipt": receipt.receipt
        }
    response = answer(openrosa.receipt(receipt, said), status=201 if receipt.state == STORED else 202)
    response["X-Reprise-Receipt"] = json.dumps(
        {"receipt": str(receipt.receipt), "sha256": receipt.sha256, "state": receipt.state, "files": receipt.files},
        ensure_ascii=True,
    )
    return response


def collect_settings(*, server_url: str, town: str) -> str:
    """The text of the QR that sets up Collect (its documented settings, zlib and base64)."""
    content = {
        "general": {
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "image_size": "medium",
        },
        "admin": {},
        "project": {"name": town, "color": "#86194F", "icon": town[:1]},
    }
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


def addresses(first: str, prefix: str) -> list[Any]:
    return [
        path(f"{first}/formList", form_list, name=f"{prefix}form_list"),
        path(f"{first}/forms/<int:pk>.xml", form, name=f"{prefix}form"),
        path(f"{first}/forms/<int:pk>/manifest", manifest, name=f"{prefix}manifest"),
        path(f"{first}/lists/<str:name>/integrity", integrity, name=f"{prefix}integrity"),
        path(f"{first}/lists/<str:name>", list_file, name=f"{prefix}list"),
        path(f"{first}/submission", submission, name=f"{prefix}submission"),
    ]


urlpatterns = [*addresses("key/<str:secret>", "key_"), *addresses("m/<slug:code>/openrosa", "basic_")]
