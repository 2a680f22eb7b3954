"""The database holds the second wall everywhere: no table is forgotten, no role is too powerful, indexes still work."""

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction
from pghistory.models import Event as HistoryRow

from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor

# Read to find out which municipalities somebody may see, so they cannot be hidden behind that answer.
WITHOUT_POLICY = {
    "municipal_units_assignment",
    "municipal_units_assignmentversion",
    "municipal_units_apitoken",
}
APPEND_ONLY = {
    "municipal_units_event",
    "municipal_units_facilitystatus",
    "municipal_units_localreach",
    "municipal_units_norm",
    "municipal_units_movement",
    "municipal_units_personaccess",
    "municipal_units_householdmerge",
    "municipal_units_registercoverage",
    "damage_damageassessment",
    "damage_structurereference",
    "assessments_functionalityrun",
    "assessments_functionalityscore",
}
APPS = ("municipal_units", "damage", "assessments", "crisis")
FLOORS = {"municipal_units": 0, "damage": 1, "assessments": 2, "crisis": 3}


def rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


@pytest.mark.django_db
def test_every_table_of_a_municipality_has_a_policy() -> None:
    scoped = {
        name
        for (name,) in rows(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE a.attname = 'municipality_id' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND NOT a.attisdropped"
        )
    }
    unlogged = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'")}
    with_policy = {
        name
        for (name,) in rows(
            "SELECT c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relrowsecurity"
        )
    }
    assert scoped - with_policy - WITHOUT_POLICY - unlogged == set()


@pytest.mark.django_db
def test_the_web_role_appends_facts_and_changes_none() -> None:
    for table in APPEND_ONLY:
        ((may_update, may_delete),) = rows(
            f"SELECT has_table_privilege('reprise_web', '{table}', 'UPDATE'),"
            f" has_table_privilege('reprise_web', '{table}', 'DELETE')"
        )
        assert not may_update, table
        assert not may_delete, table


@pytest.mark.django_db
def test_the_web_role_cannot_rewrite_what_happened() -> None:
    """Events and every table of row versions: no UPDATE, DELETE or TRUNCATE (the last is granted in tests only)."""
    versions = {model._meta.db_table for model in apps.get_models() if issubclass(model, HistoryRow)}
    assert "municipal_units_facilityversion" in versions
    for table in versions | {"municipal_units_event", "municipal_units_eventcounter"}:
        rights = rows(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            f" WHERE grantee = 'reprise_web' AND table_name = '{table}' AND privilege_type <> 'TRUNCATE'"
        )
        assert {right for (right,) in rights} <= {"SELECT", "INSERT"}, table
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows(f"WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) FROM gone")


@pytest.mark.django_db
def test_the_web_role_is_neither_owner_nor_powerful() -> None:
    ((role, powerful),) = rows(
        "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert (role, powerful) == ("reprise_web", False)
    assert rows("SELECT 1 FROM pg_class WHERE pg_get_userbyid(relowner) = 'reprise_web'") == []


def test_foreign_keys_point_down() -> None:
    upward = [
        f"{model._meta.label} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model and model._meta.app_label in APPS
        if FLOORS.get(field.related_model._meta.app_label, -1) > FLOORS[model._meta.app_label]
    ]
    assert upward == []


def test_a_child_cannot_name_a_parent_of_another_town(tenkoro: Municipality, barsalo: Municipality) -> None:
    refused = pytest.raises(IntegrityError, match="same_municipality")
    with refused, scope(system_actor(tenkoro.pk, barsalo.pk)), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM municipal_units_neighbourhood WHERE municipality_id = %s", [barsalo.pk])
        (foreign,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO municipal_units_localreach (municipality_id, neighbourhood_id, service, share, observed_at,"
            " source, confidence) VALUES (%s, %s, 'water', 0.5, now(), '', 'low')",
            [tenkoro.pk, foreign],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
