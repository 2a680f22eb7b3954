"""Forms as phones fetch them: the list, the place and facility lists that go with them, whose key a phone holds."""

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from assessments.models import FormDefinition
from municipal_units.models import Facility, Municipality, Neighbourhood
from municipal_units.permissions import Actor
from municipal_units.selectors.accounts import token_digest

PLACES, FACILITIES = "places.csv", "facilities.csv"


@dataclass(frozen=True)
class Device:
    """What a key opens."""

    key_id: int
    municipality_id: int
    code: str
    user_id: int
    form_ids: tuple[str, ...]


def device_of_key(secret: str) -> Device | None:
    """The phone behind a key that is neither expired nor revoked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, municipality_id, code, user_id, form_ids FROM assessments_device_key(%s)",
            [token_digest(secret)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, municipality_id, code, user_id, form_ids = row
    return Device(key_id, municipality_id, code, user_id, tuple(form_ids))


def only_here(actor: Actor, municipality_id: int) -> Actor:
    """The same person, without what they may do elsewhere."""
    grants = tuple(grant for grant in actor.grants if grant.municipality_id == municipality_id)
    return Actor(user_id=actor.user_id, name=actor.name, grants=grants)


def listed_forms(municipality: Municipality, *, form_id: str = "") -> list[FormDefinition]:
    """The newest open version of each form, by id."""
    rows: QuerySet[FormDefinition] = FormDefinition.objects.filter(municipality=municipality, state="open")
    if form_id:
        rows = rows.filter(form_id=form_id)
    return list(rows.order_by("form_id", "-pk").distinct("form_id").defer("xform"))


@dataclass(frozen=True)
class FormList:
    """A list that goes with forms. `is_entities`: Collect keeps one copy of it for all forms."""

    rows: Callable[[Municipality], list[tuple[str, str]]]
    is_entities: bool = False


def place_rows(municipality: Municipality) -> list[tuple[str, str]]:
    """Code and label of each neighbourhood: what geography books print, nothing about people."""
    places = Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name", "pk")
    return [(place_code(place), f"{place.name} ({place.pcode or place.local_code or place.pk})") for place in places]


def place_code(place: Neighbourhood) -> str:
    """A code without blanks, as answers need it."""
    code = place.pcode or place.local_code
    return code if code and " " not in code else f"n{place.pk}"


def facility_rows(municipality: Municipality) -> list[tuple[str, str]]:
    """Code and kind of each facility; its name stays here, because names of places can be names of people."""
    found = Facility.objects.filter(municipality=municipality, closed_on=None).order_by("code")
    return [
        (code, f"{code} {(asset or service).replace('_', ' ')}")
        for code, service, asset in found.values_list("code", "service", "asset_type")
        if " " not in code
    ]


LISTS: dict[str, FormList] = {
    PLACES: FormList(place_rows),
    FACILITIES: FormList(facility_rows, is_entities=True),
}


def list_csv(municipality: Municipality, name: str) -> bytes:
    """A list as Collect reads it: name, label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["name", "label"])
    writer.writerows(LISTS[name].rows(municipality))
    return text.getvalue().encode()


def md5_of(content: bytes) -> str:
    """As OpenRosa lists give it; it names a content, it protects nothing."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
