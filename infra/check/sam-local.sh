#!/usr/bin/env bash
# Runs the desk in containers, as `sam build && sam local start-api` does, and drives it (see sam_local.py). The template is the
# one that `sam build` leaves.
#
#   infra/check/sam-local.sh          with the functions that runtime.sh has built. cargo-lambda would compile everything once
#                                     more, for half an hour, so a stand-in for it hands them to `sam build`
#   infra/check/sam-local.sh --real   with cargo-lambda and zig, as whoever deploys the desk builds it
#
# Docker runs the containers where there is one, else podman, which it installs on Debian as root. Without either it fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-us-east-1}"
# SAM asks for credentials. Nothing here leaves the machine.
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
image=public.ecr.aws/lambda/provided:al2023
work=$(mktemp -d)

finish() {
    if [[ -n "${service:-}" ]]; then
        engine rm --all --force --time 0 > /dev/null 2>&1 || true
        kill "$service" 2> /dev/null && wait "$service" || true
    fi
    rm -rf "$work"
}
trap finish EXIT

# The engine's command: `docker`, or podman with a store of its own, so that the machine's is left alone.
engine() {
    if [[ -z "${service:-}" ]]; then docker "$@"; else podman --root "$work/store" --runroot "$work/run" "$@"; fi
}

install_podman() {
    command -v apt-get > /dev/null || { echo "neither Docker nor podman is here" >&2; return 1; }
    apt-get update -qq
    # crun, podman's first choice, refuses a machine with control groups of both versions. runc does not.
    DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends busybox-static podman runc iptables netavark \
        aardvark-dns containernetworking-plugins ca-certificates openssl > /dev/null
}

# Podman speaks Docker's API on a socket.
start_podman() {
    for command in podman runc busybox; do
        command -v "$command" > /dev/null || { install_podman; break; }
    done
    export CONTAINERS_CONF="$PWD/infra/check/sam/containers.conf" STORAGE_DRIVER=vfs DOCKER_HOST="unix://$work/podman.sock"
    podman --root "$work/store" --runroot "$work/run" system service --time=0 "$DOCKER_HOST" 2> "$work/podman.log" &
    service=$!
    timeout 30 bash -c 'until [[ -S "$0" ]]; do sleep 0.1; done' "$work/podman.sock" || { cat "$work/podman.log"; return 1; }
    # Lambda's own image if it can be had.
    timeout 60 podman --root "$work/store" --runroot "$work/run" pull --quiet "$image" > /dev/null 2>&1 || make_image
}

# An image with what a function needs of Lambda's: the C library and certificates, and a shell for SAM's emulator.
make_image() {
    echo "$image can't be had: a small image stands in for it"
    local root=$work/image command
    mkdir -p "$root"/{bin,tmp,etc/pki/tls/certs,var/task,var/runtime,var/rapid}
    cp "$(command -v busybox)" "$root/bin/busybox"
    for command in sh chmod ls cat mkdir mv cp rm ln env sleep; do ln -s busybox "$root/bin/$command"; done
    ldd .aws-sam/build/TicketsFunction/bootstrap | grep -o '/[^ ]*' | xargs cp -L --parents -t "$root"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/pki/tls/certs/ca-bundle.crt"
    printf 'FROM scratch\nCOPY . /\nENV PATH=/bin\nWORKDIR /var/task\n' > "$work/Containerfile"
    engine build --quiet --tag "$image" --file "$work/Containerfile" "$root" > /dev/null
    engine tag "$image" "$image-$(uname -m)"
}

[[ -x target/ci-venv/bin/sam ]] || bash infra/check/template.sh
export PATH="$PWD/target/ci-venv/bin:$PATH"

if [[ "${1:-}" == --real ]]; then
    bash infra/check/template.sh build
else
    export LAMBDESK_ROOT=$PWD LAMBDESK_BINARIES="${LAMBDESK_BINARIES:-$PWD/target/gate}"
    PATH="$PWD/infra/check/sam:$PATH" sam build --config-env ci
fi

if command -v docker > /dev/null && timeout 20 docker info > /dev/null 2>&1; then
    gateway=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')
else
    start_podman
    gateway=$(engine network inspect podman --format '{{(index .Subnets 0).Gateway}}')
    # The bridge is there while a container runs.
    engine run --detach "$image" sleep 3600 > /dev/null
fi
# What signing in needs: a store of parameters, a provider, and a certificate for it.
bash .ci/moto
command -v openssl > /dev/null || { apt-get update -qq && apt-get install -qqy openssl > /dev/null; }
(cd tests/session && npm ci --ignore-scripts --no-audit --no-fund)
python infra/check/sam_local.py --gateway "$gateway"
