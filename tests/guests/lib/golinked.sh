# Go components of a world of their own, world.wit beside them, with the interfaces of the application
# in ../wit. Sourced after go.sh and wit.sh.

#   golinked_build NAME SOURCE FILE   (the source implements demo:quotes/market)
golinked_build() {
  local name=$1 source=$2 file=$3 wit
  wit=$(mktemp -d)
  wit_wasi 0.2.12 "$wit"
  # In the place of the guests' own worlds.
  cp "$source/world.wit" "$wit/world.wit"
  cp "$source/../wit"/*.wit "$wit/deps/"
  go_component "$name" "$source" "$file" "$wit" network export_demo_quotes_market
  rm -rf "$wit"
}
