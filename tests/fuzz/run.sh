#!/usr/bin/env bash
# Runs the fuzzers, as many at once as there are processors. See CONTRIBUTING.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/setup.sh
source "$root/tests/support/setup.sh"

usage() {
  cat <<USAGE
Usage: tests/fuzz/run.sh [SECONDS] [TARGET…]

Installs what is missing (Debian packages), builds the preset fuzz and runs each target, or those that are named, for
SECONDS (60 by default). Fails if one of them found something; the input is then in tests/fuzz/found/TARGET/, where
the ordinary tests replay it: give it a name that says what it shows, correct the program, and commit both.
USAGE
}

case ${1:-} in -h | --help) usage; exit 0 ;; esac
seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in "$root"/tests/fuzz/*_fuzz.cpp; do
    targets+=("$(basename "$source" _fuzz.cpp)")
  done
fi
for target in "${targets[@]}"; do
  [ -e "$root/tests/fuzz/${target}_fuzz.cpp" ] || { echo "There is no target $target" >&2; usage >&2; exit 2; }
done

install_packages "${packages_for_building[@]}" "${packages_for_clang[@]}"
echo "Building the preset fuzz"
build_preset "$root" fuzz "${targets[@]/#/fuzz_}"
work=$root/build/fuzz
/usr/bin/python3 "$root/tests/fuzz/seeds.py" "$root" "$work/seeds"

# run_target TARGET: says what came of it; fails where something was found.
run_target() {
  local target=$1 log=$work/$1.log folder folders=("$work/grown/$1") found=$root/tests/fuzz/found/$1 failed=0
  for folder in "$work/seeds/$target" "$root/tests/fuzz/corpus/$target" "$found"; do
    [ ! -d "$folder" ] || folders+=("$folder")
  done
  mkdir -p "$work/grown/$target" "$found"
  local options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1
    -artifact_prefix="$found/")
  [ ! -e "$work/seeds/$target.dict" ] || options+=(-dict="$work/seeds/$target.dict")
  # A target that hangs where libFuzzer cannot see it must not hold up everything.
  if timeout --kill-after=10 $((seconds + 120)) "$work/fuzz_$target" "${options[@]}" "${folders[@]}" >"$log" 2>&1; then
    echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs," \
      "$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log") a second, nothing found"
  else
    grep -v '^#[0-9]' "$log" >&2 || true
    failed=1
  fi
  rmdir --ignore-fail-on-non-empty "$found"
  return "$failed"
}
export -f run_target
export root work seconds

# Each of them keeps one processor busy.
failed=0
# shellcheck disable=SC2016
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I TARGET bash -c 'run_target "$@"' run_target TARGET || failed=1
rmdir --ignore-fail-on-non-empty "$root/tests/fuzz/found"

if [ "$failed" != 0 ]; then
  echo "Something was found; the inputs are in tests/fuzz/found/"
  exit 1
fi
