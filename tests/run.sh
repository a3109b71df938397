#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. See CONTRIBUTING.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/support/setup.sh
source "$root/tests/support/setup.sh"

usage() {
  cat <<USAGE
Usage: tests/run.sh [--preset NAME] [--target NAME]… [CTEST-OPTION…]

Installs what is missing (Debian packages), builds the preset and runs every test in parallel. Of each campaign of
tests/fault it runs one shard, which the hash of the commit chooses; without Git it is the first.

  --preset NAME   release (the default), dev, asan, tsan, clang or coverage
  --target NAME   builds only this, for tests that need no more; may be repeated
  -h, --help      this text

Other options go to ctest, such as -R cli (only tests whose name matches), -L unit (only that label) or -LE campaign
(all but that label).

ROLLCALL_CAMPAIGN_SHARD=I/N in the environment chooses the shard: 3/8 for the third of eight, 1/1 for all cases.
ROLLCALL_CAMPAIGN_SHARDS=N leaves it to the hash, and makes N of them; the default is 24.
USAGE
}

preset=release
targets=()
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --preset)
      [ $# -ge 2 ] || { echo "--preset needs a name" >&2; exit 2; }
      preset=$2
      shift
      ;;
    --preset=*) preset=${1#--preset=} ;;
    --target)
      [ $# -ge 2 ] || { echo "--target needs a name" >&2; exit 2; }
      targets+=("$2")
      shift
      ;;
    -h | --help) usage; exit 0 ;;
    *) rest+=("$1") ;;
  esac
  shift
done

# choose_shard: a change meets other cases than the one before it, and the same ones each time that it is run.
choose_shard() {
  local shards=${ROLLCALL_CAMPAIGN_SHARDS:-24} commit=0
  if [ -z "${ROLLCALL_CAMPAIGN_SHARD:-}" ]; then
    # A folder that was unpacked inside somebody's repository is not its commit.
    [ ! -e "$root/.git" ] || commit=$(git -C "$root" rev-parse --verify HEAD) || commit=0
    ROLLCALL_CAMPAIGN_SHARD=$((16#${commit:0:7} % shards + 1))/$shards
  fi
  export ROLLCALL_CAMPAIGN_SHARD
  echo "Campaigns: ROLLCALL_CAMPAIGN_SHARD=$ROLLCALL_CAMPAIGN_SHARD"
}

install_packages "${packages_for_building[@]}" "${packages_for_tests[@]}"
case $preset in asan | clang) install_packages "${packages_for_clang[@]}" ;; esac
echo "Building the preset $preset"
build_preset "$root" "$preset" "${targets[@]}"
choose_shard
cd "$root"
# exec: ctest's exit status and closing lines are those of this script.
# Most of the time a test waits for a program or a response, so there are more of them at once than processors. Under a
# sanitizer it is the processors that are waited for.
at_once=6
case $preset in asan | tsan) at_once=4 ;; esac
exec ctest --preset "$preset" --parallel "$(($(nproc) * at_once))" "${rest[@]}" </dev/null
