"""Points are found by their squares: the database and the importer number them alike, and nothing near is missed."""

import numpy as np
import pytest
from django.contrib.gis.geos import LineString, Point
from django.db import connection

from damage.actions.recognition import anything_near, mercator
from damage.core.structures import point_keys, squares_touched
from damage.models import Structure
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor

WORLD = np.random.default_rng(3).uniform((-180, -85), (180, 85), (500, 2))


@pytest.mark.django_db
def test_the_database_and_the_importer_number_squares_alike() -> None:
    at = mercator(WORLD)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT damage_square(ST_SetSRID(ST_MakePoint(x, y), 4326)) FROM unnest(%s::float8[], %s::float8[])"
            " WITH ORDINALITY AS place(x, y, number) ORDER BY number",
            [WORLD[:, 0].tolist(), WORLD[:, 1].tolist()],
        )
        theirs = [number for (number,) in cursor.fetchall()]
    assert theirs == [squares_touched(np.hstack([at[[n]], at[[n]]])).item() for n in range(len(WORLD))]


def test_a_rectangle_touches_every_square_in_it() -> None:
    side = 40_075_016.685578488 / 2**17
    around = np.array([[-0.5 * side, -1.5 * side, 1.5 * side, 0.5 * side]])
    middle = 2**16
    assert squares_touched(around).tolist() == [
        (middle + across) * 2**17 + middle + down for across in (-1, 0, 1) for down in (-1, 0, 1)
    ]


def test_keys_of_places_grow_along_the_ground() -> None:
    keys = point_keys(np.array([[1.0, 1.0], [1.000001, 1.0], [1.0, 1.000001], [1.000001, 1.000001], [100.0, 50.0]]))
    assert sorted(keys) == keys.tolist()
    assert len(set(keys)) == 5


@pytest.mark.django_db
@pytest.mark.parametrize("shape", [Point(-0.99, 13.01), LineString((-1.0, 13.0), (-0.9, 13.1))])
def test_what_stands_near_is_seen_and_what_stands_far_is_not(tenkoro: Municipality, shape: Point) -> None:
    with scope(system_actor(tenkoro.pk)):
        shape.srid = 4326
        structure = Structure.objects.create(municipality=tenkoro, geom=shape)
        assert (Structure.objects.get(pk=structure.pk).square is None) == (shape.geom_type != "Point")
        assert anything_near(tenkoro.pk, np.array([[-0.99003, 13.01002]]), 5.0)
        assert not anything_near(tenkoro.pk, np.array([[-0.8, 13.01002]]), 5.0)
