#!/usr/bin/env bash
# Runs Rollcall against a real Chatwoot: a small random estate is applied, changed, and deleted again. Off unless asked
# for; use a server on which a few accounts and people of example.com may come and go.
#
#   ROLLCALL_LIVE_URL     the server, as https://chat.example.com
#   ROLLCALL_LIVE_TOKEN   the token of a platform app
#   ROLLCALL_LIVE_SEED    optional: the seed of an earlier run, to have the same estate again
#   ROLLCALL_BUILD_DIR    optional: the folder of a built rollcall; without it, the release preset is built
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ -z "${ROLLCALL_LIVE_URL:-}" ] || [ -z "${ROLLCALL_LIVE_TOKEN:-}" ]; then
  echo "The live suite needs a server of its own: set ROLLCALL_LIVE_URL and ROLLCALL_LIVE_TOKEN." >&2
  exit 1
fi
if [ -z "${ROLLCALL_BUILD_DIR:-}" ]; then
  # shellcheck source=tests/support/setup.sh
  source "$root/tests/support/setup.sh"
  install_packages "${packages_for_building[@]}" "${packages_for_tests[@]}"
  build_preset "$root" release rollcall
  ROLLCALL_BUILD_DIR=$root/build/release
fi
exec /usr/bin/python3 "$root/tests/live/live.py" "$ROLLCALL_BUILD_DIR/rollcall"
