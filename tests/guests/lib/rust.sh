# Rust guests: cargo with the target wasm32-wasip2, whose output is a component. Sourced.

# Sets RUST_ENV, the environment for cargo: nothing where rustup can add the target; otherwise the
# newest Debian's compiler (its standard library fits only itself) with the linkers rustup ships.
rust_setup() {
  [[ -v RUST_ENV ]] && return
  command -v cargo >/dev/null || fail "no Rust: run tools/setup"
  RUST_ENV=(env)
  if rustup target list --installed 2>/dev/null | grep -qx wasm32-wasip2 ||
    timeout 120 rustup target add wasm32-wasip2 >/dev/null 2>&1; then
    return
  fi
  say "rustup cannot add wasm32-wasip2 here; using the newest Debian's Rust"
  local root bin
  root=$(newer_debian) || exit 1
  bin=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | awk '/^host/ { print $2 }')/bin
  [[ -x $bin/wasm-component-ld ]] || fail "this Rust has no wasm-component-ld: update it with rustup"
  RUST_ENV+=(
    "RUSTC=$root/usr/bin/rustc"
    "CARGO_TARGET_WASM32_WASIP2_LINKER=$bin/wasm-component-ld"
    "PATH=$bin/gcc-ld:$PATH"
  )
}

#   rust_build NAME SOURCE FILE   (the package has the guest's name)
rust_build() {
  rust_setup
  local name=$1 source=$2 file=$3 target=$CACHE/guest-target/rust built
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    "${RUST_ENV[@]}" cargo build --release --locked --target wasm32-wasip2 \
    --manifest-path "$source/Cargo.toml" --target-dir "$target"
  # A library's file has underscores, a program's keeps its dashes.
  for built in "$name" "${name//-/_}"; do
    built=$target/wasm32-wasip2/release/$built.wasm
    [[ -f $built ]] && cp "$built" "$file" && return
  done
  fail "$name: cargo made no .wasm file"
}
