# Shared by the scripts: where things are cached, and how progress and errors are told.
# Sourced, never run. Sets REPO and CACHE.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/favo
# Where rustup puts its programs; a new shell would know.
PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH

# Progress goes to stderr: stdout is for results.
say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

# One clear line, then the end.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command quietly; if it fails, shows the end of what it wrote.
#   quietly LOG MESSAGE COMMAND…
quietly() {
  local log=$1 message=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  fail "$message (the whole log: $log)"
}

# A short digest of files, folders and words: the key of what was made from them. The names of the
# files count, the place of the checkout does not.
key_of() {
  local what
  for what in "$@"; do
    if [[ -d $what ]]; then
      (cd "$what" && find . -type f ! -name '*.wasm.*' ! -name '*.md' ! -path '*/target/*' \
        ! -path '*/__pycache__/*' |
        LC_ALL=C sort | xargs -r -d '\n' sha256sum)
    elif [[ -f $what ]]; then
      sha256sum <"$what"
    else
      echo "$what"
    fi
  done | sha256sum | cut -c1-16
}

# Makes DIR by running a function that fills a temporary folder, which is then renamed: an
# interrupted attempt leaves nothing that looks finished.
#   make_once DIR FUNCTION…   (the function gets the folder as its last argument)
make_once() {
  local dir=$1
  shift
  [[ -d $dir ]] && return
  mkdir -p "$(dirname "$dir")" 2>/dev/null || fail "cannot write to $(dirname "$dir")"
  # One at a time: whoever comes second finds it made.
  local lock new=$dir.new
  exec {lock}>"$dir.lock"
  flock "$lock"
  if [[ -d $dir ]]; then
    exec {lock}>&-
    return
  fi
  rm -rf "$new"
  mkdir "$new"
  ("$@" "$new") || {
    rm -rf "$new"
    exit 1
  }
  mv -T "$new" "$dir"
  exec {lock}>&-
}

# Fails early, and in words, when the disk of the cache has less than this many MiB left.
need_disk() {
  mkdir -p "$CACHE"
  local free
  free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
  ((free >= $1)) || fail "no disk space: $CACHE has $free MiB left, this needs $1 MiB"
}

# A program from crates.io at one version, kept in the cache; prints its path. Built with little
# optimisation, since compiling these costs more than running them; `as-released` for those whose
# speed matters.
#   cargo_tool CRATE VERSION PROGRAM FEATURES [as-released]
cargo_tool() {
  local crate=$1 version=$2 program=$3 features=$4 profile=${5-} dir
  dir=$CACHE/tools/$crate-$version-$(key_of "$features" $profile)
  make_once "$dir" _cargo_tool_install "$crate" "$version" "$features" "$profile" || exit 1
  echo "$dir/bin/$program"
}

_cargo_tool_install() {
  local crate=$1 version=$2 features=$3 profile=$4 dir=$5
  command -v cargo >/dev/null || fail "no Rust: run tools/setup"
  need_disk 3000
  local settings=(CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16)
  [[ $profile == as-released ]] && settings=()
  say "building $crate $version once: some minutes"
  quietly "$CACHE/logs/$crate.log" "$crate did not build" env "${settings[@]}" \
    cargo install "$crate@$version" --locked --no-default-features --features "$features" \
    --root "$dir" --target-dir "$dir/target"
  rm -rf "$dir/target"
}

# Installs Debian packages, as root or through sudo.
install_packages() {
  command -v apt-get >/dev/null || fail "this is no Debian: install these by hand: $*"
  local sudo=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "run this as root once, or install sudo: missing packages: $*"
    sudo=(sudo)
  fi
  say "installing $*"
  quietly "$CACHE/logs/apt.log" "apt could not install packages: no network?" \
    "${sudo[@]}" sh -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive \
      apt-get -q -y --no-install-recommends install "$@"' install "$@"
}
