"""Tiles through the whole server as the web role, beside the same SQL in pgbench and beside tipg on the same table."""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
from django.utils import timezone

from crisis.tiles import LAYERS
from deploy.benchmarks.http_tiles import tiles_around
from deploy.benchmarks.square_town import NEIGHBOURHOODS_FILL, SIDE
from tests.serving import ROOT, Town, free_port

HERE = Path(__file__).parent
CONNECTIONS, SECONDS = 8, 6.0
STRUCTURES = 300_000
CASES = {"neighbourhoods": 13, "structures": 15}
SETUP = """
from tests.conftest import make_town, person
from municipal_units.permissions import Role
from municipal_units.actions.accounts import create_token
from django.utils import timezone
town = make_town("TK", "Tenkoro", -1.0, [("TK0101", "Wendou")])
make_town("BS", "Barsalo", -2.0, [("BS0101", "Nord")])
user = person("ana", "Ana Sawadogo", Role.COORDINATOR, town)
print("token", create_token(user=user, name="bench", now=timezone.now())[1])
"""
STRUCTURES_FILL = f"""
    INSERT INTO damage_structure (municipality_id, kind, geom, structure_type, occupancy, written_place, current_grade,
            current_grade_high, current_method)
        SELECT CASE WHEN n % 10 = 0 THEN 2 ELSE 1 END, 'building', ST_SetSRID(ST_MakePoint(
            -1 + random() * {SIDE * 0.004}, 13 + random() * {SIDE * 0.004}), 4326), '', '', '',
            (ARRAY['none', 'slight', 'moderate', 'heavy', 'destroyed'])[1 + floor(random() * 5)::int], '', ''
        FROM generate_series(1, {STRUCTURES}) AS n ORDER BY 3;
"""
# The index tipg looks for; ours are the squares of points and the tree of shapes.
INDEX_OF_PEER = "CREATE INDEX peer_structures ON damage_structure USING gist (geom_3857); ANALYZE damage_structure"


def fill(town: Town) -> None:
    """The bench town's rows, written by the owner in bulk and along the ground, as imports are (PostGIS sorts shapes
    along a curve); then statistics, as autovacuum would leave them."""
    host = town.environment("")["REPRISE_DB_HOST"]
    with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
        owner.execute("SELECT setseed(0.5)")
        owner.execute(NEIGHBOURHOODS_FILL)
        owner.execute(STRUCTURES_FILL)
        owner.execute("VACUUM ANALYZE")


def load(port: int, paths: list[str], headers: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(HERE / "http_load.py"), str(port), str(CONNECTIONS), str(SECONDS), json.dumps(headers)],
        input="\n".join(paths),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def pgbench(town: Town, layer: str, tiles: list[tuple[int, int, int]], folder: Path) -> float:
    """Tiles per second of the same statement as the same role with as many connections, and nothing around it."""
    scripts = []
    for number, (z, x, y) in enumerate(tiles):
        sql = LAYERS[layer].sql(layer, z) or ""
        values = {
            "municipality": 1,
            "z": z,
            "x": x,
            "y": y,
            "day": f"'{timezone.localdate()}'::date",
            "accepted_only": "false",
        }
        script = folder / f"{layer}{number}.sql"
        script.write_text(" ".join((sql % values).split()) + ";\n")
        scripts += ["-f", str(script)]
    environment = {
        **os.environ,
        "PGHOST": town.environment("")["REPRISE_DB_HOST"],
        "PGOPTIONS": "-c reprise.municipalities={1}",
    }
    done = subprocess.run(
        [
            "pgbench",
            "-n",
            "-U",
            "reprise_web",
            "-c",
            str(CONNECTIONS),
            "-j",
            "2",
            "-T",
            str(int(SECONDS)),
            *scripts,
            town.name,
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    rates = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps =")]
    if not rates:
        raise RuntimeError(done.stderr or done.stdout)
    return float(rates[-1])


def tipg(town: Town, layer: str, tiles: list[tuple[int, int, int]]) -> dict[str, Any]:
    """The same tiles from tipg. It knows no scope, so it runs as the owner, without row-level security: its gain."""
    table = {"neighbourhoods": "municipal_units_neighbourhoodboundary", "structures": "damage_structure"}[layer]
    port, host = free_port(), town.environment("")["REPRISE_DB_HOST"]
    if layer == "structures":
        with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
            owner.execute(INDEX_OF_PEER)
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--no-access-log"],
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://reprise_owner@{quote(host, safe='')}:5432/{town.name}",
            "TIPG_DB_SCHEMAS": '["public"]',
            "TIPG_DB_TABLES": json.dumps([f"public.{table}"]),
            "DB_MAX_CONN_SIZE": str(CONNECTIONS),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"/collections/public.{table}/tiles/WebMercatorQuad"
    paths = [f"{base}/{z}/{x}/{y}?geom-column=geom_3857" for z, x, y in tiles]
    try:
        wait_for(f"http://localhost:{port}{paths[0]}")
        return load(port, paths, {})
    finally:
        server.kill()
        server.wait()


def wait_for(url: str) -> None:
    """Until it answers 200, for at most 20 s."""
    for _ in range(100):
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


def measure(town: Town, token: str, layer: str, zoom: int, folder: Path) -> list[dict[str, Any]]:
    around = tiles_around(-1.0, 13.0, SIDE * 0.004, zoom)
    tiles = random.Random(7).sample(around, min(40, len(around)))
    paths = [f"/tiles/TK/{layer}/{z}/{x}/{y}.mvt" for z, x, y in tiles]
    rights = {"Authorization": f"Bearer {token}"}
    raw = pgbench(town, layer, tiles, folder)
    mine = load(town.port, paths, rights)
    theirs = tipg(town, layer, tiles)
    etag = httpx.get(town.url + paths[0], headers=rights).headers["ETag"]
    again = load(town.port, paths, {**rights, "If-None-Match": etag})
    shown = f"{mine['per_second']}/s, p99 {mine['p99_ms']} ms, {mine['mean_bytes']} bytes, {mine['statuses']}"
    return [
        {
            "what": f"tile of {layer} at zoom {zoom}, {CONNECTIONS} connections",
            "ours": shown,
            "peer": f"the same SQL in pgbench {raw:.0f}/s",
            "ratio": round(mine["per_second"] / raw, 2),
            "target": "at least 0.60",
            "met": mine["per_second"] >= 0.6 * raw,
        },
        {
            "what": f"tile of {layer} at zoom {zoom} beside tipg",
            "ours": shown,
            "peer": f"tipg {theirs['per_second']}/s, {theirs['mean_bytes']} bytes, {theirs['statuses']}",
            "ratio": round(mine["per_second"] / theirs["per_second"], 2),
            "target": "at least 2",
            "met": mine["per_second"] >= 2 * theirs["per_second"] and set(mine["statuses"]) == {"200"},
        },
        {
            "what": f"the same tiles of {layer} asked again",
            "ours": f"{again['per_second']}/s, {again['statuses']}",
            "peer": "",
            "ratio": "",
            "target": "all 304",
            "met": set(again["statuses"]) == {"304"},
        },
    ]


def run() -> list[dict[str, Any]]:
    """Rows for the table of `deploy/bench`."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder) / "town") as town:
        token = town.manage("shell", "--no-imports", "-c", SETUP).split("token ")[1].split()[0]
        fill(town)
        town.start_server()
        for layer, zoom in CASES.items():
            rows += measure(town, token, layer, zoom, Path(folder))
    return rows


if __name__ == "__main__":
    os.chdir(ROOT)
    for row in run():
        print(json.dumps(row))
