# Guests written by hand in the text format. Sourced.

#   wat_build NAME SOURCE FILE
wat_build() {
  local tool
  tool=$("$REPO/tools/wasm-tools") || exit 1
  quietly "$CACHE/logs/$1.log" "$1 did not build" "$tool" parse "$2/$1.wat" -o "$3"
}
