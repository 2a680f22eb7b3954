# Safety copies: the program that seals them (age), and the cluster's own log sent to the copy's folder minute by minute.

AGE=

find_age() {
    local candidate
    for candidate in "$(command -v age || true)" "$PKG/age/usr/bin/age"; do
        if [ -n "$candidate" ] && [ -x "$candidate" ]; then
            AGE=$candidate
            return 0
        fi
    done
    return 1
}

# age is one static program: where nothing may be installed, Debian's package is unpacked beside the private server.
unpack_age_privately() {
    local new=$PKG/age.new
    rm -rf "$new"
    mkdir -p "$new/debs" "$PKG"
    (cd "$new/debs" && apt-get -o APT::Sandbox::User= download age)
    dpkg-deb -x "$new"/debs/*.deb "$new"
    rm -rf "$new/debs" "$PKG/age"
    mv "$new" "$PKG/age"
}

provide_age() {
    find_age && return
    if become_root; then
        step "Installing age, which seals the copies" apt_install age
    else
        step "Fetching age, which seals the copies" unpack_age_privately
    fi
    find_age || die "The program age could not be found after the installation; see $LOG."
}

archiver() { echo "$(dirname "$DATA")/archive-log"; }

# The line of the configuration. Before a first backup the log is let go; archive_mode itself is always on, because
# turning it on needs a restart.
archive_settings() {
    local command=/bin/true
    if [ -x "$(archiver)" ]; then command="\"$(archiver)\" \"%p\" \"%f\""; fi
    printf "archive_mode = on\narchive_timeout = 60\narchive_command = '%s'\n" "$command"
}

# Written anew by every backup. It runs as the server's owner, who may not be able to enter this checkout, so it stands
# beside the data and holds what it needs: the folder, the public key, the program.
write_archiver() { # write_archiver FOLDER PUBLIC_KEY
    local file program=$AGE
    file=$(archiver)
    if ! as_server_owner test -x "$AGE"; then
        program=$(dirname "$DATA")/age
        cp "$AGE" "$program"
        chmod 0755 "$program"
    fi
    cat >"$file.new" <<A
#!/bin/bash
# Written by deploy/backup. archive-log PATH NAME: seals one piece of the database's log into the copy's folder.
# The server keeps the piece and tries again until this succeeds.
set -euo pipefail
umask 077
target='$1/wal/'\$2.gz.age
sum=\$(sha256sum <"\$1" | cut -d' ' -f1)
if [ -e "\$target" ]; then
    if [ "\$(cat "\$target.sum" 2>/dev/null)" = "\$sum" ]; then exit 0; fi
    echo "\$target is there with another content: it belongs to another database" >&2
    exit 1
fi
gzip -1 <"\$1" | '$program' -r '$2' -o "\$target.new"
sync -f "\$target.new"
printf '%s\n' "\$sum" >"\$target.sum"
mv "\$target.new" "\$target"
sync -f "\$target"
A
    chmod 0755 "$file.new"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$file.new"; fi
    mv -f "$file.new" "$file"
}

# The folder for the log belongs to whoever runs the server.
provide_copy_folder() { # provide_copy_folder FOLDER
    local folder=$1
    case $folder in *[\'\"\\%\$\`]* | *$'\n'*) die "The folder's name may not hold quotes, %, \$ or backslashes: $folder" ;; esac
    mkdir -p "$folder/base" "$folder/files" "$folder/drills" "$folder/wal"
    chmod 0700 "$folder/base" "$folder/files" "$folder/wal"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$folder/wal"; fi
    as_server_owner test -w "$folder/wal" ||
        die "The database server ($(server_owner)) cannot write to $folder/wal." \
            "Choose a folder it may enter (chmod o+x on the folders above it)."
}

archive_log_there() { # archive_log_there FOLDER PUBLIC_KEY
    write_archiver "$1" "$2"
    configure_cluster
    if [ "$(superuser_sql postgres -c 'SHOW archive_mode')" = on ]; then
        superuser_sql postgres -c 'SELECT pg_reload_conf()' >/dev/null
    else
        step "Starting the database again, once, so that it keeps its log" restart_server
    fi
}

restart_server() {
    as_server_owner "$PGBIN/pg_ctl" -D "$DATA" -m fast -w -t 60 stop
    start_server
}

# What the Python part needs to call the server's programs as we do here.
export_for_safety() {
    export REPRISE_AGE=$AGE REPRISE_PGBIN=$PGBIN REPRISE_DB_NAME=$DATABASE REPRISE_SERVER_OWNER
    export REPRISE_PG_LIBRARIES=$PG_LIBRARIES REPRISE_PG_PROJ=${PG_ROOT:+$PG_ROOT/usr/share/proj}
    REPRISE_SERVER_OWNER=$(server_owner)
}
