# shellcheck shell=bash
# Sourced by .ci/run and .ci/nightly, which have set -euo pipefail: what a change touches, the steps that both may take,
# and how steps are run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/support/setup.sh
source "$root/tests/support/setup.sh"
cd "$root"
exec </dev/null

# Read by build_preset: warnings are errors in the preset release, too.
export ROLLCALL_WERROR=ON

# --- What a change touches

# base_commit: the one that a change is compared with; nothing where there is none.
base_commit() {
  if [ -n "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}" ]; then
    git rev-parse --verify "$CI_MERGE_REQUEST_DIFF_BASE_SHA^{commit}"
  elif [ -n "${GITHUB_BASE_REF:-}" ]; then
    git merge-base HEAD "origin/$GITHUB_BASE_REF"
  elif git rev-parse --verify --quiet 'HEAD^' >/dev/null; then
    # Older than a day, and not the commit itself: that is always looked at.
    git rev-list --max-count=1 --before='1 day ago' 'HEAD^'
  fi
}

# `files` are what the checks below look at: the files that a change touches, or all.
files=()

take_all_files() { mapfile -t files < <(find src tests -type f); }

# take_changed_files: what differs from the base, what is not committed included; all where there is no base, or where
# what decides the findings of the checks has changed.
take_changed_files() {
  local base reason
  base=$(base_commit) || base=
  if [ -z "$base" ]; then
    reason="there is no commit to compare with"
  else
    mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- && git ls-files --others --exclude-standard)
    reason=$(printf '%s\n' "${files[@]}" |
      grep -xE -m 1 '\.clang-tidy|\.ci/.*|CMakePresets\.json|CMakeLists\.txt|src/CMakeLists\.txt') || reason=
    if [ -z "$reason" ]; then
      echo "Looking at what has changed since $(git log -1 --format='%h of %cs' "$base"), files: ${#files[@]}"
      return
    fi
    reason="$reason has changed since $(git log -1 --format='%h of %cs' "$base")"
  fi
  take_all_files
  echo "Looking at all files: $reason"
}

# files_like REGEX: those of them whose whole path matches.
files_like() {
  printf '%s\n' "${files[@]}" | grep -xE "$1" || true
}

# --- Steps

# run_tests PRESET CTEST-OPTION…: and how many cases of each campaign were carried out.
run_tests() {
  local failed=0
  tests/run.sh --preset "$@" || failed=1
  sed -nE 's/^(shard [0-9]+\/[0-9]+: .*)/\1/p' "build/$1/Testing/Temporary/LastTest.log"
  return "$failed"
}

check_format() {
  install_packages clang-format
  find src tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 -r -n 20 -P "$(nproc)" clang-format --dry-run -Werror
}

# folders_with_threads: the folders of src that use the headers of threads.
folders_with_threads() {
  grep -lrE '^#include <(atomic|condition_variable|future|mutex|shared_mutex|stop_token|thread)>' src | cut -d / -f 2 |
    sort -u
}

# Only what has threads: the rest would double the time of everything and show nothing.
check_races() {
  local folder targets=(rollcall rollcall-sandbox) names=
  for folder in $(folders_with_threads); do
    [ -d "tests/unit/$folder" ] || continue
    targets+=("unit_$folder")
    names+="${names:+|}$folder"
  done
  install_packages "${packages_for_building[@]}" "${packages_for_tests[@]}"
  build_preset "$root" tsan "${targets[@]}"
  local fixed_addresses=()
  # The sanitizer of GCC 12 does not know the layouts of kernels that randomise more of an address.
  ! setarch -R true || fixed_addresses=(setarch -R)
  "${fixed_addresses[@]}" ctest --preset tsan --parallel "$(($(nproc) * 2))" --no-tests=error \
    -R "^(unit\.($names)|fault\.(sequences|writers)_test)\$"
}

check_races_if_touched() {
  local folders
  folders=$(folders_with_threads | paste -sd '|')
  if [ -z "$(files_like "(src|tests/unit)/($folders)/.*|tests/fault/(sequences|writers)_test\.py")" ]; then
    echo "Nothing that has threads has changed."
    return
  fi
  check_races
}

# tidy_one FILE OPTION…: all that clang-tidy says, but for its count of warnings in headers that are not ours.
tidy_one() {
  local said status=0
  said=$(clang-tidy --quiet --extra-arg=-Wno-unknown-warning-option "$@" 2>&1) || status=$?
  said=$(grep -vxE '[0-9]+ warnings?( and [0-9]+ errors?)? generated\.' <<<"$said") || true
  # It ends with 1 where it has found something; anything else is a failure of its own, and must not be taken for one.
  if [ "$status" -gt 1 ] || { [ "$status" -eq 1 ] && ! grep -q ': error: ' <<<"$said"; }; then
    printf 'clang-tidy failed (exit code %s) over %s\n%s\n' "$status" "$1" "$said" >&2
  elif [ -n "$said" ]; then
    printf '%s\n' "$said"
  fi
  return "$status"
}
export -f tidy_one

# tidy OPTION…: over the files that are named on its input.
tidy() {
  # shellcheck disable=SC2016
  xargs -r -P "$(nproc)" -I FILE bash -c 'tidy_one "$@"' tidy FILE "$@"
}

# tidy_folders OPTION…: over the folders of src as the preset release compiles them, a dozen files as one. That takes
# much less time for all of src, most of which clang-tidy spends on the headers of the libraries.
tidy_folders() {
  local folders
  # The folders with the most files first: the last ones leave a processor idle.
  folders=$(find build/release/src -path '*/Unity/*.cxx' -printf '%s %p\n' | sort -rn | cut -d ' ' -f 2-)
  [ -n "$folders" ] || { echo "There is no folder in build/release to look at." >&2; return 1; }
  tidy -p build/release --config-file=.clang-tidy "$@" <<<"$folders"
}

# tidy_files: a file at a time, until that takes longer than the folders do.
tidy_files() {
  local sources tests failed=0 most_alone=60
  # What finds nothing in files that are compiled as one: it looks at no other file than the one that it is given.
  local alone='clang-analyzer-*,misc-unused-*,readability-duplicate-include,bugprone-suspicious-include'
  sources=$(files_like 'src/.*\.[ch]pp')
  tests=$(files_like 'tests/(unit|support)/.*\.cpp')
  if [ "$(grep -c . <<<"$sources")" -le "$most_alone" ]; then
    tidy -p build/dev <<<"$sources" || failed=1
  else
    grep 'cpp$' <<<"$sources" | tidy -p build/dev --checks="-*,$alone" || failed=1
    tidy_folders --checks="-${alone//,/,-}" || failed=1
  fi
  # That each file of the tests compiles alone.
  tidy -p build/dev --checks='-*,readability-duplicate-include' <<<"$tests" || failed=1
  return "$failed"
}

check_tidy() {
  local log preset failed=0
  install_packages "${packages_for_building[@]}" clang-tidy
  log=$(mktemp)
  # Configured, not built: its list of commands, and its folders as few files.
  for preset in dev release; do
    cmake --preset "$preset" >"$log" || { cat "$log" >&2; rm -f "$log"; return 1; }
  done
  tidy_files >"$log" || failed=1
  # A header's finding comes once for each file that includes it.
  awk '/: (warning|error): /{known = seen[$0]++} !known' "$log"
  rm -f "$log"
  return "$failed"
}

check_cppcheck() {
  local sources
  install_packages cppcheck
  sources=$(files_like 'src/.*\.cpp')
  [ -n "$sources" ] || { echo "No .cpp file of src has changed."; return; }
  cppcheck --quiet --error-exitcode=1 -j "$(nproc)" --std=c++20 --language=c++ --inline-suppr -I src \
    --enable=warning,performance,portability --suppressions-list=.ci/cppcheck-suppressions --file-list=- <<<"$sources"
}

# --- How steps are run

step_names=()
declare -A step_of_name=() about=()

# step NAME WHAT FUNCTION: declares a step.
step() {
  step_names+=("$1")
  about[$1]=$2
  step_of_name[$1]=$3
}

list_steps() {
  local name
  for name in "${step_names[@]}"; do
    printf '  %-12s %s\n' "$name" "${about[$name]}"
  done
}

# processor_seconds FILE: what all children that this shell has waited for have used, as `times` has written it.
processor_seconds() {
  awk 'NR == 2 {gsub(/[ms]/, " "); print int($1 * 60 + $2 + $3 * 60 + $4)}' "$1"
}

# run_steps NAME…: goes on after a failure; a table at the end; fails if a step failed. Callers have a function `prepare`,
# which finds the files to look at.
run_steps() {
  local name begin used scratch result failed=0 rows=()
  scratch=$(mktemp)
  prepare
  for name in "$@"; do
    begin=$SECONDS
    times >"$scratch"
    used=$(processor_seconds "$scratch")
    echo "== $name: ${about[$name]}"
    # Not under `if`: bash would switch off -e inside the function.
    (set -e; "${step_of_name[$name]}") &
    if wait $!; then result=passed; else result=FAILED; failed=1; fi
    times >"$scratch"
    rows+=("$(printf '%-12s %s %6d s %8d s' "$name" "$result" $((SECONDS - begin)) $(($(processor_seconds "$scratch") - used)))")
    echo "== $name: $result after $((SECONDS - begin)) s"
  done
  rm -f "$scratch"
  printf '\n%-12s %-6s %8s %10s\n' step result time processors
  printf '%s\n' "${rows[@]}"
  printf '%-12s %s %6d s\n' total "$([ "$failed" = 0 ] && echo passed || echo FAILED)" "$SECONDS"
  return "$failed"
}

# main TITLE ARGUMENT…
main() {
  local title=$1 chosen=()
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --only)
        [ -n "${about[${2:- }]:-}" ] || { echo "--only needs the name of a step; --list prints them" >&2; exit 2; }
        chosen+=("$2")
        shift
        ;;
      --list) list_steps; exit 0 ;;
      -h | --help)
        printf '%s\n\n  %s\n  %s\n\n%s\n' "$title" "--only STEP   only this step; may be repeated" \
          "--list        prints the steps" "Steps:"
        list_steps
        exit 0
        ;;
      *) echo "There is no option $1; --help prints them" >&2; exit 2 ;;
    esac
    shift
  done
  [ ${#chosen[@]} -gt 0 ] || chosen=("${step_names[@]}")
  run_steps "${chosen[@]}"
}
