"""SQL for migrations: row-level security by municipality, grants for the web role, children that follow their parent.

Policies compare `municipality_id` with the transaction-local setting `reprise.municipalities`; without it no row shows.
"""

from django.db.migrations import RunSQL

WEB_ROLE = "reprise_web"
IN_SCOPE = "= ANY (coalesce(nullif(current_setting('reprise.municipalities', true), ''), '{}')::int[])"


def scoped(
    table: str, *, column: str = "municipality_id", rights: str = "SELECT, INSERT, UPDATE, DELETE", update: str = ""
) -> RunSQL:
    """Row-level security on one table. `rights` are granted to the web role, `update` names the only columns it may
    change where the table is append-only."""
    column_rights = f"GRANT UPDATE ({update}) ON {table} TO {WEB_ROLE};" if update else ""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY municipality_scope ON {table} USING ({column} {IN_SCOPE}) WITH CHECK ({column} {IN_SCOPE});
        GRANT {rights} ON {table} TO {WEB_ROLE};
        {column_rights}
        """,
        f"""
        DROP POLICY municipality_scope ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        REVOKE ALL ON {table} FROM {WEB_ROLE};
        """,
    )


def unscoped(table: str, *, rights: str) -> RunSQL:
    """A table without row-level security (sign-in, sessions, jobs): only the grant."""
    return RunSQL(f"GRANT {rights} ON {table} TO {WEB_ROLE};", f"REVOKE ALL ON {table} FROM {WEB_ROLE};")


def parent_of_same_municipality(table: str, column: str, parent: str, *, on_delete: str = "NO ACTION") -> RunSQL:
    """A composite foreign key: a row and the parent it names belong to the same municipality."""
    name = f"{table}_{column}_same_municipality"
    return RunSQL(
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{parent}_id_municipality') THEN
                ALTER TABLE {parent} ADD CONSTRAINT {parent}_id_municipality UNIQUE (id, municipality_id);
            END IF;
        END $$;
        ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, municipality_id)
            REFERENCES {parent} (id, municipality_id) ON DELETE {on_delete} DEFERRABLE INITIALLY DEFERRED;
        """,
        f"ALTER TABLE {table} DROP CONSTRAINT {name};",
    )


def hidden_when_deleted(table: str) -> RunSQL:
    """Rows with `deleted_at` are seen by nobody, in no query, tile or export, except where an action that deletes,
    lists or restores says so (`permissions.showing_deleted`)."""
    shown = "deleted_at IS NULL OR current_setting('reprise.deleted', true) = 'shown'"
    return RunSQL(
        f"CREATE POLICY not_deleted ON {table} AS RESTRICTIVE FOR SELECT USING ({shown});",
        f"DROP POLICY not_deleted ON {table};",
    )
