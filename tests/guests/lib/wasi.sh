# Guests that test WASI itself: Rust or C, for one generation by the end of the name. Sourced.
#
#   …-p1          a core module of preview 1
#   …-p1-adapted  the same source as a component, by the preview 1 adapter of the linker
#   …-02          a component of 0.2

# Sets WASI_ENV (for cargo) and WASI_CLANG (without a target): as rust_setup and c_setup, for both
# targets.
wasi_setup() {
  [[ -v WASI_ENV ]] && return
  local bin root sdk=${WASI_SDK_PATH-}
  bin=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | awk '/^host/ { print $2 }')/bin
  [[ -x $bin/wasm-component-ld ]] || fail "this Rust has no wasm-component-ld: update it with rustup"
  WASI_ENV=(env)
  if ! rustup target list --installed 2>/dev/null | grep -qx wasm32-wasip1 &&
    ! timeout 120 rustup target add wasm32-wasip1 wasm32-wasip2 >/dev/null 2>&1; then
    say "rustup cannot add wasm32-wasip1 here; using the newest Debian's Rust"
    root=$(newer_debian) || exit 1
    WASI_ENV+=(
      "RUSTC=$root/usr/bin/rustc"
      "CARGO_TARGET_WASM32_WASIP1_LINKER=$bin/rust-lld"
      "CARGO_TARGET_WASM32_WASIP2_LINKER=$bin/wasm-component-ld"
      "PATH=$bin/gcc-ld:$PATH"
    )
  fi
  if [[ -n $sdk ]]; then
    WASI_CLANG=("$sdk/bin/clang")
    return
  fi
  root=$(newer_debian) || exit 1
  # Clang looks for its linkers by these names.
  local links=$CACHE/toolchains/wasi-linkers
  mkdir -p "$links"
  ln -sf "$bin/gcc-ld/wasm-ld" "$links/wasm-ld-22"
  WASI_CLANG=(env "PATH=$links:$bin:$bin/gcc-ld:$PATH" "$root/usr/lib/llvm-22/bin/clang"
    "--sysroot=$root/usr")
  WASI_DEBIAN=$root
}

#   wasi_build NAME SOURCE FILE
wasi_build() {
  wasi_setup
  local name=$1 source=$2 file=$3 target=wasm32-wasip2 flags
  [[ $name == *-p1 ]] && target=wasm32-wasip1
  if [[ -f $source/Cargo.toml ]]; then
    local into=$CACHE/guest-target/wasi
    quietly "$CACHE/logs/$name.log" "$name did not build" \
      "${WASI_ENV[@]}" cargo build --release --locked --target $target \
      --manifest-path "$source/Cargo.toml" --target-dir "$into"
    cp "$into/$target/release/${name%-adapted}.wasm" "$file"
    return
  fi
  flags=(-Os -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -Wl,--strip-all)
  if [[ -v WASI_DEBIAN ]]; then
    flags+=(-isystem "$WASI_DEBIAN/usr/include/$target" -L "$WASI_DEBIAN/usr/lib/$target")
  fi
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    "${WASI_CLANG[@]}" --target=$target "${flags[@]}" "$source"/*.c -o "$file"
}
