#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. See CONTRIBUTING.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/support/setup.sh
source "$root/tests/support/setup.sh"

usage() {
  cat <<USAGE
Usage: tests/run.sh [--preset NAME] [CTEST-OPTION…]

Installs what is missing (Debian packages), builds the preset and runs every test in parallel.

  --preset NAME   release (the default), dev, asan, tsan or coverage
  -h, --help      this text

Other options go to ctest, such as -R cli (only tests whose name matches) or -L unit (only that label).
USAGE
}

preset=release
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --preset)
      [ $# -ge 2 ] || { echo "--preset needs a name" >&2; exit 2; }
      preset=$2
      shift
      ;;
    --preset=*) preset=${1#--preset=} ;;
    -h | --help) usage; exit 0 ;;
    *) rest+=("$1") ;;
  esac
  shift
done

install_packages "${packages_for_building[@]}" "${packages_for_tests[@]}"
echo "Building the preset $preset"
build_preset "$root" "$preset"
cd "$root"
# exec: ctest's exit status and closing lines are those of this script.
# Most of the time a test waits for a program or an answer, so there are more of them at once than processors.
exec ctest --preset "$preset" --parallel "$(($(nproc) * 2))" "${rest[@]}" </dev/null
