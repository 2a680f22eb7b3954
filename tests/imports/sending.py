"""Sends small files of our own through the import steps, as the page and the worker do."""

import io
import json
from collections.abc import Sequence
from typing import Any

from municipal_units.actions.import_rows import check_import, run_import
from municipal_units.actions.imports import choose_columns, confirm_import, receive_file
from municipal_units.models import ImportBatch, Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting


def geojson(features: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> bytes:
    """Features given as (geometry, properties)."""
    listed = [{"type": "Feature", "geometry": shape, "properties": own} for shape, own in features]
    return json.dumps({"type": "FeatureCollection", "features": listed}).encode()


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def received(
    user: User, town: Municipality, kind: str, content: bytes, name: str = "file.geojson", **choices: Any
) -> ImportBatch:
    """The batch after upload and, if anything is said about it, after the columns are chosen."""
    actor = acting(user)
    with scope(actor):
        batch = receive_file(by=actor, municipality=town, kind=kind, name=name, content=io.BytesIO(content))
        return choose_columns(by=actor, batch=batch, **choices) if choices else batch


def checked(
    user: User, town: Municipality, kind: str, content: bytes, name: str = "file.geojson", **c: Any
) -> ImportBatch:
    batch = received(user, town, kind, content, name, **c)
    actor = acting(user)
    with scope(actor):
        return check_import(by=actor, batch=batch)


def imported(
    user: User, town: Municipality, kind: str, content: bytes, name: str = "file.geojson", **c: Any
) -> ImportBatch:
    """Checked, confirmed and taken; afterwards accepted + refused = rows, whatever happened."""
    batch = checked(user, town, kind, content, name, **c)
    assert batch.state == "checked", batch.message
    foreseen = batch.summary
    actor = acting(user)
    with scope(actor):
        confirm_import(by=actor, batch=batch)
    run_import(municipality_id=town.pk, batch_id=batch.pk)
    with scope(actor):
        batch.refresh_from_db()
        assert batch.state == "finished", batch.message
        assert batch.accepted + batch.refused == batch.rows == batch.done_rows
        told = {name: batch.summary[name] for name in ("rows", "ready", "new", "changed", "unchanged", "refused")}
        assert told == {name: foreseen[name] for name in told}
    return batch
