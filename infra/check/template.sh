#!/usr/bin/env bash
# Checks infra/template.yaml as far as that is possible without an AWS account. Needs python3, and installs the rest in
# target/ci-venv.
#
#   infra/check/template.sh                    the template
#   infra/check/template.sh build [FUNCTION]   and `sam build` of one function (default: all) for this machine's processor,
#                                              with cargo-lambda and zig, which are installed too
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/ci-venv
# Sends nothing anywhere: no telemetry, and no check for a newer version.
export SAM_CLI_TELEMETRY=0 PIP_DISABLE_PIP_VERSION_CHECK=1
# The region decides which resource types and runtimes exist. No account is called.
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"

make_venv() {
    python3 -m venv "$venv" && return
    # Debian has `venv` in a package of its own.
    rm -rf "$venv"
    command -v apt-get > /dev/null || return 1
    apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv "$venv"
}

# Installs the package of a command, unless the venv has the command.
need() {
    [[ -x "$venv/bin/$1" ]] || "$venv/bin/python" -m pip install --quiet "${@:2}"
}

[[ -x "$venv/bin/python" ]] || make_venv
need sam 'aws-sam-cli==1.170.*'
# `sam build` searches the path for cargo-lambda and zig.
export PATH="$PWD/$venv/bin:$PATH"

# Three checks, because each finds what the others miss. First SAM's own properties, and that SAM can translate the template.
sam validate --template-file infra/template.yaml
# References, conditions, and CloudFormation's own resources.
sam validate --template-file infra/template.yaml --lint
# What CloudFormation would get: the functions, roles and event source mappings as the translation makes them.
python infra/check/translate.py infra/template.yaml > target/template.translated.yaml
cfn-lint --format parseable target/template.translated.yaml
echo "infra/template.yaml: valid, and so is what SAM makes of it"

if [[ "${1:-}" == build ]]; then
    need cargo-lambda 'cargo-lambda==1.9.*' 'ziglang==0.15.*'
    case "$(uname -m)" in
        x86_64) architecture=x86_64 ;;
        *) architecture=arm64 ;;
    esac
    sam build --parameter-overrides "Architecture=$architecture" "${@:2}"
fi
