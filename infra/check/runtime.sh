#!/usr/bin/env bash
# Builds every function for this machine, and runs each under the Lambda runtime emulator (see runtime.py). The emulator comes
# with the SAM CLI, which template.sh installs.
#
#   infra/check/runtime.sh              in the profile `gate`, which builds quickly
#   infra/check/runtime.sh --release    in the profile that is deployed, which takes some 25 minutes: for true sizes and times
#
# What else it is given goes to runtime.py.
set -euo pipefail
cd "$(dirname "$0")/../.."

profile=gate
if [[ "${1:-}" == --release ]]; then
    profile=release
    shift
fi

packages=()
for function in functions/*/; do
    packages+=("lambdesk-$(basename "$function")")
done
cargo build --profile "$profile" --locked "${packages[@]/#/--package=}" --bins
# The local desk is the default member. `.ci/units` keeps its third-party crates the ones that the tests have compiled.
cargo build --locked
python3 infra/check/runtime.py --binaries "target/$profile" "$@"
