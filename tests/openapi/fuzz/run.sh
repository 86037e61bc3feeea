#!/usr/bin/env bash
# Calls a local desk with requests that schemathesis makes from openapi.json, right ones and wrong ones, and checks the answers.
# Needs python3 and a desk that is built; installs the rest in target/fuzz-venv.
#
#   tests/openapi/fuzz/run.sh              as the gate does: with one seed, at most three minutes
#   tests/openapi/fuzz/run.sh MINUTES      with a seed of its own, which it prints, for so long
#   SEED=7 tests/openapi/fuzz/run.sh 20    with that seed
set -euo pipefail
cd "$(dirname "$0")/../../.."

venv=target/fuzz-venv
export PIP_DISABLE_PIP_VERSION_CHECK=1
[[ -x "$venv/bin/python" ]] || python3 -m venv "$venv"
[[ -x "$venv/bin/st" ]] || "$venv/bin/python" -m pip install --quiet 'schemathesis==4.32.*'
"$venv/bin/python" -B tests/openapi/fuzz/fuzz.py "$@"
