#!/usr/bin/python3
"""Runs the live suite against the sandbox, with slow jobs: twice, so that the second run meets the lists that deletions
have broken, and once so that it fails and has to clean up after itself."""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

TOKEN = "live-suite-token"


def control(url, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{url}/_sandbox/{path}", data=data, timeout=30) as answer:
        return json.load(answer)


def is_empty(url):
    """Whether the server has lost everything again, once its jobs have run."""
    end = time.monotonic() + 30
    while True:
        left = control(url, "snapshot")
        if not any(left[section] for section in ("accounts", "users", "agent_bots")):
            return True
        if time.monotonic() > end:
            print(f"left on the server: {json.dumps(left)}")
            return False
        time.sleep(0.05)


def main():
    build = pathlib.Path(sys.argv[1])
    script = pathlib.Path(__file__).resolve().parent.parent / "live.sh"
    command = [build / "rollcall-sandbox", "--port", "0", "--token", TOKEN, "--job-delay", "1s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as sandbox:
        try:
            url = sandbox.stdout.readline().split()[-1]
            environment = {
                **os.environ,
                "ROLLCALL_BUILD_DIR": str(build),
                "ROLLCALL_LIVE_URL": url,
                "ROLLCALL_LIVE_TOKEN": TOKEN,
            }
            for _ in range(2):
                if subprocess.run([script], env=environment, check=False).returncode != 0 or not is_empty(url):
                    return 1
            control(url, "reset", {})
            control(url, "faults", {"method": "POST", "path": "/account_users$", "action": "fail", "count": 1000})
            print("A run that is to fail:", flush=True)
            if subprocess.run([script], env=environment, check=False).returncode != 1 or not is_empty(url):
                return 1
        finally:
            sandbox.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
