# Where this checkout and its private folder are, who may work in it, and one deploy command at a time.

set -euo pipefail
umask 022
ROOT=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
VAR=${REPRISE_VAR:-$ROOT/var}
case $VAR in /*) ;; *) VAR=$PWD/$VAR ;; esac
export REPRISE_VAR=$VAR
ME=$(id -un)
# Settings of other databases the person works with must not reach ours.
unset "${!PG@}"
export LANG=C.UTF-8 LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=${PYTHONDONTWRITEBYTECODE:-}

open_place() {
    mkdir -p "$VAR"
    VAR=$(cd -P -- "$VAR" && pwd -P)
    local owner
    owner=$(stat -c %U "$VAR")
    if [ "$owner" != "$ME" ]; then
        die "$VAR was made by '$owner' and you are '$ME'." \
            "Run this as '$owner', or stop it there (deploy/down) and remove $VAR to begin anew."
    fi
    mkdir -p "$VAR/run" "$VAR/log" "$VAR/stamps"
    chmod 0700 "$VAR/log"
    LOG=$VAR/log/deploy.log
    # Tools that keep a cache need a folder they may write to; a service account often has none.
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        export HOME=$VAR/home
        mkdir -p "$HOME"
    fi
}

# Two deploy commands at once would install over each other. Descriptor 9 is closed for every server we start.
take_turn() {
    exec 9>"$VAR/run/deploy.lock"
    if ! flock -n 9; then
        say "Another deploy command is at work here; waiting for it to finish."
        flock -w 1800 9 || die "The other deploy command did not finish within 30 minutes."
    fi
}

leave_turn() { exec 9>&-; }

stamped() { [ "$(cat "$VAR/stamps/$1" 2>/dev/null)" = "$2" ]; }

stamp() {
    printf '%s\n' "$2" >"$VAR/stamps/$1.new"
    mv -f "$VAR/stamps/$1.new" "$VAR/stamps/$1"
}

digest() { cat -- "$@" | sha256sum | cut -d' ' -f1; }
