# C guests: Clang with the target wasm32-wasip2, whose output is a component. Sourced.

# Sets CLANG, the command with its sysroot: the WASI SDK's where WASI_SDK_PATH names one, otherwise
# the newest Debian's (this one's C library is too old for components).
c_setup() {
  [[ -v CLANG ]] && return
  if [[ -n ${WASI_SDK_PATH-} ]]; then
    CLANG=("$WASI_SDK_PATH/bin/clang" --target=wasm32-wasip2)
    return
  fi
  local root bin
  root=$(newer_debian) || exit 1
  # The linker that makes a component of a core module comes with Rust.
  bin=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | awk '/^host/ { print $2 }')/bin
  [[ -x $bin/wasm-component-ld ]] || fail "this Rust has no wasm-component-ld: update it with rustup"
  CLANG=(env "PATH=$bin:$bin/gcc-ld:$PATH" "$root/usr/lib/llvm-22/bin/clang" --target=wasm32-wasip2
    --sysroot="$root/usr" -isystem "$root/usr/include/wasm32-wasip2"
    -L "$root/usr/lib/wasm32-wasip2")
}

# A guest named c-cli is a program; the others export the HTTP handler.
#   c_build NAME SOURCE FILE
c_build() {
  c_setup
  local name=$1 source=$2 file=$3 work bindgen
  work=$(mktemp -d)
  local inputs=("$source"/*.c) flags=(-Os -std=c17 -Wall -Wextra -Werror -Wl,--strip-all)
  if [[ $name != c-cli ]]; then
    bindgen=$(wit_bindgen) || exit 1
    wit_wasi 0.2.12 "$work/wit"
    quietly "$CACHE/logs/$name-bindings.log" "wit-bindgen refused the worlds" \
      "$bindgen" c "$work/wit" --world http --out-dir "$work"
    quietly "$CACHE/logs/$name-bindings.log" "$name: its bindings did not compile" \
      "${CLANG[@]}" -Os -w -c "$work/http.c" -o "$work/http.o"
    inputs+=("$work/http.o" "$work/http_component_type.o")
    flags+=(-mexec-model=reactor -I "$work")
  fi
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    "${CLANG[@]}" "${flags[@]}" "${inputs[@]}" -o "$file"
  rm -rf "$work"
}
