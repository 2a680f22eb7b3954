"""Cut, flipped and padded files of every kind are read whole or refused in words; no row is lost silently."""

import random
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
import shapely

from crisis.lib.errors import RepriseError
from crisis.lib.geo import inspect_file, read_chunks
from tests.files.made import feature, geojson, parts, square, vector, workbook, zipped

AREAS = [shapely.Point(37 + number / 100, 36).buffer(0.001) for number in range(30)]
ROUNDS = 25


def sound(kind, folder):
    columns: dict[str, Sequence[Any]] = {"name": ["é" * number for number in range(30)], "n": list(range(30))}
    rows: list[list[Any]] = [[f"é{number}", 37 + number / 100, 36.0] for number in range(30)]
    if kind == "zip":
        return zipped(folder / "a.zip", parts(vector(folder / "s.shp", AREAS, columns, encoding="utf-8")))
    if kind == "xlsx":
        return workbook(folder / "a.xlsx", town=[["name", "lon", "lat"], *rows])
    if kind == "geojson":
        return geojson(folder / "a.geojson", *(feature(square(x, y), name=name) for name, x, y in rows))
    if kind == "csv":
        path = folder / "a.csv"
        lines = ["name;lon;lat", *(f"{name};{x};{y}".replace(".", ",") for name, x, y in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path
    return vector(folder / f"a.{kind}", AREAS, columns)


def damaged(raw, chance):
    """Cut off, or some bytes changed, or some put in between."""
    kind = chance.random()
    raw = bytearray(raw)
    if kind < 0.3:
        return bytes(raw[: chance.randrange(len(raw))])
    if kind < 0.9:
        for _ in range(chance.choice([1, 3, 30])):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return bytes(raw)
    place = chance.randrange(len(raw))
    raw[place:place] = chance.randbytes(chance.choice([1, 100]))
    return bytes(raw)


def damaged_member(path, target, chance):
    """The archive itself stays whole, one file in it does not."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(members))
    members[name] = damaged(members[name] or b"\0", chance)
    return zipped(target, members)


@pytest.mark.parametrize("kind", ["gpkg", "fgb", "zip", "xlsx", "geojson", "csv"])
def test_a_damaged_file_is_read_whole_or_refused(tmp_path, kind):
    chance = random.Random(f"damage {kind}")
    path = sound(kind, tmp_path)
    raw, said = path.read_bytes(), []
    for number in range(ROUNDS):
        target = tmp_path / f"damaged{path.suffix}"
        if kind in ("zip", "xlsx") and number % 2:
            damaged_member(path, target, chance)
        else:
            target.write_bytes(damaged(raw, chance))
        try:
            for layer in inspect_file(target).layers:
                rows = sum(len(chunk) for chunk in read_chunks(target, layer.name, source_srid=4326))
                assert rows == layer.features
        except RepriseError as refusal:
            said.append(refusal.message)
    assert all(sentence.endswith(".") for sentence in said)
