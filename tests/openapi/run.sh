#!/usr/bin/env bash
# Checks that openapi.json breaks no promise of the last release, and first that the check itself finds what it should.
set -euo pipefail
cd "$(dirname "$0")"
python3 -B -m unittest --quiet
python3 -B grows.py
