#!/usr/bin/env bash
# Checks the event patterns of pairs.json against moto's EventBridge, with rules that lead to an SQS queue. A unit test of
# infra/local checks the same pairs against the local bus. Needs python3, and installs moto in target/moto-venv.
set -euo pipefail
cd "$(dirname "$0")/../.."

bash .ci/moto
venv=target/moto-venv

port=$("$venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$venv/bin/python" "$venv/bin/moto_server" -H 127.0.0.1 -p "$port" > target/moto.log 2>&1 &
server=$!
trap 'kill "$server" 2> /dev/null && wait "$server" || true' EXIT
for _ in $(seq 100); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then break; fi
    kill -0 "$server" 2> /dev/null || { cat target/moto.log; exit 1; }
    sleep 0.2
done
"$venv/bin/python" tests/eventbridge/check.py "http://127.0.0.1:$port" tests/eventbridge/pairs.json
