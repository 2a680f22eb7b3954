"""Versions of households and members: read and added to inside the municipality, blanked only when persons are
forgotten, sealed anew only when the keys turn. Requests to take lists with names, and saved views."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import IN_SCOPE, WEB_ROLE, parent_of_same_municipality, scoped

P = "municipal_units_"
VERSIONS = ["householdversion", "memberversion"]

# The web role cannot change a version. These two functions can, each in one way: wipe what names or describes the
# persons of a household whose own row says nothing about them any more, and put a newly sealed text in the place of a
# sealed one. Both stay inside the municipalities of the transaction.
FORGET = f"""
CREATE FUNCTION {P}forget_versions(households bigint[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE wiped bigint; more bigint;
BEGIN
    UPDATE {P}householdversion AS v SET phone = '', origin = '', needs = '{{}}'
    FROM {P}household AS h
    WHERE v.pgh_obj_id = h.id AND h.id = ANY (households) AND h.municipality_id {IN_SCOPE}
      AND h.phone = '' AND h.origin = '' AND h.needs = '{{}}';
    GET DIAGNOSTICS wiped = ROW_COUNT;
    UPDATE {P}memberversion AS v SET name = ''
    FROM {P}household AS h
    WHERE v.household_id = h.id AND h.id = ANY (households) AND h.municipality_id {IN_SCOPE}
      AND h.phone = '' AND h.origin = '' AND h.needs = '{{}}'
      AND NOT EXISTS (SELECT 1 FROM {P}member AS m WHERE m.household_id = h.id AND m.name <> '');
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN wiped + more;
END $$;
REVOKE EXECUTE ON FUNCTION {P}forget_versions(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {P}forget_versions(bigint[]) TO {WEB_ROLE};
"""
SEAL = f"""
CREATE FUNCTION {P}seal_versions(versions text, ids bigint[], texts text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE done bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(texts) AS t WHERE t NOT LIKE 's1:%') THEN
        RAISE EXCEPTION 'only sealed texts are taken';
    END IF;
    IF versions = '{P}householdversion' THEN
        UPDATE {P}householdversion AS v SET phone = new.sealed FROM unnest(ids, texts) AS new (id, sealed)
        WHERE v.pgh_id = new.id AND v.phone LIKE 's1:%' AND v.municipality_id {IN_SCOPE};
    ELSIF versions = '{P}memberversion' THEN
        UPDATE {P}memberversion AS v SET name = new.sealed FROM unnest(ids, texts) AS new (id, sealed)
        WHERE v.pgh_id = new.id AND v.name LIKE 's1:%' AND v.municipality_id {IN_SCOPE};
    ELSE
        RAISE EXCEPTION 'no such versions';
    END IF;
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END $$;
REVOKE EXECUTE ON FUNCTION {P}seal_versions(text, bigint[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {P}seal_versions(text, bigint[], text[]) TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("municipal_units", "0017_households_kept")]

    operations = [
        *[scoped(f"{P}{table}", rights="SELECT, INSERT") for table in VERSIONS],
        *[
            RunSQL(
                f"CREATE INDEX {table}_of_record ON {P}{table} (pgh_obj_id, pgh_id)", f"DROP INDEX {table}_of_record"
            )
            for table in VERSIONS
        ],
        RunSQL(FORGET, f"DROP FUNCTION {P}forget_versions(bigint[]);"),
        RunSQL(SEAL, f"DROP FUNCTION {P}seal_versions(text, bigint[], text[]);"),
        scoped(
            f"{P}personexport",
            rights="SELECT, INSERT",
            update="state, decided_at, decided_by_id, answer, expires_at, taken_at",
        ),
        scoped(f"{P}savedview"),
        parent_of_same_municipality(f"{P}personexport", "neighbourhood_id", f"{P}neighbourhood"),
        parent_of_same_municipality(f"{P}personexport", "site_id", f"{P}site"),
    ]
