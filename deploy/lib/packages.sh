# System packages, by the first road that is open: already there, apt-get as root or through sudo, or (for
# PostgreSQL with PostGIS) unpacked into var/pkg by a person who may install nothing.

PKG=$VAR/pkg
PGBIN=
PG_ROOT=
PG_LIBRARIES=

# Sets PGBIN to the newest server that also has PostGIS, or to the one an existing database was made by.
find_postgres() {
    local root bin version wanted
    PGBIN=
    wanted=$(cat "$VAR/db/data/PG_VERSION" 2>/dev/null || true)
    for root in "" "$PKG/root"; do
        # shellcheck disable=SC2012  # the names are version numbers
        for bin in $(ls -d "$root"/usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
            version=$(basename "$(dirname "$bin")")
            [ -x "$bin/postgres" ] && [ -e "$root/usr/share/postgresql/$version/extension/postgis.control" ] || continue
            [ -z "$wanted" ] || [ "$wanted" = "$version" ] || continue
            PGBIN=$bin PG_ROOT=$root
            PG_LIBRARIES=$(private_libraries)
            return 0
        done
    done
    return 1
}

# How to become root: "" when we are, "sudo -n" when that works, otherwise failure.
become_root() {
    if [ "${REPRISE_PACKAGES:-}" = private ]; then return 1; fi
    if [ "$(id -u)" = 0 ]; then
        AS_ROOT=
        return 0
    fi
    command -v sudo >/dev/null || return 1
    AS_ROOT="sudo -n"
    if sudo -n true 2>/dev/null; then return 0; fi
    if [ -t 0 ] && [ -t 2 ] && [ -z "${CI:-}" ]; then
        say "Some Debian packages are missing. sudo may ask for your password; an empty answer goes on without."
        if sudo -v; then return 0; fi
    fi
    return 1
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() {
    local lock="-o DPkg::Lock::Timeout=300"
    # A run killed half-way leaves dpkg to be finished first.
    $AS_ROOT env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
    # shellcheck disable=SC2086
    $AS_ROOT apt-get $lock update
    # shellcheck disable=SC2086
    $AS_ROOT env DEBIAN_FRONTEND=noninteractive apt-get $lock install -y --no-install-recommends "$@"
}

apt_postgres_version() {
    local wanted
    wanted=$(cat "$VAR/db/data/PG_VERSION" 2>/dev/null || true)
    if [ -n "$wanted" ]; then
        echo "$wanted"
    else
        apt-cache "$@" depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
    fi
}

install_server_as_root() {
    $AS_ROOT apt-get -o DPkg::Lock::Timeout=300 update
    local version
    version=$(apt_postgres_version)
    [ -n "$version" ] || { echo "apt offers no package named postgresql"; return 1; }
    apt_install "postgresql-$version" "postgresql-$version-postgis-3" python3-venv ca-certificates
}

# Without root: let apt resolve and download into a folder of our own, unpack, and do by hand what the
# packages' scripts would (PostGIS' control files are links made by update-alternatives).
unpack_server_privately() {
    local new=$PKG.new version options list file
    rm -rf "$new"
    mkdir -p "$new/root" "$new/debs" "$new/lists/partial" "$new/cache/archives/partial"
    options="-o Dir::State::lists=$new/lists -o Dir::Cache=$new/cache -o Debug::NoLocking=1 -o APT::Sandbox::User="
    # shellcheck disable=SC2086
    apt-get $options update
    # shellcheck disable=SC2086
    version=$(apt_postgres_version $options)
    [ -n "$version" ] || { echo "apt offers no package named postgresql"; return 1; }
    # What a server in a folder never calls: init scripts, certificates, Debian's cluster wrappers, the compiler of JIT.
    # shellcheck disable=SC2086
    list=$(apt-get $options install -s --no-install-recommends "postgresql-$version" "postgresql-$version-postgis-3" |
        awk '/^Inst/ { print $2 }' |
        grep -vxE 'postgresql(-client)?-common|.*-jit|ssl-cert|libllvm.*|libz3-.*|perl.*|lib.*-perl|libperl.*|adduser|passwd|login.*|libpam.*|systemd.*|init-system-helpers|sysv.*|libc6|libc-bin|dpkg|debconf|ucf|netbase|sensible-utils|openssl|logrotate' || true)
    # Debian keeps pip out of python3; the wheel is needed once, to fetch uv.
    if ! usable_pip; then list="$list python3-pip-whl"; fi
    # shellcheck disable=SC2086
    (cd "$new/debs" && apt-get $options download $list)
    for file in "$new"/debs/*.deb; do dpkg-deb -x "$file" "$new/root"; done
    rm -rf "$new/debs" "$new/lists" "$new/cache"
    (
        cd "$new/root/usr/share/postgresql/$version/extension" || exit 0
        for file in postgis*-3.control; do [ -e "${file%-3.control}.control" ] || ln -s "$file" "${file%-3.control}.control"; done
    )
    rm -rf "$PKG"
    mv "$new" "$PKG"
}

# Libraries of the unpacked server; nothing when the system's own is used, and never for Python.
private_libraries() {
    [ -n "$PG_ROOT" ] || return 0
    find "$PG_ROOT/usr/lib" "$PG_ROOT/lib" -maxdepth 3 -name '*.so*' -path '*-linux-gnu*' -printf '%h\n' 2>/dev/null |
        sort -u | paste -sd:
}

private_libraries_complete() {
    [ -n "$PG_ROOT" ] || return 0
    local missing
    missing=$(LD_LIBRARY_PATH=$PG_LIBRARIES ldd "$PGBIN/postgres" "$PGBIN/psql" "$PGBIN"/../lib/postgis-3.so |
        grep 'not found' | sort -u || true)
    [ -z "$missing" ] || { echo "libraries missing from the unpacked packages:"; echo "$missing"; return 1; }
}

provide_server() {
    if find_postgres && usable_pip; then return; fi
    if become_root; then
        step "Installing PostgreSQL, PostGIS and python3-venv with apt-get (about half a minute)" install_server_as_root
    else
        say "No root and no sudo without a password: PostgreSQL goes into $PKG, the system stays as it is."
        step "Fetching and unpacking PostgreSQL and PostGIS (about 120 MB)" unpack_server_privately
    fi
    find_postgres || no_server
    step "Checking the database server's libraries" private_libraries_complete
}

no_server() {
    local wanted
    wanted=$(cat "$VAR/db/data/PG_VERSION" 2>/dev/null || true)
    if [ -n "$wanted" ]; then
        die "The database in $VAR/db was made by PostgreSQL $wanted, which this machine does not have with PostGIS." \
            "See 'After an upgrade of the system' in deploy/README.md."
    fi
    die "PostgreSQL with PostGIS could not be found after the installation; see $LOG."
}

# Debian package names of what only the tests use.
TEST_PACKAGES="chromium age gdal-bin default-jre-headless fonts-noto-core fonts-droid-fallback poppler-utils"

usable_chromium() {
    local program
    for program in ${REPRISE_CHROMIUM:-} /usr/bin/chromium /usr/bin/google-chrome; do
        # Ubuntu's package is a stub that only points to snap: it is there and does not run.
        if [ -x "$program" ] && timeout 20 "$program" --version >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

usable_java() { timeout 20 java -version >/dev/null 2>&1; }

provide_test_programs() {
    local missing="" name
    for name in $TEST_PACKAGES; do installed "$name" || missing="$missing $name"; done
    [ -n "$missing" ] || return 0
    if ! become_root; then return 0; fi
    # One by one where the whole fails: on Ubuntu a single package may be unknown.
    # shellcheck disable=SC2086
    step "Installing what the tests use:$missing" install_test_packages $missing
}

install_test_packages() {
    local name
    apt_install "$@" && return 0
    for name in "$@"; do apt_install "$name" || echo "could not install $name"; done
}
