"""Decided rows go by COPY into a staging table and from there, set by set, into structures and assessments.

Few rows take the shared table, which is there already. Many take a temporary one of their session, which is neither
indexed nor logged and needs nobody to clean up after it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection

from damage.actions.rows import DamageRows, Integers, Objects

NEW_STRUCTURE, NEW_REFERENCE, NETWORK, COUNTS = 1, 2, 4, 8
POSTGRES_EPOCH_US = 946_684_800_000_000
WKB_POINT_4326 = b"\x01\x01\x00\x00\x20\xe6\x10\x00\x00"
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

FIXED = (
    ("load", ">i8"),
    ("number", ">i4"),
    ("row_number", ">i8"),
    ("structure_id", ">i8"),
    ("assessment_id", ">i8"),
    ("neighbourhood_id", ">i8"),
    ("observed_at", ">i8"),
    ("value", ">i2"),
    ("written_place", ">i4"),
    ("flags", ">i2"),
    ("site", ">i2"),
)
RARE = ("fact_id", "review_reason", "habitability", "occupied_now", "details")


@dataclass(frozen=True)
class Decided:
    """Rows with everything known about them: ids, place, flags and, where a person should look, why."""

    rows: DamageRows
    structure_id: Integers
    assessment_id: Integers
    neighbourhood_id: Integers
    flags: Integers
    review_reason: Objects


@dataclass(frozen=True)
class Provenance:
    """What all rows of one call share."""

    municipality_id: int
    crisis_id: int | None
    product_id: int | None
    batch_id: int | None
    user_id: int | None


MANY = 1_000
SHARED, OWN = "damage_staging", "pg_temp.damage_staging_own"
# Made again after a transaction that was taken back, and once per session.
MAKE_OWN = """
DO $$ BEGIN
    IF to_regclass('pg_temp.damage_staging_own') IS NULL THEN
        CREATE TEMPORARY TABLE damage_staging_own (LIKE public.damage_staging INCLUDING DEFAULTS)
            ON COMMIT DELETE ROWS;
    END IF;
END $$
"""
# Named here, because looking a sequence up by its table for every number takes longer than the number.
SEQUENCES = {"damage_structure": "damage_structure_id_seq", "damage_damageassessment": "damage_damageassessment_id_seq"}


# Portions taken at once would else take numbers in turn; those that follow each other are checked in one stretch.
TAKING_IDS = Lock()


def take_ids(table: str, count: int) -> Integers:
    """New ids for rows to be inserted."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    with connection.cursor() as cursor, TAKING_IDS:
        cursor.execute(
            f"SELECT array_agg(nextval('{SEQUENCES[table]}'::regclass)) FROM generate_series(1, %s)", [count]
        )
        return np.array(cursor.fetchone()[0], dtype=np.int64)


def store(decided: Decided, provenance: Provenance) -> None:
    """Writes structures, references and assessments of one call. What was staged does not outlive the transaction."""
    many = len(decided.structure_id) >= MANY
    table = OWN if many else SHARED
    with connection.cursor() as cursor:
        if many:
            cursor.execute(MAKE_OWN)
        cursor.execute("SELECT nextval('damage_staging_load')")
        (load,) = cursor.fetchone()
        stage(cursor, table, load, decided)
        parameters = {**vars(provenance), **lookups(decided.rows), "load": load}
        # The planner does not know how many rows are staged; looping over all words for each of them may take longer
        # than everything else.
        cursor.execute("SET LOCAL enable_nestloop = off")
        if np.any(decided.flags & NEW_STRUCTURE):
            cursor.execute(INSERT_STRUCTURES.format(staged=table), parameters)
        if np.any(decided.flags & NEW_REFERENCE):
            cursor.execute(INSERT_REFERENCES.format(staged=table), parameters)
        cursor.execute(INSERT_ASSESSMENTS.format(staged=table), parameters)
        cursor.execute("SET LOCAL enable_nestloop = on")
        if not many:
            cursor.execute("DELETE FROM damage_staging WHERE load = %s", [load])


def lookups(rows: DamageRows) -> dict[str, Any]:
    """The texts that rows share: few as arrays, written places (there may be thousands) as one JSON text."""
    columns = list(zip(*rows.values, strict=True))
    names = ("scales", "source_values", "grades", "grades_high", "methods", "confidences")
    return {
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        "written": json.dumps(rows.written_places, ensure_ascii=False),
        "occupancies": list(rows.occupancies),
    }


def stage(cursor: Any, table: str, load: int, decided: Decided) -> None:
    """COPY: points without rare columns as blocks of bytes made by numpy, everything else row by row."""
    rows = decided.rows
    rare = [name for name in RARE if name != "review_reason" and getattr(rows, name) is not None]
    if rows.wkb is None and not rare and not any(decided.review_reason):
        columns = [name for name, _ in FIXED] + ["geom", "feature_key"]
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(SIGNATURE)
            for width in np.unique(widths := key_widths(rows)):
                copy.write(block_of_points(load, decided, np.flatnonzero(widths == width), int(width)))
            copy.write(TRAILER)
        return
    columns = [name for name, _ in FIXED] + ["geom", "feature_key", *RARE]
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in plain_rows(load, decided):
            copy.write_row(row)


def key_widths(rows: DamageRows) -> Integers:
    """Bytes of each key: rows of one width make one block."""
    if rows.keys is None:
        return np.zeros(len(rows), dtype=np.int64)
    return np.array([len(key.encode()) if key else 0 for key in rows.keys], dtype=np.int64)


def fixed_columns(load: int, decided: Decided) -> dict[str, Any]:
    rows = decided.rows
    return {
        "load": np.full(len(rows), load),
        "number": np.arange(len(rows)),
        "row_number": rows.row_number,
        "structure_id": decided.structure_id,
        "assessment_id": decided.assessment_id,
        "neighbourhood_id": decided.neighbourhood_id,
        "observed_at": rows.observed_at,
        "value": rows.value,
        "written_place": rows.written,
        "flags": decided.flags,
        "site": rows.site if rows.site is not None else np.zeros(len(rows), dtype=np.int16),
    }


def block_of_points(load: int, decided: Decided, chosen: Integers, key_width: int) -> bytes:
    """The binary COPY format (PostgreSQL manual, COPY): every field is its length and its bytes, high byte first."""
    rows = decided.rows
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, kind in FIXED:
        layout += [(f"{name}_length", ">i4"), (name, kind)]
    layout += [("geom_length", ">i4"), ("head", "S9"), ("lon", "<f8"), ("lat", "<f8"), ("key_length", ">i4")]
    if key_width:
        layout += [("key", f"S{key_width}")]
    block = np.zeros(len(chosen), dtype=layout)
    block["fields"] = len(FIXED) + 2
    for name, column in fixed_columns(load, decided).items():
        block[f"{name}_length"] = np.dtype(dict(FIXED)[name]).itemsize
        block[name] = column[chosen] - POSTGRES_EPOCH_US if name == "observed_at" else column[chosen]
    block["geom_length"] = len(WKB_POINT_4326) + 16
    block["head"] = WKB_POINT_4326
    block["lon"], block["lat"] = rows.xy[chosen, 0], rows.xy[chosen, 1]
    block["key_length"] = key_width
    if key_width and rows.keys is not None:
        block["key"] = [key.encode() for key in rows.keys[chosen]]
    return block.tobytes()


def plain_rows(load: int, decided: Decided) -> Any:
    """The same rows as Python values, for shapes and rare columns."""
    rows = decided.rows
    columns = fixed_columns(load, decided)
    seconds = columns.pop("observed_at").astype("datetime64[us]").astype(str)
    fixed = [seconds if name == "observed_at" else columns[name].tolist() for name, _ in FIXED]
    empty = [None] * len(rows)
    rare = [
        decided.review_reason
        if name == "review_reason"
        else empty
        if (column := getattr(rows, name)) is None
        else column
        for name in RARE
    ]
    for number, values in enumerate(zip(*fixed, strict=True)):
        wkb = rows.wkb[number] if rows.wkb is not None else None
        geom = with_srid(wkb) if wkb is not None else WKB_POINT_4326 + rows.xy[number].astype("<f8").tobytes()
        fact_id, reason, habitability, occupied, details = (column[number] for column in rare)
        key = rows.keys[number] if rows.keys is not None else None
        yield (
            *(
                f"{value}+00" if name == "observed_at" else value
                for (name, _), value in zip(FIXED, values, strict=True)
            ),
            geom.hex(),
            key or "",
            fact_id,
            reason or "",
            habitability or "",
            occupied,
            json.dumps(details) if details else None,
        )


def with_srid(wkb: bytes) -> bytes:
    """Little-endian WKB with our SRID written into its head."""
    kind = int.from_bytes(wkb[1:5], "little") | 0x20000000
    return wkb[:1] + kind.to_bytes(4, "little") + (4326).to_bytes(4, "little") + wkb[5:]


# A written place is joined by its number, the few other words are taken from their arrays.
PLACE = """
WITH place AS (
    SELECT ordinality - 1 AS written_place, name
    FROM json_array_elements_text(%(written)s::json) WITH ORDINALITY AS p(name, ordinality)
)
"""
INSERT_STRUCTURES = f"""
INSERT INTO damage_structure (id, municipality_id, neighbourhood_id, kind, geom, structure_type, occupancy, storeys,
    dwelling_units, floor_area_m2, written_place, current_grade, current_grade_high, current_method,
    current_observed_at, current_assessment_id)
{PLACE}
SELECT structure_id, %(municipality_id)s, nullif(neighbourhood_id, 0),
    CASE WHEN flags & {NETWORK} > 0 THEN 'network' ELSE 'building' END, geom,
    coalesce(details ->> 'structure_type', ''),
    coalesce(details ->> 'occupancy', (%(occupancies)s::text[])[site + 1]),
    (details ->> 'storeys')::smallint, (details ->> 'dwelling_units')::int, (details ->> 'floor_area_m2')::float8,
    place.name,
    CASE WHEN flags & {COUNTS} > 0 THEN (%(grades)s::text[])[value + 1] ELSE 'not_assessed' END,
    CASE WHEN flags & {COUNTS} > 0 THEN (%(grades_high)s::text[])[value + 1] ELSE '' END,
    CASE WHEN flags & {COUNTS} > 0 THEN (%(methods)s::text[])[value + 1] ELSE '' END,
    CASE WHEN flags & {COUNTS} > 0 THEN observed_at END,
    CASE WHEN flags & {COUNTS} > 0 THEN assessment_id END
FROM {{staged}} JOIN place USING (written_place)
WHERE load = %(load)s AND flags & {NEW_STRUCTURE} > 0
"""
INSERT_REFERENCES = f"""
INSERT INTO damage_structurereference (municipality_id, structure_id, product_id, feature_key)
SELECT %(municipality_id)s, structure_id, %(product_id)s, feature_key
FROM {{staged}} WHERE load = %(load)s AND flags & {NEW_REFERENCE} > 0
"""
INSERT_ASSESSMENTS = f"""
INSERT INTO damage_damageassessment (id, municipality_id, structure_id, product_id, batch_id, crisis_id,
    neighbourhood_id, fact_id, source_scale, source_value, grade, grade_high, method, confidence, observed_at,
    received_at, geom, written_place, habitability, occupied_now, review_state, review_reason, row_number,
    recorded_by_id)
{PLACE}
SELECT assessment_id, %(municipality_id)s, structure_id, %(product_id)s, %(batch_id)s, %(crisis_id)s,
    nullif(neighbourhood_id, 0), fact_id, (%(scales)s::text[])[value + 1], (%(source_values)s::text[])[value + 1],
    (%(grades)s::text[])[value + 1], (%(grades_high)s::text[])[value + 1], (%(methods)s::text[])[value + 1],
    (%(confidences)s::text[])[value + 1], observed_at,
    now(), geom, place.name, habitability, occupied_now,
    CASE WHEN review_reason = '' THEN 'received' ELSE 'has_issues' END, review_reason, nullif(row_number, 0),
    %(user_id)s
FROM {{staged}} JOIN place USING (written_place)
WHERE load = %(load)s
"""


def make_current(assessment_ids: Sequence[int]) -> None:
    """These assessments are the ones that count now for their structures."""
    if not len(assessment_ids):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE damage_structure SET current_grade = seen.grade, current_grade_high = seen.grade_high,
                current_method = seen.method, current_observed_at = seen.observed_at, current_assessment_id = seen.id
            FROM damage_damageassessment AS seen
            WHERE seen.id = ANY(%s) AND damage_structure.id = seen.structure_id
            """,
            [[int(pk) for pk in assessment_ids]],
        )


def forget_current(structure_ids: Sequence[int]) -> None:
    """None of these structures' observations counts."""
    if not len(structure_ids):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE damage_structure SET current_grade = 'not_assessed', current_grade_high = '', current_method = '',"
            " current_observed_at = NULL, current_assessment_id = NULL WHERE id = ANY(%s)",
            [[int(pk) for pk in structure_ids]],
        )


def mark(assessment_ids: Sequence[int], *, state: str, reason: str) -> None:
    """Sets the review state of assessments."""
    if not len(assessment_ids):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE damage_damageassessment SET review_state = %s, review_reason = %s WHERE id = ANY(%s)",
            [state, reason, [int(pk) for pk in assessment_ids]],
        )
