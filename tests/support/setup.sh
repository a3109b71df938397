# shellcheck shell=bash
# Sourced by tests/run.sh, tests/fuzz/run.sh, examples/quickstart.sh and .ci/run: Debian packages, and a build that is
# quiet unless it fails. Callers have set -euo pipefail.

packages_for_building=(
  g++ cmake ninja-build pkg-config
  libyaml-cpp-dev libcurl4-openssl-dev nlohmann-json3-dev libcli11-dev libfmt-dev libexpected-dev
  libmicrohttpd-dev libpq-dev libssl-dev catch2 python3
)
packages_for_running=(ca-certificates curl)
packages_for_tests=(ca-certificates cmark-gfm curl git postgresql pgbouncer python3 python3-jsonschema python3-yaml)
packages_for_pages=(chromium fonts-dejavu-core poppler-utils python3 python3-html5lib)
packages_for_clang=(clang libclang-rt-dev lld)
packages_for_checks=(clang-format clang-tidy cppcheck python3)

# install_packages NAME…: installs those that are missing; does nothing, and asks for no rights, where none is.
install_packages() {
  local name status missing=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "This is no Debian system: nothing is installed. Needed are what Debian calls: $*" >&2
    return 0
  fi
  for name in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Some packages are missing, and installing them needs root or sudo. As root, run:" >&2
      echo "  apt-get update && apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  "${as_root[@]}" "${apt[@]}" update
  "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null
}

# build_preset ROOT PRESET [TARGET…]: configures and builds; all targets without names. The gate sets ROLLCALL_WERROR=ON
# so that warnings are errors in the preset release, too.
build_preset() {
  local root=$1 preset=$2 log quiet=() targets=() options=()
  shift 2
  [ $# -eq 0 ] || targets=(--target "$@")
  [ -z "${ROLLCALL_WERROR:-}" ] || options=(-D "ROLLCALL_WERROR=$ROLLCALL_WERROR")
  [ -t 1 ] || quiet=(-- --quiet)
  log=$(mktemp)
  if ! (cd "$root" && cmake --preset "$preset" "${options[@]}") >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  (cd "$root" && cmake --build --preset "$preset" "${targets[@]}" "${quiet[@]}")
}
