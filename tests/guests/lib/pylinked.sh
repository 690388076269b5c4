# Python components of a world of our own, which lies beside them in ../wit. Sourced after python.sh.

#   pylinked_build NAME SOURCE FILE   (the source implements the world `data`)
pylinked_build() {
  local name=$1 source=$2 file=$3 packages
  packages=$CACHE/toolchains/python-$(key_of "$source/requirements.txt")
  make_once "$packages" _python_install "$source" || exit 1
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    env PYTHONPATH="$packages" python3 -c 'import componentize_py; componentize_py.script()' \
    -d "$source/../wit" -w data componentize -p "$source" app -o "$file"
}
