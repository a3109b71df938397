#!/usr/bin/env bash
# Runs the fuzzers, one after the other. See CONTRIBUTING.md.
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

install_packages "${packages_for_building[@]}" "${packages_for_fuzzing[@]}"
echo "Building the preset fuzz"
build_preset "$root" fuzz "${targets[@]/#/fuzz_}"
work=$root/build/fuzz
/usr/bin/python3 "$root/tests/fuzz/seeds.py" "$root" "$work/seeds"

log=$work/run.log
failed=()
for target in "${targets[@]}"; do
  folders=("$work/grown/$target")
  for folder in "$work/seeds/$target" "$root/tests/fuzz/corpus/$target" "$root/tests/fuzz/found/$target"; do
    [ ! -d "$folder" ] || folders+=("$folder")
  done
  mkdir -p "$work/grown/$target" "$root/tests/fuzz/found/$target"
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1
    -artifact_prefix="$root/tests/fuzz/found/$target/")
  [ ! -e "$work/seeds/$target.dict" ] || options+=(-dict="$work/seeds/$target.dict")
  # A target that hangs where libFuzzer cannot see it must not hold up everything.
  if timeout --kill-after=10 $((seconds + 120)) "$work/fuzz_$target" "${options[@]}" "${folders[@]}" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    echo "$target: $runs runs, $rate a second, nothing found"
  else
    grep -v '^#[0-9]' "$log" >&2 || true
    failed+=("$target")
  fi
  rmdir --ignore-fail-on-non-empty "$root/tests/fuzz/found/$target"
done
rmdir --ignore-fail-on-non-empty "$root/tests/fuzz/found"

if [ ${#failed[@]} -gt 0 ]; then
  echo "Something was found by: ${failed[*]}; the inputs are in tests/fuzz/found/"
  exit 1
fi
