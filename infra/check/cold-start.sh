#!/usr/bin/env bash
# How fast functions start, and how large they are, beside a function that does nothing (see cold_start.py). Both are built in the
# profile that is deployed, and run by turns under Lambda's runtime emulator.
#
#   infra/check/cold-start.sh                     every function, which takes half an hour to build
#   infra/check/cold-start.sh tickets widget      these
#   infra/check/cold-start.sh --binaries DIR …    what is built already, such as .aws-sam/build
set -euo pipefail
cd "$(dirname "$0")/../.."

binaries=
if [[ "${1:-}" == --binaries ]]; then
    binaries=$2
    shift 2
fi

# The function that does nothing: the same crates at the same versions, the same profile.
hello=$(mktemp -d)
trap 'rm -rf "$hello"' EXIT
mkdir "$hello/src"
cat > "$hello/Cargo.toml" <<TOML
[package]
name = "hello"
version = "0.0.0"
edition = "2024"

[[bin]]
name = "hello-request"
path = "src/request.rs"

[[bin]]
name = "hello-event"
path = "src/event.rs"

[dependencies]
$(grep -E '^(lambda_http|lambda_runtime|serde_json|tokio) = ' Cargo.toml)

[workspace]

$(awk '/^\[profile\.release\]/ { on = 1 } on && /^$/ { exit } on' Cargo.toml)
TOML
cat > "$hello/src/request.rs" <<'RS'
use lambda_http::{Body, Error, Request, Response, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::run(service_fn(async |_: Request| Ok::<_, Error>(Response::new(Body::from("hello"))))).await
}
RS
cat > "$hello/src/event.rs" <<'RS'
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| Ok::<_, Error>(Value::Null))).await
}
RS
cp rust-toolchain.toml Cargo.lock "$hello/"
(cd "$hello" && CARGO_TARGET_DIR="$OLDPWD/target/hello" cargo build --quiet --release)

if [[ -z "$binaries" ]]; then
    packages=()
    for function in functions/*/; do packages+=("lambdesk-$(basename "$function")"); done
    if (($# > 0)); then packages=("${@/#/lambdesk-}"); fi
    cargo build --release --locked "${packages[@]/#/--package=}" --bins
    binaries=target/release
fi
# The desk whose table they reach.
[[ -x target/debug/lambdesk-local ]] || cargo build --locked
python3 infra/check/cold_start.py --binaries "$binaries" "$@"
