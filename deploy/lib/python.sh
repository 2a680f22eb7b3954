# The Python environment in var/venv: made by uv from the hash-pinned lock files, with the system's Python.

VENV=$VAR/venv
PYTHON=

# The system's Python, never a shim of a version manager that may vanish.
find_python() {
    local candidate
    for candidate in ${REPRISE_PYTHON:-} /usr/bin/python3 /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.11; do
        if [ -x "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            PYTHON=$candidate
            return 0
        fi
    done
    die "Reprise needs Python 3.11 or newer at /usr/bin/python3; found: $(/usr/bin/python3 --version 2>&1 || echo none)." \
        "Debian 12 and 13 and Ubuntu 24.04 have it. Another one can be named: REPRISE_PYTHON=/path/to/python3 deploy/up"
}

pip_wheel() { ls /usr/share/python-wheels/pip-*.whl "$PKG/root"/usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1; }

usable_pip() { [ -x "$VAR/boot/bin/uv" ] || "$PYTHON" -c 'import ensurepip' 2>/dev/null || [ -n "$(pip_wheel)" ]; }

# uv does not read pip's configuration: hand over what the machine's own pip would use, at run time only.
use_pip_configuration() {
    local key value
    while IFS='=' read -r key value; do
        value=${value#\'} value=${value%\'}
        # shellcheck disable=SC2001
        value=$(sed 's/\\n/ /g' <<<"$value")
        case ${key##*.} in
            index-url) export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-$value}} ;;
            # Hashes decide what is accepted, so every index may be asked for every file.
            extra-index-url) export UV_INDEX=${UV_INDEX:-${UV_EXTRA_INDEX_URL:-$value}} UV_INDEX_STRATEGY=unsafe-best-match ;;
            cert) export SSL_CERT_FILE=${SSL_CERT_FILE:-$value} ;;
            trusted-host) export UV_INSECURE_HOST=${UV_INSECURE_HOST:-$value} ;;
            proxy) export HTTPS_PROXY=${HTTPS_PROXY:-$value} ;;
        esac
    done < <("$VAR/boot/bin/python" -m pip config list 2>/dev/null || true)
    unset UV_INDEX_URL UV_EXTRA_INDEX_URL
    export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
}

make_boot() {
    local new=$VAR/boot.new
    rm -rf "$new"
    if "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        "$PYTHON" -m venv "$new"
    else
        "$PYTHON" -m venv --without-pip "$new"
        PYTHONPATH=$(pip_wheel) "$new/bin/python" -m pip install --no-index "$(pip_wheel)"
    fi
    "$new/bin/python" -m pip install --disable-pip-version-check --require-hashes --no-deps -r "$ROOT/deploy/requirements-uv.lock"
    rm -rf "$VAR/boot"
    mv "$new" "$VAR/boot"
}

# A private copy beside the old one, swapped when whole; "relocatable" keeps its scripts valid after the move.
make_venv() {
    local lock=$1 new=$VAR/venv.new
    rm -rf "$new"
    use_pip_configuration
    "$VAR/boot/bin/uv" venv --quiet --relocatable --python "$PYTHON" "$new"
    (cd "$VAR" && "$VAR/boot/bin/uv" pip sync --python "$new/bin/python" --require-hashes "$lock")
    rm -rf "$VENV.old"
    if [ -d "$VENV" ]; then mv "$VENV" "$VENV.old"; fi
    mv "$new" "$VENV"
    rm -rf "$VENV.old"
}

# provide_python runtime|dev: the dev set contains the runtime set, so having it is enough for both.
provide_python() {
    local version boot runtime dev
    version=$("$PYTHON" -c 'import sys; print(*sys.version_info[:3], sep=".")')
    boot="$version $(digest "$ROOT/deploy/requirements-uv.lock")"
    if ! stamped boot "$boot" || ! "$VAR/boot/bin/uv" --version >/dev/null 2>&1; then
        step "Fetching uv, the installer of Python packages" make_boot
        stamp boot "$boot"
    fi
    runtime="runtime $version $(digest "$ROOT/deploy/requirements.lock")"
    dev="dev $version $(digest "$ROOT/deploy/requirements-dev.lock")"
    if "$VENV/bin/python" -c '' 2>/dev/null; then
        if stamped venv "$dev"; then return; fi
        if [ "$1" = runtime ] && stamped venv "$runtime"; then return; fi
    fi
    # Once the tests have been used here, an update keeps them usable.
    if [ "$1" = dev ] || grep -q '^dev ' "$VAR/stamps/venv" 2>/dev/null; then
        step "Installing the Python packages, with those of the tests" make_venv "$ROOT/deploy/requirements-dev.lock"
        stamp venv "$dev"
    else
        step "Installing the Python packages" make_venv "$ROOT/deploy/requirements.lock"
        stamp venv "$runtime"
    fi
}
