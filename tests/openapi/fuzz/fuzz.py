"""Starts a desk in memory, and has schemathesis call it. Ends with the exit code of schemathesis."""

import os
import random
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DESK = os.environ.get("LAMBDESK_LOCAL") or str(ROOT / "target/debug/lambdesk-local")
# A whole number of seconds that leaves the gate its three minutes, start and end included.
GATE = 150
# How many seconds the last call and the report may take after that.
GRACE = 60
# These end the credentials that the other calls are made with.
LEFT_OUT = ("projects_rotate_secret_token", "projects_rotate_widget_token", "projects_delete_secret_token_backup")

CONFIG = """
hooks = "{hooks}"
base-url = "{desk}"
continue-on-failure = true
max-failures = 60
warnings = false
request-timeout = 30.0
cache.enabled = false
generation.database = "none"
[phases]
examples.enabled = true
coverage.enabled = true
fuzzing.enabled = true
stateful.enabled = false
[auth.openapi]
personal_api_key = {{ bearer = "phx_local" }}
project_secret = {{ bearer = "phs_local" }}
widget_token = {{ api_key = "wgt_local" }}
[checks]
enabled = false
not_a_server_error.enabled = true
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_headers_conformance.enabled = true
response_schema_conformance.enabled = true
negative_data_rejection.enabled = true
names_what_is_wrong.enabled = true
"""


def start():
    """A desk in memory, and its address."""
    desk = subprocess.Popen([DESK, "--port", "0", "--memory", "--tick", "3600"], stdout=subprocess.PIPE, text=True)
    for line in desk.stdout:
        address = next((word for word in line.split() if word.startswith("http://127.0.0.1:")), None)
        if address:
            # Whatever the desk prints later must not fill the pipe.
            threading.Thread(target=desk.stdout.read, daemon=True).start()
            return desk, address.rstrip("/")
    sys.exit("the desk did not start")


def call(desk, folder, seconds, examples, seed):
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(hooks=HERE / "hooks.py", desk=desk))
    left_out = [part for name in LEFT_OUT for part in ("--exclude-operation-id", name)]
    command = [Path(sys.executable).parent / "st", "--config-file", config, "--no-color", "run", ROOT / "openapi.json", *left_out,
               "--seed", str(seed), "--max-examples", str(examples), "--max-time", str(seconds)]
    environment = {**os.environ, "LAMBDESK_DESK": desk, "LAMBDESK_SEED": str(seed)}
    try:
        return subprocess.run(command, cwd=folder, env=environment, check=False, timeout=seconds + GRACE).returncode
    except subprocess.TimeoutExpired:
        print(f"schemathesis did not end {GRACE} s after its time; SEED={seed}", file=sys.stderr)
        return 1


def main():
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else None
    seed = int(os.environ.get("SEED") or (random.randrange(1 << 32) if minutes else 1))
    print(f"seed {seed}", flush=True)
    desk, address = start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return call(address, Path(folder), minutes * 60 if minutes else GATE, 1000 if minutes else 25, seed)
    finally:
        desk.kill()
        desk.wait()


if __name__ == "__main__":
    sys.exit(main())
