# Brings every room of the set-up in, in the order they lean on each other. Sourced by each deploy command.

here=$(dirname -- "${BASH_SOURCE[0]}")
for room in place talk packages python javascript cluster database safety processes checks; do
    # shellcheck disable=SC1090
    . "$here/$room.sh"
done

# provide_everything runtime|dev   installs what is missing and leaves a running, prepared database.
provide_everything() {
    find_python
    provide_server
    provide_python "$1"
    provide_javascript
    provide_cluster
    provide_database
    provide_secret
    provide_keys
}

# Signs sessions and links; made once, readable by its owner only, outside the database and its backups.
provide_secret() {
    local file=$VAR/secret.key
    [ -s "$file" ] && return
    (
        umask 077
        "$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(64))' >"$file.new"
    )
    mv "$file.new" "$file"
}

# Opens names and phones in the register; made once, readable by its owner only, outside the database and its backups.
# Whoever loses it loses the names: copy it to a safe place of its own.
provide_keys() {
    [ -n "${REPRISE_KEYS:-}" ] || [ -s "$VAR/keys.json" ] || manage make_keys
}

# manage COMMAND...   manage.py as the role the command needs: making and changing tables is the owner's.
manage() {
    local role=reprise_web
    case ${1:-} in migrate | makemigrations | load_demo | sqlmigrate) role=reprise_owner ;; esac
    (cd "$ROOT" && REPRISE_DB_ROLE=${REPRISE_DB_ROLE:-$role} "$VENV/bin/python" manage.py "$@" 9>&-)
}
