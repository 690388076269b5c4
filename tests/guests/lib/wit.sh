# WIT and its bindings for the guests whose toolchain does not bring them. Sourced.

# The bindings generator for C and Go.
wit_bindgen() { cargo_tool wit-bindgen-cli 0.63.0 wit-bindgen c,go; }

# Fills DIR with the guests' worlds and WASI's WIT, as the crate `wasip2` (pinned by the Rust guests' lock file)
# carries it, renumbered to VERSION: a toolchain accepts only the version it was built for.
#   wit_wasi VERSION DIR
wit_wasi() {
  local version=$1 dir=$2 manifest
  manifest=$(cargo metadata --format-version 1 --locked --manifest-path "$GUESTS/Cargo.toml" |
    python3 -c 'import json, sys
print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "wasip2"))') ||
    fail "cargo cannot fetch the crate with WASI's WIT: no network?"
  mkdir -p "$dir/deps"
  local file
  for file in "$(dirname "$manifest")"/wit/deps/*.wit; do
    _renumber "$version" "$file" >"$dir/deps/$(basename "$file")"
  done
  _renumber "$version" "$GUESTS/wit/world.wit" >"$dir/world.wit"
}

_renumber() { sed "s/@0\.2\.12\b/@$1/; s/version = 0\.2\.12\b/version = $1/" "$2"; }
