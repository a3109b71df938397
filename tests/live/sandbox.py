#!/usr/bin/python3
"""Runs the live suite against the sandbox, twice: the second run meets the lists that deletions have broken."""

import os
import pathlib
import subprocess
import sys

TOKEN = "live-suite-token"


def main():
    build = pathlib.Path(sys.argv[1])
    script = pathlib.Path(__file__).resolve().parent.parent / "live.sh"
    command = [build / "rollcall-sandbox", "--port", "0", "--token", TOKEN]
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
                if subprocess.run([script], env=environment, check=False).returncode != 0:
                    return 1
        finally:
            sandbox.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
