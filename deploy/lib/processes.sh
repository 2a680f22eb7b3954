# The server (uvicorn) and the worker: started in the background, found again, stopped. Pids in var/run, logs in var/log.

READY_SECONDS=90

process_id() { cat "$VAR/run/$1.pid" 2>/dev/null || true; }

# A pid counts only when that process works in this checkout and runs what the file says: numbers are used again.
process_runs() {
    local pid state
    pid=$(process_id "$1")
    [ -n "$pid" ] || return 1
    state=$(awk '/^State:/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
    [ -n "$state" ] && [ "$state" != Z ] && [ "/proc/$pid/cwd" -ef "$ROOT" ] || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$(process_mark "$1")"
}

process_mark() { case $1 in web) echo crisis.asgi:application ;; worker) echo run_worker ;; esac; }

# launch NAME COMMAND...   detached from the terminal and from our lock.
launch() {
    local name=$1 log=$VAR/log/$1.log
    shift
    if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -gt 20000000 ]; then mv -f "$log" "$log.1"; fi
    rm -f "$VAR/run/$name.pid"
    printf '== %s  started by deploy/up\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >>"$log"
    (
        cd "$ROOT"
        setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
        printf '%s\n' $! >"$VAR/run/$name.pid"
    )
}

stop_process() {
    local name=$1 pid
    if process_runs "$name"; then
        pid=$(process_id "$name")
        say "Stopping the $name process ($pid)."
        kill -TERM "$pid" 2>/dev/null || true
        # The worker gives a running job 20 s to finish its portion.
        for _ in $(seq 300); do
            process_runs "$name" || break
            sleep 0.1
        done
        if process_runs "$name"; then
            say "It did not stop within 30 s and is ended by force."
            kill -KILL -- "-$pid" 2>/dev/null || true
        fi
    fi
    rm -f "$VAR/run/$name.pid"
}

# Free on both loopback addresses: browsers try ::1 first, and another program there would be taken for us.
port_free() {
    "$PYTHON" - "$1" <<'P'
import errno, socket, sys

for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((host, int(sys.argv[1])))
    except OSError as refused:
        if refused.errno in (errno.EADDRINUSE, errno.EACCES):
            sys.exit(1)
P
}

choose_port() {
    local wanted=${PORT_WANTED:-$(cat "$VAR/run/port" 2>/dev/null || echo 8000)} try
    PORT=$wanted
    for try in $(seq 100); do
        if port_free "$PORT"; then break; fi
        [ "$try" -lt 100 ] || die "No free port between $wanted and $PORT."
        PORT=$((PORT + 1))
    done
    if [ "$PORT" != "$wanted" ]; then say "Port $wanted is in use by another program; taking $PORT."; fi
}

# What /readyz says: its status code, or 0 when nobody answers.
ready_status() {
    "$PYTHON" - "$1" <<'P'
import http.client, sys

try:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
    connection.request("GET", "/readyz", headers={"Host": f"localhost:{sys.argv[1]}"})
    print(connection.getresponse().status)
except OSError:
    print(0)
P
}

wait_until_ready() {
    local until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        if [ "$(ready_status "$PORT")" = 200 ]; then return 0; fi
        process_runs web || return 1
        sleep 0.5
    done
    return 1
}

# Changes whenever code, templates, static files, installed packages or the socket's place do: a running server is then replaced.
code_version() {
    {
        find "$ROOT/crisis" "$ROOT/assessments" "$ROOT/damage" "$ROOT/municipal_units" -type f \
            ! -name '*.pyc' ! -path '*/tests/*' -printf '%p %s %T@\n' | sort
        cat "$VAR/stamps/venv" "$VAR/stamps/javascript" "$VAR/mode" "$VAR/run/socket.path"
        printf '%s\n' "$WORKERS"
    } | sha256sum | cut -d' ' -f1
}

start_web() {
    launch web env REPRISE_DB_ROLE=reprise_web REPRISE_PORT="$PORT" "$VENV/bin/python" -m uvicorn crisis.asgi:application \
        --host "${REPRISE_BIND:-127.0.0.1}" --port "$PORT" --workers "$WORKERS" \
        --lifespan on --no-access-log --no-server-header --timeout-graceful-shutdown 10
}

start_worker() { launch worker env REPRISE_DB_ROLE=reprise_web REPRISE_PORT="$PORT" "$VENV/bin/python" manage.py run_worker; }

logs_then_die() {
    printf '\n--- the last lines of %s\n' "$VAR/log/web.log" >&2
    tail -n 30 "$VAR/log/web.log" >&2
    die "The server does not answer 'ready' at http://localhost:$PORT/readyz." "Its log is $VAR/log/web.log."
}

provide_web() {
    local try
    PORT=$(cat "$VAR/run/port" 2>/dev/null || echo 0)
    if process_runs web && { [ -z "$PORT_WANTED" ] || [ "$PORT_WANTED" = "$PORT" ]; } && wait_until_ready 15; then return; fi
    stop_process web
    # Another program may take the port between our look and the server's; then the next one is tried.
    for try in 1 2 3; do
        choose_port
        say "Starting the server on port $PORT."
        start_web
        printf '%s\n' "$PORT" >"$VAR/run/port"
        if wait_until_ready "$READY_SECONDS"; then return; fi
        process_runs web && logs_then_die
        tail -n 5 "$VAR/log/web.log" | grep -qi 'address already in use' || logs_then_die
        say "The port was taken in the meantime (try $try)."
    done
    logs_then_die
}

provide_worker() {
    process_runs worker && return
    say "Starting the worker."
    start_worker
    sleep 2
    process_runs worker || die "The worker ended at once; the last lines of $VAR/log/worker.log:" "$(tail -n 15 "$VAR/log/worker.log")"
}

provide_processes() {
    local version
    version=$(code_version)
    if { process_runs web || process_runs worker; } && ! stamped running "$version"; then
        say "The code or the way to run it has changed since the server started: it is replaced."
        stop_process web
        stop_process worker
    fi
    provide_web
    provide_worker
    stamp running "$version"
}
