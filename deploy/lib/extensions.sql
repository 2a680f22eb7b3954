-- Extensions of every database we make; run in template1 too, so that the owner role (no superuser) may create
-- test databases that have them. Brings an older extension up to the version installed on the machine.

SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;

DO $$
DECLARE
    extension record;
BEGIN
    FOR extension IN
        SELECT e.extname FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname
        WHERE e.extversion <> a.default_version AND e.extname <> 'plpgsql'
    LOOP
        EXECUTE format('ALTER EXTENSION %I UPDATE', extension.extname);
    END LOOP;
END
$$;

-- PostgreSQL 14 still lets everyone create tables in public; from 15 on this changes nothing.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO reprise_owner;
GRANT USAGE ON SCHEMA public TO reprise_web;
