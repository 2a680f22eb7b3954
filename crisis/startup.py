"""The server refuses to start with a database role that could see past the second wall."""

import psycopg

from crisis.live import conninfo

POWERFUL_SQL = """
    SELECT rolsuper OR rolbypassrls OR EXISTS (
        SELECT 1 FROM pg_class WHERE relname = 'municipal_units_municipality' AND pg_has_role(relowner, 'USAGE')
    ) FROM pg_roles WHERE rolname = current_user
"""


async def refuse_powerful_role() -> None:
    """Superusers, BYPASSRLS and the tables' owner are refused; a database that is not there yet is waited for later."""
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo(), autocommit=True)
    except psycopg.OperationalError:
        return
    async with connection:
        cursor = await connection.execute(POWERFUL_SQL)
        row = await cursor.fetchone()
    if row and row[0]:
        raise RuntimeError(
            "The server may not run as a superuser, with BYPASSRLS or as the owner of the tables: row-level security"
            " would not hold. Set REPRISE_DB_ROLE=reprise_web."
        )
