#!/usr/bin/env bash
# Signs in by npm's `oidc-provider`, on a local desk of its own. Needs the desk's program (`cargo build` makes it) and Node.
set -euo pipefail
cd "$(dirname "$0")"

npm ci --ignore-scripts --no-audit --no-fund
node --test --test-reporter=spec
