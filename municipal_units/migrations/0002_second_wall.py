"""Row-level security, grants for the web role, and events numbered at commit."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE, parent_of_same_municipality, scoped, unscoped

EVENT_NUMBERING = """
CREATE FUNCTION municipal_units_new_counter() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO municipal_units_eventcounter (municipality_id, seq, epoch) VALUES (NEW.id, 0, gen_random_uuid());
    RETURN NULL;
END $$;
CREATE TRIGGER new_counter AFTER INSERT ON municipal_units_municipality
    FOR EACH ROW EXECUTE FUNCTION municipal_units_new_counter();

CREATE FUNCTION municipal_units_stamp_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    next_seq bigint;
BEGIN
    UPDATE municipal_units_eventcounter SET seq = seq + 1 WHERE municipality_id = NEW.municipality_id
        RETURNING seq INTO STRICT next_seq;
    UPDATE municipal_units_event SET seq = next_seq WHERE id = NEW.id;
    PERFORM pg_notify('events', NEW.municipality_id || ':' || next_seq);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stamp_event AFTER INSERT ON municipal_units_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION municipal_units_stamp_event();

REVOKE EXECUTE ON FUNCTION municipal_units_new_counter(), municipal_units_stamp_event() FROM PUBLIC;
"""

EVENT_NUMBERING_UNDONE = """
DROP TRIGGER stamp_event ON municipal_units_event;
DROP FUNCTION municipal_units_stamp_event();
DROP TRIGGER new_counter ON municipal_units_municipality;
DROP FUNCTION municipal_units_new_counter();
"""

REGISTERS = [
    "neighbourhood",
    "neighbourhoodboundary",
    "neighbourhoodchange",
    "facility",
    "dependency",
    "catchmentshare",
    "populationround",
    "populationestimate",
    "importsource",
    "storedfile",
    "importbatch",
    "importrow",
]
CHILDREN = [
    ("neighbourhoodboundary", "neighbourhood_id", "neighbourhood"),
    ("neighbourhoodchange", "origin_id", "neighbourhood"),
    ("neighbourhoodchange", "target_id", "neighbourhood"),
    ("facility", "neighbourhood_id", "neighbourhood"),
    ("facilitystatus", "facility_id", "facility"),
    ("dependency", "facility_id", "facility"),
    ("catchmentshare", "facility_id", "facility"),
    ("catchmentshare", "neighbourhood_id", "neighbourhood"),
    ("localreach", "neighbourhood_id", "neighbourhood"),
    ("populationestimate", "round_id", "populationround"),
    ("populationestimate", "neighbourhood_id", "neighbourhood"),
    ("importbatch", "source_id", "importsource"),
    ("importbatch", "file_id", "storedfile"),
    ("importrow", "batch_id", "importbatch"),
    ("event", "neighbourhood_id", "neighbourhood"),
]
P = "municipal_units_"


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0001_first_width"),
        ("sessions", "0001_initial"),
        ("account", "0001_initial"),
        ("mfa", "0001_initial"),
    ]

    operations = [
        RunSQL(
            f"GRANT USAGE ON SCHEMA public TO {WEB_ROLE};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE};"
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {WEB_ROLE};",
            RunSQL.noop,
        ),
        RunSQL(EVENT_NUMBERING, EVENT_NUMBERING_UNDONE),
        scoped(f"{P}municipality", column="id", rights="SELECT, INSERT, UPDATE"),
        *[scoped(f"{P}{table}") for table in REGISTERS],
        # Facts and norms are appended; only their review state may change.
        scoped(f"{P}facilitystatus", rights="SELECT, INSERT", update="review_state"),
        scoped(f"{P}localreach", rights="SELECT, INSERT"),
        scoped(f"{P}norm", rights="SELECT, INSERT"),
        scoped(f"{P}event", rights="SELECT, INSERT"),
        scoped(f"{P}eventcounter", rights="SELECT"),
        *[parent_of_same_municipality(f"{P}{t}", column, f"{P}{parent}") for t, column, parent in CHILDREN],
        # Sign-in, sessions and reference tables: no municipality, no policy.
        unscoped(f"{P}crisis", rights="SELECT, INSERT, UPDATE"),
        unscoped(f"{P}user", rights="SELECT, INSERT, UPDATE"),
        unscoped(f"{P}assignment", rights="SELECT, INSERT, UPDATE, DELETE"),
        unscoped(f"{P}assignment_neighbourhoods", rights="SELECT, INSERT, DELETE"),
        unscoped(f"{P}apitoken", rights="SELECT, INSERT, UPDATE"),
        unscoped(f"{P}user_groups", rights="SELECT"),
        unscoped(f"{P}user_user_permissions", rights="SELECT"),
        unscoped("auth_group", rights="SELECT"),
        unscoped("auth_group_permissions", rights="SELECT"),
        unscoped("auth_permission", rights="SELECT"),
        unscoped("django_content_type", rights="SELECT"),
        unscoped("django_session", rights="SELECT, INSERT, UPDATE, DELETE"),
        unscoped("django_migrations", rights="SELECT"),
        unscoped("account_emailaddress", rights="SELECT, INSERT, UPDATE, DELETE"),
        unscoped("account_emailconfirmation", rights="SELECT, INSERT, UPDATE, DELETE"),
        unscoped("mfa_authenticator", rights="SELECT, INSERT, UPDATE, DELETE"),
    ]
