"""The first municipality and its first account, from a file of boundaries."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from municipal_units.models import Neighbourhood
from municipal_units.permissions import scope, system_actor

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def boundaries(tmp_path: Path) -> Path:
    """Two neighbourhoods side by side, without a word on the day from which they hold."""
    features = []
    for number, name in enumerate(("Nord", "Sud")):
        west = 36.1 + 0.02 * number
        ring = [[west, 36.2], [west + 0.02, 36.2], [west + 0.02, 36.22], [west, 36.22], [west, 36.2]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": {"name": name, "pcode": f"TT0{number}"}, "geometry": shape})
    path = tmp_path / "boundaries.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def begun(path: Path, **options: str) -> str:
    out = StringIO()
    call_command("begin", str(path), code="TT", name="Testville", coordinator="Ana", stdout=out, **options)
    return out.getvalue()


def test_the_first_town_stands_with_its_places_and_an_invitation(boundaries: Path) -> None:
    said = begun(boundaries, valid_from="2020-01-01", address="https://town.example")
    assert re.search(r"https://town\.example/invitation/\S{20,}", said)
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_id_of_code('TT')")
        (town,) = cursor.fetchone()
    with scope(system_actor(town)):
        assert sorted(Neighbourhood.objects.values_list("name", flat=True)) == ["Nord", "Sud"]


def test_without_the_day_the_question_names_an_option_that_exists_and_can_be_answered(boundaries: Path) -> None:
    with pytest.raises(CommandError, match="--valid-from"):
        begun(boundaries)
    assert "/invitation/" in begun(boundaries, valid_from="2020-01-01")
