# What the person in front of the terminal sees: plain words and the seconds since the command began.

LOG=/dev/null

say() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }

die() {
    printf '\n%s\n' "$1" >&2
    shift
    local line
    for line in "$@"; do printf '%s\n' "$line" >&2; done
    exit 1
}

# step WORDS COMMAND...   run a long command with its output in the log, a sign of life every ten seconds,
# and the end of the log on failure. The command runs in a subshell: what it leaves behind is on disk.
step() {
    local words=$1 began=$SECONDS code ticker
    shift
    say "$words ..."
    printf '\n== %s  %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$words" >>"$LOG"
    (
        # A pipe nobody writes to is waited at: unlike "sleep" that leaves no process behind when it is cut short.
        exec 9>&- 8<> <(:)
        while ! read -r -t 10 -u 8 && kill -0 $$ 2>/dev/null; do say "    still at it ($((SECONDS - began)) s)"; done
    ) &
    ticker=$!
    set +e
    (
        set -e
        "$@"
    ) >>"$LOG" 2>&1
    code=$?
    set -e
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if [ "$code" -ne 0 ]; then
        printf '\n--- the last lines of %s\n' "$LOG" >&2
        tail -n 25 "$LOG" >&2
        die "This step failed: $words." "Nothing half-made is kept; after the cause is removed, run the same command again."
    fi
}
