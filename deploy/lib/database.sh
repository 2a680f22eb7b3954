# What is inside the cluster: roles, extensions, leakproof marks, our database. Run at every start; changes nothing twice.

DATABASE=${REPRISE_DB_NAME:-reprise}

superuser_sql() {
    local database=$1
    shift
    as_server_owner "$PGBIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$SOCKETS" -U postgres -d "$database" "$@"
}

prepare_roles_and_template() {
    superuser_sql postgres <"$ROOT/deploy/lib/roles.sql"
    # A database cannot be copied from template1 while somebody is connected to it, so go there only when needed.
    local wanted
    wanted="$(digest "$ROOT/deploy/lib/extensions.sql" "$ROOT/deploy/lib/leakproof.sql") $(superuser_sql postgres -c \
        "SELECT string_agg(name || default_version, ' ' ORDER BY name) FROM pg_available_extensions
         WHERE name IN ('postgis', 'pg_trgm', 'btree_gist', 'unaccent')")"
    if [ "$(cat "$DATA/reprise.template" 2>/dev/null)" != "$wanted" ]; then
        prepare_extensions template1
        printf '%s\n' "$wanted" >"$DATA/reprise.template"
    fi
}

prepare_extensions() {
    cat "$ROOT/deploy/lib/extensions.sql" "$ROOT/deploy/lib/leakproof.sql" | superuser_sql "$1" -1
}

prepare_database() {
    prepare_roles_and_template
    if [ "$(superuser_sql postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$DATABASE'")" = 0 ]; then
        superuser_sql postgres -c "CREATE DATABASE \"$DATABASE\" OWNER reprise_owner"
    fi
    prepare_extensions "$DATABASE"
}

provide_database() {
    if database_ready; then return; fi
    step "Preparing roles, extensions and the database '$DATABASE'" prepare_database
}

# Fast look for the second run: everything the step makes is there.
database_ready() {
    [ "$(superuser_sql "$DATABASE" 2>/dev/null <<Q
SELECT (SELECT count(*) FROM pg_roles WHERE rolname IN ('reprise_owner', 'reprise_web') AND NOT rolsuper AND NOT rolbypassrls)
     + (SELECT count(*) FROM pg_extension e JOIN pg_available_extensions a ON a.name = e.extname
        WHERE e.extname IN ('postgis', 'pg_trgm', 'btree_gist', 'unaccent') AND e.extversion = a.default_version)
     + (SELECT count(DISTINCT proname) FROM pg_proc WHERE proleakproof AND proname IN (
        'geometry_overlaps', 'geometry_within', 'geometry_distance_centroid', 'st_intersects', 'st_covers', 'st_coveredby',
        'st_contains', 'st_within', 'st_dwithin', 'textlike', 'texticlike', 'similarity_op', 'word_similarity_op',
        'arraycontains', 'arrayoverlap'));
Q
)" = 21 ] && [ -s "$DATA/reprise.template" ]
}

# Nothing has been entered: no municipality, or not even its table.
database_empty() {
    [ "$(superuser_sql "$DATABASE" -c "SELECT to_regclass('municipal_units_municipality') IS NOT NULL")" = t ] || return 0
    [ "$(superuser_sql "$DATABASE" -c "SELECT EXISTS (SELECT 1 FROM municipal_units_municipality)")" = f ]
}
