# The private PostgreSQL cluster in var/db: made, started, stopped, and started again after it was killed.
# It listens on a unix socket only, in a folder nobody else may enter; who you are on the machine is the password.

DATA=
SOCKETS=

# PostgreSQL refuses to run as root; then everything of the server is done as the postgres user of Debian's packages.
as_server_owner() {
    set -- env -C / ${PG_LIBRARIES:+"LD_LIBRARY_PATH=$PG_LIBRARIES"} ${PG_ROOT:+"PROJ_DATA=$PG_ROOT/usr/share/proj"} "$@"
    if [ "$(id -u)" = 0 ]; then set -- runuser -u postgres -- "$@"; fi
    "$@" 9>&-
}

server_owner() { if [ "$(id -u)" = 0 ]; then echo postgres; else echo "$ME"; fi; }

checkout_name() { printf '%s' "$ROOT" | sha256sum | cut -c1-12; }

# var/db, or /var/lib/reprise/NAME linked from it where the postgres user cannot walk to the checkout.
place_data() {
    local away
    away=/var/lib/reprise/$(checkout_name)
    if [ ! -e "$VAR/db" ] && [ "$(id -u)" = 0 ] && ! as_server_owner test -x "$VAR"; then
        say "The postgres user may not enter $VAR: the database goes to $away."
        mkdir -p "$away"
        rm -f "$VAR/db"
        ln -s "$away" "$VAR/db"
    fi
    mkdir -p "$VAR/db/"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$VAR/db/"; fi
    chmod 0700 "$VAR/db/"
    DATA=$(cd -P -- "$VAR/db" && pwd -P)/data
    if [ "$(id -u)" = 0 ] && ! as_server_owner test -x "$(dirname "$DATA")"; then
        die "The postgres user can no longer enter $(dirname "$DATA")." \
            "Give the folders above it back the right to be entered (chmod o+x), or move the checkout and the database together."
    fi
}

# The path of a unix socket may have 107 bytes, of which "/.s.PGSQL.5432" takes 14; and clients read a comma in it
# as a list of hosts, configuration files a quote as its end.
fit_for_sockets() {
    [ "$(printf '%s' "$1" | LC_ALL=C wc -c)" -le 93 ] || return 1
    case $1 in *[\,\'\"\\[:space:]]*) return 1 ;; esac
}

ours_alone() { [ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c '%U %a' "$1")" = "$(server_owner) 700" ]; }

place_sockets() {
    local recorded beside
    recorded=$(cat "$VAR/run/socket.path" 2>/dev/null || true)
    beside=$(dirname "$DATA")/run
    if fit_for_sockets "$beside"; then
        SOCKETS=$beside
    elif [ -n "$recorded" ] && [ "$recorded" != "$beside" ] && ours_alone "$recorded"; then
        SOCKETS=$recorded
    elif [ "$(id -u)" = 0 ]; then
        SOCKETS=/var/lib/reprise/$(checkout_name)/run
        mkdir -p "$(dirname "$SOCKETS")"
    elif [ -d "/run/user/$(id -u)" ] && [ -w "/run/user/$(id -u)" ]; then
        SOCKETS=/run/user/$(id -u)/reprise-$(checkout_name)
    else
        SOCKETS=$(mktemp -d /tmp/reprise-XXXXXXXX)
    fi
    mkdir -p "$SOCKETS"
    chmod 0700 "$SOCKETS"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$SOCKETS"; fi
    printf '%s\n' "$SOCKETS" >"$VAR/run/socket.path.new"
    mv -f "$VAR/run/socket.path.new" "$VAR/run/socket.path"
}

answers() { as_server_owner "$PGBIN/pg_isready" -q -h "$SOCKETS" -t 3; }

make_cluster() {
    local new=$DATA.new
    rm -rf "$new"
    as_server_owner "$PGBIN/initdb" -D "$new" -U postgres --auth=peer --locale=C.UTF-8 -E UTF8 --data-checksums
    echo "include = 'reprise.conf'" >>"$new/postgresql.conf"
    : >"$new/reprise.conf"
    mv "$new" "$DATA"
}

# Written at every start: the socket's place may have changed, and so may these lines in a new version of ours.
configure_cluster() {
    local user role
    cat >"$DATA/reprise.conf" <<C
# Written by deploy/up; your own settings go into postgresql.auto.conf (ALTER SYSTEM), which wins.
listen_addresses = ''
port = 5432
unix_socket_directories = '$SOCKETS'
unix_socket_permissions = 0700
# Small queries and tiles: compiling them costs more than it gains, and the compiler is a 100 MB package.
jit = off
random_page_cost = 1.1
shared_buffers = 256MB
max_wal_size = 2GB
$(archive_settings)
C
    printf 'local all all peer map=reprise\nlocal replication all peer map=reprise\n' >"$DATA/pg_hba.conf"
    for user in $(printf '%s\n' root "$(server_owner)" | sort -u); do
        for role in postgres reprise_owner reprise_web; do printf 'reprise "%s" %s\n' "$user" "$role"; done
    done >"$DATA/pg_ident.conf"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$DATA/reprise.conf" "$DATA/pg_hba.conf" "$DATA/pg_ident.conf"; fi
}

# After a kill or a crash the pid file names a process that is gone, or another program that got its number.
# "pg_ctl status" believes the file; a postmaster of ours is one that works inside our data folder.
remove_stale_pid_file() {
    local file=$DATA/postmaster.pid pid state
    [ -f "$file" ] || return 0
    pid=$(head -n 1 "$file")
    state=$(awk '/^State:/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
    if [ -n "$state" ] && [ "$state" != Z ] && [ "/proc/$pid/cwd" -ef "$DATA" ]; then return 0; fi
    echo "removing $file: process $pid is not this database"
    rm -f "$file"
}

start_server() {
    local try
    configure_cluster
    # Children of a killed postmaster need a moment to notice; until then the shared memory is taken.
    for try in 1 2 3 4 5 6 7 8; do
        remove_stale_pid_file
        if [ -f "$DATA/postmaster.pid" ]; then settle_running_server && return 0; fi
        if as_server_owner "$PGBIN/pg_ctl" -D "$DATA" -l "$DATA/server.log" -w -t 60 start; then return 0; fi
        echo "the server did not start (try $try)"
        if answers; then return 0; fi
        sleep 1
    done
    tail -n 20 "$DATA/server.log"
    return 1
}

# A server of ours that runs and does not answer: either it is still replaying its log after a crash (then it is waited
# for), or its socket has been swept away (then it is stopped, to be started with a new one).
settle_running_server() {
    local second code
    for second in $(seq 600); do
        code=0
        as_server_owner "$PGBIN/pg_isready" -q -h "$SOCKETS" -t 3 || code=$?
        [ "$code" = 1 ] || break
        [ $((second % 10)) -ne 0 ] || echo "the database is putting itself right after a crash ($second s)"
        sleep 1
    done
    [ "$code" -ne 0 ] || return 0
    echo "the server runs but cannot be reached in $SOCKETS: it is started again"
    as_server_owner "$PGBIN/pg_ctl" -D "$DATA" -m fast -w -t 60 stop || true
    return 1
}

provide_cluster() {
    place_data
    place_sockets
    if [ ! -s "$DATA/PG_VERSION" ]; then step "Making the database cluster in $(dirname "$DATA")" make_cluster; fi
    if ! answers; then step "Starting the database" start_server; fi
}

stop_cluster() {
    [ -s "$VAR/db/data/PG_VERSION" ] && find_postgres || return 0
    place_data
    SOCKETS=$(cat "$VAR/run/socket.path" 2>/dev/null || true)
    [ -f "$DATA/postmaster.pid" ] || return 0
    if ! answers; then
        step "Removing what a killed database left" remove_stale_pid_file
        [ -f "$DATA/postmaster.pid" ] || return 0
    fi
    step "Stopping the database" as_server_owner "$PGBIN/pg_ctl" -D "$DATA" -m fast -w -t 60 stop
}
