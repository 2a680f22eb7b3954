"""What deploy/up puts into the cluster, seen from the test database (a copy of template1)."""

import re
from pathlib import Path

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db
LEAKPROOF = (Path(__file__).parents[2] / "deploy" / "lib" / "leakproof.sql").read_text()


def test_every_listed_function_is_leakproof() -> None:
    listed = re.findall(r"\('(\w+)', ARRAY\[([^\]]+)\]\)", LEAKPROOF)
    assert len(listed) == 15
    for name, arguments in listed:
        types = [argument.strip(" '") for argument in arguments.split(",")]
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT proleakproof FROM pg_proc WHERE proname = %s AND
                   ARRAY(SELECT t.typname::text FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS a(type, position)
                         JOIN pg_type t ON t.oid = a.type ORDER BY a.position) = %s::text[]""",
                [name, types],
            )
            assert cursor.fetchall() == [(True,)], f"{name}({arguments})"


def test_neither_role_can_pass_by_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname IN ('reprise_owner', 'reprise_web') ORDER BY rolname"
        )
        assert cursor.fetchall() == [("reprise_owner", False, True), ("reprise_web", False, False)]
