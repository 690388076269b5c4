# Go guests: the standard compiler with GOOS=wasip1, then wasm-tools and the adapter make a component
# of its module. These are the steps of componentize-go, which is in no package registry. Sourced.

#   go_build NAME SOURCE FILE   (the source implements the world `http`)
go_build() {
  local name=$1 source=$2 file=$3 wit
  wit=$(mktemp -d)
  wit_wasi 0.2.12 "$wit"
  go_component "$name" "$source" "$file" "$wit" http export_wasi_http_incoming_handler
  rm -rf "$wit"
}

# Builds the Go package PACKAGE, of which the sources are given, as a component of a world.
#   go_component NAME SOURCE FILE WIT WORLD PACKAGE
go_component() {
  local name=$1 source=$2 file=$3 wit=$4 world=$5 package=$6 work bindgen tools support adapter
  command -v go >/dev/null || fail "no Go: 1.25 or newer is needed to build $name"
  bindgen=$(wit_bindgen) || exit 1
  tools=$("$REPO/tools/wasm-tools") || exit 1
  # The Go package that the bindings use lies in the generator's crate.
  support=$(crate_folder wit-bindgen-go 0.63.0)/src/pkg || exit 1
  adapter=$(crate_folder wasi-preview1-component-adapter-provider 50.0.1) || exit 1

  work=$(mktemp -d)
  local log=$CACHE/logs/$name.log
  quietly "$log" "wit-bindgen refused the worlds" \
    "$bindgen" go "$wit" --world "$world" --out-dir "$work"
  mkdir -p "$work/$package"
  cp "$source"/*.go "$work/$package/"
  cp -r "$support" "$work/support"
  # It asks for the newest Go, but uses nothing of it.
  sed -i 's/^go 1\..*/go 1.25/' "$work/support/go.mod"
  echo 'replace go.bytecodealliance.org/pkg => ./support' >>"$work/go.mod"
  quietly "$log" "$name did not build" \
    env -C "$work" GOOS=wasip1 GOARCH=wasm GOFLAGS=-mod=mod go build -buildmode=c-shared \
    -trimpath -buildvcs=false -ldflags='-checklinkname=0 -s -w' -o core.wasm .
  quietly "$log" "$name: wasm-tools could not embed the world" \
    "$tools" component embed "$wit" --world "$world" "$work/core.wasm" -o "$work/embedded.wasm"
  quietly "$log" "$name: wasm-tools could not make a component" \
    "$tools" component new "$work/embedded.wasm" -o "$file" \
    --adapt "wasi_snapshot_preview1=$adapter/artefacts/wasi_snapshot_preview1.reactor.wasm"
  rm -rf "$work"
}
