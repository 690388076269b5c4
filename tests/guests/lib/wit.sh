# WIT and its bindings for the guests whose toolchain does not bring them. Sourced.

# The bindings generator for C and Go.
wit_bindgen() { cargo_tool wit-bindgen-cli 0.63.0 wit-bindgen c,go; }

# The unpacked source of a crate: some carry files that are of use outside Rust.
#   crate_folder NAME VERSION
crate_folder() {
  local name=$1 version=$2 dir
  dir=$CACHE/toolchains/crate-$name-$version
  make_once "$dir" _crate_fetch "$name" "$version" || exit 1
  echo "$dir"
}

_crate_fetch() {
  local name=$1 version=$2 dir=$3
  mkdir "$dir/fetch"
  printf '[package]\nname = "fetch"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\n%s = "=%s"\n' \
    "$name" "$version" >"$dir/fetch/Cargo.toml"
  : >"$dir/fetch/lib.rs"
  quietly "$CACHE/logs/crate-$name.log" "cargo could not fetch the crate $name $version: no network?" \
    cargo metadata --format-version 1 --manifest-path "$dir/fetch/Cargo.toml"
  local manifest
  manifest=$(grep -o "\"manifest_path\":\"[^\"]*/$name-$version[^\"/]*/Cargo.toml\"" \
    "$CACHE/logs/crate-$name.log" | head -n 1 | cut -d '"' -f 4)
  [[ -n $manifest ]] || fail "cargo fetched no crate $name $version"
  rm -r "$dir/fetch"
  cp -r "$(dirname "$manifest")/." "$dir"
}

# Fills DIR with the guests' worlds and WASI's WIT, as the crate `wasip2` carries it, renumbered to
# VERSION: a toolchain accepts only the version it was built for.
#   wit_wasi VERSION DIR
wit_wasi() {
  local version=$1 dir=$2 wasip2 file
  wasip2=$(crate_folder wasip2 2.0.1) || exit 1
  mkdir -p "$dir/deps"
  for file in "$wasip2"/wit/deps/*.wit; do
    _renumber "$version" "$file" >"$dir/deps/$(basename "$file")"
  done
  _renumber "$version" "$GUESTS/wit/world.wit" >"$dir/world.wit"
}

_renumber() { sed "s/@0\.2\.12\b/@$1/; s/version = 0\.2\.12\b/version = $1/" "$2"; }
