"""The codes a phone scans: our own app's address, and the settings of ODK Collect with a server that answers."""

import base64
import html
import json
import re
import zlib

import pytest
from django.test import Client
from django.utils import timezone

from municipal_units.models import ApiToken, Municipality, User
from tests.access.qr_reading import text_of_drawing


def drawings(client: Client) -> list[str]:
    page = client.post("/account/phones/", {"town": "TK", "name": "Phone 7"}).content.decode()
    return [html.unescape(found) for found in re.findall(r'<img class="qr"[^>]* src="([^"]+)"', page)]


@pytest.fixture
def ben_page(ben: User) -> Client:
    client = Client(headers={"host": "testserver"})
    client.force_login(ben, "django.contrib.auth.backends.ModelBackend")
    return client


def test_collect_reads_its_settings_from_the_picture(ben_page: Client, tenkoro: Municipality) -> None:
    own, collect = drawings(ben_page)
    settings = json.loads(zlib.decompress(base64.b64decode(text_of_drawing(collect))))
    assert settings["general"]["form_update_mode"] == "match_exactly"
    assert settings["general"]["autosend"] == "wifi_and_cellular"
    assert settings["project"]["name"] == "Tenkoro"
    server = settings["general"]["server_url"]
    secret = server.removeprefix("http://testserver/key/")
    assert text_of_drawing(own) == f"http://testserver/field/#device={secret}"
    listed = Client().get(f"{server}/formList")
    assert (listed.status_code, listed["X-OpenRosa-Version"]) == (200, "1.0")


def test_the_code_ends_when_the_phone_is_revoked_or_its_time_is_over(ben_page: Client, tenkoro: Municipality) -> None:
    first, second = (
        json.loads(zlib.decompress(base64.b64decode(text_of_drawing(drawings(ben_page)[1]))))["general"]["server_url"]
        for _ in range(2)
    )
    ben_page.post(f"/account/phones/{ApiToken.objects.order_by('-pk')[0].pk}/revoke")
    assert Client().get(f"{second}/formList").status_code == 403
    assert Client().get(f"{first}/formList").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now())
    assert Client().get(f"{first}/formList").status_code == 403
