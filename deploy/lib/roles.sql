-- The two database roles: reprise_owner owns and migrates, reprise_web serves and works.
-- Neither is a superuser and neither may pass by row-level security.

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reprise_owner') THEN
        CREATE ROLE reprise_owner;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reprise_web') THEN
        CREATE ROLE reprise_web;
    END IF;
END
$$;
ALTER ROLE reprise_owner LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE reprise_web LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
