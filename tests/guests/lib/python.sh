# Python guests: componentize-py from pip, at the version of the guest's requirements.txt; it brings
# its own Python for WebAssembly. Sourced.

#   python_build NAME SOURCE FILE
python_build() {
  local name=$1 source=$2 file=$3 packages wit
  packages=$CACHE/toolchains/python-$(key_of "$source/requirements.txt")
  make_once "$packages" _python_install "$source" || exit 1
  wit=$(mktemp -d)
  wit_wasi 0.2.10 "$wit"
  quietly "$CACHE/logs/$name.log" "$name did not build" \
    env PYTHONPATH="$packages" python3 -c 'import componentize_py; componentize_py.script()' -d "$wit" -w proxy \
    componentize -p "$source" app -o "$file"
  rm -rf "$wit"
}

_python_install() {
  say "fetching componentize-py (about 50 MB)"
  pip_into "$2" -r "$1/requirements.txt"
}

# pip into a plain folder, from a passing virtual environment: Debian's own Python takes no pip.
#   pip_into DIR WHAT…
pip_into() {
  local dir=$1
  shift
  quietly "$CACHE/logs/venv.log" "Python has no venv: run tools/setup" python3 -m venv "$dir/venv"
  quietly "$CACHE/logs/pip.log" "pip could not install $*: no network?" \
    "$dir/venv/bin/python" -m pip install --quiet --only-binary :all: --target "$dir" "$@"
  rm -rf "$dir/venv"
}
