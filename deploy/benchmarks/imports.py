"""A million damage points with checks and neighbourhoods, beside ogr2ogr and a LATERAL join as owner."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from damage.importers.damage import PORTION_ROWS
from deploy.benchmarks.square_town import NEIGHBOURHOODS_FILL
from tests.serving import ROOT, Town

POINTS = int(os.environ.get("REPRISE_BENCH_POINTS", "1000000"))
MEMORY_TARGET_MB = 600
SETUP = """
from django.contrib.gis.geos import MultiPolygon, Polygon
from municipal_units.actions.places import create_municipality
create_municipality(
    code="TK", name="Tenkoro", outline=MultiPolygon(Polygon.from_bbox((-1.1, 12.9, -0.7, 13.3)), srid=4326)
)
"""
# OFFSET keeps the planner from turning the join round, which would make the peer five times slower.
PEER_JOIN = """
    CREATE TABLE peer_joined AS
    SELECT inside.fid, boundary.neighbourhood_id
    FROM municipal_units_neighbourhoodboundary AS boundary
    CROSS JOIN LATERAL (
        SELECT fid FROM peer_points AS point WHERE ST_Covers(boundary.geom, point.geom) OFFSET 0
    ) AS inside
"""


TABLES = {
    "damage_structure": "id",
    "damage_structurereference": "structure_id",
    "damage_damageassessment": "id",
}
COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float, str]:
    """Seconds, peak memory in MB and output of a child process; of that child alone, not of those before it."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as wrong:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=wrong)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        out.seek(0)
        wrong.seek(0)
        if child.returncode:
            raise RuntimeError(wrong.read()[-2000:])
        return seconds, used.ru_maxrss / 1024, out.read()


def peer(town: Town, path: Path) -> float:
    """The same file by ogr2ogr (with its spatial index), then the join, as owner of the tables."""
    host = town.environment("")["REPRISE_DB_HOST"]
    target = f"PG:host={host} dbname={town.name} user=reprise_owner"
    command = ["ogr2ogr", "-f", "PostgreSQL", target, str(path), "-nln", "peer_points", "-lco", "GEOMETRY_NAME=geom"]
    seconds, _, _ = timed([*command, "-lco", "FID=fid", "--config", "PG_USE_COPY", "YES"], dict(os.environ))
    with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
        began = time.perf_counter()
        owner.execute("ANALYZE peer_points")
        owner.execute(PEER_JOIN)
        return seconds + time.perf_counter() - began


def bare(town: Town) -> float:
    """Seconds for the very rows of the import into copies of its three tables with the same indexes, in the same order
    and portions, by the owner: no file, no checks, no row security, no triggers."""
    host = town.environment("")["REPRISE_DB_HOST"]
    seconds = 0.0
    with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
        for table, order in TABLES.items():
            columns = ", ".join(name for (name,) in owner.execute(COLUMNS, [table]).fetchall())
            owner.execute(
                f"CREATE TABLE bare_source AS SELECT {columns}, (row_number() OVER (ORDER BY {order}) - 1)"
                f" / {PORTION_ROWS} AS portion FROM {table}; CREATE INDEX ON bare_source (portion);"
                f" ANALYZE bare_source; CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)"
            )
            began = time.perf_counter()
            for portion in range(-(-POINTS // PORTION_ROWS)):
                owner.execute(
                    f"INSERT INTO bare_{table} ({columns}) SELECT {columns} FROM bare_source WHERE portion = {portion}"
                )
            seconds += time.perf_counter() - began
            owner.execute("DROP TABLE bare_source")
    return seconds


def with_bytecode(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Python keeps its compiled modules, as in any installation; the first call makes them."""
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def run() -> list[dict[str, Any]]:
    """Rows for the table of `deploy/bench`."""
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder) / "town") as town:
        town.manage("shell", "--no-imports", "-c", SETUP)
        host = town.environment("")["REPRISE_DB_HOST"]
        with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
            owner.execute(NEIGHBOURHOODS_FILL)
            owner.execute("VACUUM ANALYZE")
        path = Path(folder) / "points.gpkg"
        # In a process of its own, so that its memory is not counted as ours.
        subprocess.run([sys.executable, "-m", "deploy.benchmarks.points", str(path), str(POINTS)], cwd=ROOT, check=True)
        theirs = peer(town, path)
        command = [sys.executable, "manage.py", "import_damage", str(path), "--municipality", "TK"]
        said = ["--source", "UNOSAT", "--product", "bench", "--observed-on", "2026-09-10", "--method", "satellite"]
        environment = with_bytecode(town.environment("reprise_web"), Path(folder))
        timed([*command[:3], "--help"], environment)
        mine, memory, out = timed([*command, *said], environment)
        inserting = bare(town)
    accepted = next(line.strip() for line in out.splitlines() if "accepted" in line)
    return [
        {
            "what": f"{POINTS:,} damage points from a GeoPackage into structures, references and assessments",
            "ours": f"{mine:.1f} s; {accepted}",
            "peer": f"ogr2ogr and LATERAL join {theirs:.1f} s",
            "ratio": round(mine / theirs, 2),
            "target": "at most 1",
            "met": mine <= theirs,
        },
        {
            "what": "of that, the same rows into the same three tables and indexes by their owner, nothing else",
            "ours": f"{mine:.1f} s",
            "peer": f"bare inserts {inserting:.1f} s",
            "ratio": round(mine / inserting, 2),
            "target": "for information",
            "met": None,
        },
        {
            "what": "peak memory of that import",
            "ours": f"{memory:.0f} MB",
            "peer": "",
            "ratio": "",
            "target": f"under {MEMORY_TARGET_MB} MB",
            "met": memory < MEMORY_TARGET_MB,
        },
    ]


if __name__ == "__main__":
    print(*(json.dumps(row) for row in run()), sep="\n")
