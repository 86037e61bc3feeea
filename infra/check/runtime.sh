#!/usr/bin/env bash
# Builds every function as it is deployed, but for this machine, and runs each under the Lambda runtime emulator (see
# runtime.py). The emulator comes with the SAM CLI, which template.sh installs.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=()
for function in functions/*/; do
    packages+=("lambdesk-$(basename "$function")")
done
cargo build --release --locked "${packages[@]/#/--package=}" --bins
cargo build --locked --package=lambdesk-local
python3 infra/check/runtime.py "$@"
