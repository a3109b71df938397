#!/usr/bin/env bash
# The whole way of Rollcall in a minute, against a simulated Chatwoot on this machine: installs what is missing
# (Debian packages), builds, and shows each command with its output. Works in a temporary folder and leaves nothing
# but the build. Exits 0 only if every step ended as it should.
#
# With ROLLCALL_BUILD_DIR, the programs of that folder are used as they are: nothing is installed or built.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=
sandbox=

clean_up() {
  if [ -n "$sandbox" ]; then
    kill "$sandbox" 2>/dev/null || true
    wait "$sandbox" 2>/dev/null || true
  fi
  [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n# %s\n' "$*"; }

# shown COMMAND…: the command as one would type it.
shown() {
  local word
  printf '\n$'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=@%+-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
}

# show STATUS COMMAND…: prints the command as one would type it, runs it, and stops unless it ends with that status.
show() {
  local expected=$1 status=0
  shift
  shown "$@"
  "$@" || status=$?
  if [ "$status" -ne "$expected" ]; then
    echo "The quickstart stops: \`$1${2:+ $2}\` ended with $status instead of $expected." >&2
    exit 1
  fi
}

# id_of ADDRESS: the server's id of what the recorded state has under that address.
id_of() { rollcall state show "$1" | sed -n 's/^id  *//p'; }

if [ -n "${ROLLCALL_BUILD_DIR:-}" ]; then
  build=$(cd "$ROLLCALL_BUILD_DIR" && pwd)
else
  # shellcheck source=tests/support/setup.sh
  source "$root/tests/support/setup.sh"
  install_packages "${packages_for_building[@]}" "${packages_for_running[@]}"
  echo "Building rollcall and rollcall-sandbox"
  build_preset "$root" release rollcall rollcall-sandbox
  build=$root/build/release
fi
for variable in "${!ROLLCALL_@}"; do unset "$variable"; done
export PATH="$build:$PATH"
work=$(mktemp -d)

say "A simulated Chatwoot, on a free port, in the background"
printf '\n$ rollcall-sandbox --port 0 --token sandbox-token &\n'
mkfifo "$work/announced"
rollcall-sandbox --port 0 --token sandbox-token >"$work/announced" &
sandbox=$!
exec 3<"$work/announced"
read -r -t 20 announced <&3
echo "$announced"
url=${announced#listening on }

say "A project of one's own begins with a commented starter"
mkdir "$work/starter"
cd "$work/starter"
show 0 rollcall init
show 0 rollcall validate

say "From here on: the demo estate of examples/demo, with 3 accounts, 12 users and a bot"
cp -R "$root/examples/demo" "$work/demo"
cd "$work/demo"
export ROLLCALL_SERVER=$url ROLLCALL_TOKEN=sandbox-token
printf '\n$ export ROLLCALL_SERVER=%s ROLLCALL_TOKEN=sandbox-token\n' "$url"
show 0 rollcall validate

say "What would change? Nothing is sent yet"
show 0 rollcall plan

say "Make it so"
show 0 rollcall apply --auto-approve

say "A second plan has nothing to do"
show 0 rollcall plan

say "Somebody makes Dario an administrator by hand, on the server"
account=$(id_of accounts.support-emea)
person=$(id_of users.dario@example.com)
show 0 curl -sS --fail -X POST "$url/platform/api/v1/accounts/$account/account_users" \
  -H "Api-Access-Token: sandbox-token" -H "Content-Type: application/json" \
  -d "{\"user_id\": $person, \"role\": \"administrator\"}"
echo

say "Drift shows it, and says so with exit code 2"
show 2 rollcall drift

say "Looked at anew, the server is brought back to the roster"
show 0 rollcall apply --refresh --auto-approve
show 0 rollcall drift

say "Done: no request was made to anything but the sandbox, and it is gone now"
