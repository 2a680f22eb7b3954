"""Forms as phones fetch them: the list, the place and facility lists that go with them."""

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from assessments.models import FormDefinition
from municipal_units.models import Facility, Municipality, Neighbourhood

PLACES, FACILITIES = "places.csv", "facilities.csv"


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
