#!/usr/bin/env bash
# Shows that both commands of the README work on a bare Debian: debootstraps a release, clones HEAD of this repository
# into it (what is not committed is not in it), and runs examples/quickstart.sh and tests/run.sh there.
#
#   tests/bare/run.sh bookworm                                   # Debian 12; as root
#   tests/bare/run.sh trixie --cache /var/cache/rollcall-bare    # Debian 13
#   tests/bare/run.sh trixie -- -L unit                          # what follows -- goes to tests/run.sh
#
# .ci/nightly calls it once for each of the two. It exits 0 only if both commands did, takes about as long as they do
# and three minutes more, and needs 4 GB under TMPDIR. The mounts and processes of the new system live in namespaces of
# their own: the kernel ends them however this script ends.
#
# --cache keeps the debootstrapped base and the packages that the commands install; without it, each run loads them.
# --mirror names another mirror than that of this machine's apt sources.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/support/setup.sh
source "$root/tests/support/setup.sh"

fail() {
  echo "tests/bare/run.sh: $*" >&2
  exit 1
}

suite=${1:-}
case $suite in
  bookworm | trixie) shift ;;
  *) fail "Name the release: bookworm or trixie." ;;
esac
cache=
mirror=
while [ $# -gt 0 ]; do
  case $1 in
    --cache | --mirror)
      [ $# -ge 2 ] || fail "$1 needs a value."
      declare "${1#--}=$2"
      shift 2
      ;;
    --) shift; break ;;
    *) fail "Unknown option $1. Options of tests/run.sh come after --." ;;
  esac
done
[ "$(id -u)" -eq 0 ] || fail "Only root can make a new system. Run it with sudo."

# The first of this machine's apt sources that has the release.
find_mirror() {
  local uri
  while read -r uri; do
    if /usr/lib/apt/apt-helper download-file "${uri%/}/dists/$suite/InRelease" "$work/InRelease" >/dev/null 2>&1; then
      echo "$uri"
      return 0
    fi
  done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
  fail "No apt source of this machine has $suite. Name a mirror with --mirror."
}

# debootstrap's system without anything that it does not need itself.
make_base() {
  local base=${cache:+$cache/$suite.tar}
  mkdir "$system"
  if [ -n "$base" ] && [ -f "$base" ]; then
    tar -C "$system" --numeric-owner -xf "$base"
    return 0
  fi
  [ -n "$mirror" ] || mirror=$(find_mirror)
  echo "Loading $suite from $mirror"
  if ! debootstrap --variant=minbase "$suite" "$system" "$mirror" >"$work/debootstrap.log" 2>&1; then
    tail -n 20 "$work/debootstrap.log" >&2
    fail "debootstrap failed."
  fi
  if [ -n "$base" ]; then
    tar -C "$system" --numeric-owner -cf "$base.$$" .
    mv "$base.$$" "$base"
  fi
}

# What the new system needs of this machine to reach the mirror.
connect() {
  cp -L /etc/resolv.conf "$system/etc/resolv.conf"
  apt-config dump | grep -i '^Acquire::https\?::proxy' >"$system/etc/apt/apt.conf.d/90proxy" || true
}

# inside COMMAND…: runs it in the new system, from the clone, as root and with nothing of this environment.
inside() {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -euc '
    system=$1 packages=$2
    shift 2
    mount -t proc proc "$system/proc"
    mount --rbind /dev "$system/dev"
    [ -z "$packages" ] || mount --bind "$packages" "$system/var/cache/apt/archives"
    exec chroot "$system" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
      sh -c "cd /root/rollcall && exec \"\$@\"" sh "$@"
  ' bash "$system" "${cache:+$cache/$suite-packages}" "$@" </dev/null &
  # In the background, so that a signal is not kept waiting.
  running=$!
  wait "$running"
}

clean_up() {
  # --kill-child ends everything in the new system with it.
  if [ -n "$running" ] && kill -KILL "$running" 2>/dev/null; then wait "$running" 2>/dev/null || true; fi
  rm -rf --one-file-system "$work" 2>/dev/null || { sleep 1; rm -rf --one-file-system "$work"; }
}

# timed COMMAND…: runs it inside and prints its time.
timed() {
  local begin=$SECONDS status=0
  echo "== $suite: $*"
  inside "$@" || status=$?
  echo "== $suite: $1 ended with $status after $((SECONDS - begin)) s"
  return "$status"
}

install_packages debootstrap git
work=$(mktemp -d "${TMPDIR:-/tmp}/rollcall-$suite.XXXXXX")
system=$work/system
running=
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ -z "$cache" ] || mkdir -p "$cache/$suite-packages/partial"
make_base
connect
git clone --quiet "$root" "$system/root/rollcall"
failed=0
timed ./examples/quickstart.sh || failed=1
timed ./tests/run.sh "$@" || failed=1
exit "$failed"
