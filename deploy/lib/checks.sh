# The fast checks: each is a function that prints what is wrong and fails; run_checks runs all and counts.

tracked_files() { git -c safe.directory="$ROOT" -C "$ROOT" ls-files -z --cached --others --exclude-standard -- "$@"; }

check_format() {
    "$VENV/bin/python" -m ruff format --check --quiet --output-format concise --cache-dir "$VAR/cache/ruff" . && return
    echo "Run: var/venv/bin/ruff format"
    return 1
}

check_scripts() {
    "$(node_folder)/bin/node" node_modules/prettier/bin/prettier.cjs --check --log-level warn crisis/static && return
    echo "Run: node node_modules/prettier/bin/prettier.cjs --write crisis/static"
    return 1
}

check_lint() { "$VENV/bin/python" -m ruff check --quiet --output-format concise --cache-dir "$VAR/cache/ruff" .; }

check_types() { "$VENV/bin/python" -m mypy --no-error-summary --cache-dir "$VAR/cache/mypy"; }

check_imports() { "$VENV/bin/lint-imports" --no-logo --cache-dir "$VAR/cache/import_linter"; }

check_migrations() { manage makemigrations --check --dry-run; }

# Every machine brings its own registry, and no path of a machine means anything on another. The patterns are written
# so that they do not find themselves; licences may be linked to, so package-lock's funding links are no registry.
check_addresses() {
    local registries paths found=0 own
    registries='(pypi[.]org|pythonhosted[.]org|registry[.]npmjs|registry[.]yarnpkg|pkg[.]dev/|proxy[.]golang|deb[.]debian[.]org|artifactor[y]|index-url *= *.?https?:|"resolve[d]":)'
    paths="(^|[^A-Za-z0-9_.~)}-])/(work|root|home/[a-z]+|Users)/"
    own=$(printf '%s' "$ROOT" | sed 's/[][\.*^$+?(){}|]/\\&/g')
    if tracked_files | xargs -0 grep -nIE "$registries" -- 2>/dev/null; then
        echo "These lines name a package registry."
        found=1
    fi
    if tracked_files | xargs -0 grep -nIE "$paths|$own/" -- 2>/dev/null; then
        echo "These lines name a folder of one machine."
        found=1
    fi
    if grep -nE '://' deploy/*.lock; then
        echo "Lock files hold versions and hashes, no addresses."
        found=1
    fi
    return $found
}

check_css() {
    # shellcheck disable=SC2046
    tracked_files '*.css' '*.html' | xargs -0 -r "$VENV/bin/python" deploy/lib/lint_css.py
}

check_shell() {
    local file failed=0
    for file in deploy/* deploy/lib/*.sh .ci/run; do
        case $file in *.sh) ;; *) [ -f "$file" ] && head -n 1 "$file" | grep -q '^#!/bin/bash' || continue ;; esac
        bash -n "$file" || failed=1
    done
    return $failed
}

CHECKS="format:formatting scripts:formatting_of_scripts_and_styles lint:lint types:types imports:import_contracts migrations:migrations addresses:no_addresses_of_machines css:logical_css shell:shell_syntax"

# Runs all side by side, also after a failure: one look shows everything. Leaves the number of failed ones in FAILED_CHECKS.
run_checks() {
    local entry name words folder code took
    FAILED_CHECKS=0
    cd "$ROOT"
    mkdir -p "$VAR/cache"
    rm -rf "$VAR"/cache/checks-*
    folder=$(mktemp -d "$VAR/cache/checks-XXXXXX")
    say "Running the checks ..."
    for entry in $CHECKS; do
        name=${entry%%:*}
        (
            began=$SECONDS code=0
            "check_$name" >"$folder/$name" 2>&1 9>&- || code=$?
            printf '%s %s\n' "$code" "$((SECONDS - began))" >"$folder/$name.result"
        ) &
    done
    wait
    for entry in $CHECKS; do
        name=${entry%%:*} words=${entry#*:}
        read -r code took <"$folder/$name.result"
        if [ "$code" -eq 0 ]; then
            say "ok      ${words//_/ } ($took s)"
        else
            say "FAILED  ${words//_/ } ($took s)"
            sed 's/^/        /' "$folder/$name" >&2
            FAILED_CHECKS=$((FAILED_CHECKS + 1))
        fi
    done
    rm -rf "$folder"
}
