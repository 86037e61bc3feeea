#!/usr/bin/env bash
# Runs the release before and the present one side by side on one table, as functions do while a stack is updated, and one
# after the other, as a local desk is upgraded and taken back (see run.py). The file `from` names the commit of the release before.
#
#   tests/upgrade/run.sh              builds both, in the profile `dev`
#   tests/upgrade/run.sh COMMIT       takes another commit or tag for the release before
#
# Both releases are built in one directory, so that third-party crates which they share are compiled once.
set -euo pipefail
cd "$(dirname "$0")/../.."

from=${1:-$(cat tests/upgrade/from)}
if ! git cat-file -e "$from^{commit}" 2>/dev/null; then
    echo "This clone has no commit $from, as a shallow one has not. It is fetched."
    git fetch --quiet --depth 1 origin "$from" || {
        echo "The release before ($from) is neither in this clone nor at its origin, so an upgrade can't be tried." >&2
        echo "A clone with its history has it: git fetch --unshallow" >&2
        exit 1
    }
    from=$(git rev-parse FETCH_HEAD)
fi
from=$(git rev-parse "$from^{commit}")

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
programs=(lambdesk-local lambdesk-{tickets,widget,external,projects,channels,relay,automation,naming})

# Builds the release in this directory, and puts its programs under this name. Cargo tells crates of the workspace by their place in
# it and by the age of their files, so it would take one release's for the other's: they are made anew.
build() {
    (cd "$1" && cargo clean --quiet --workspace --profile dev && ${CARGO:-cargo} build --workspace --locked --bins)
    mkdir -p "target/upgrade/$2"
    for program in "${programs[@]}"; do
        cp --remove-destination "$CARGO_TARGET_DIR/debug/$program" "target/upgrade/$2/"
    done
}

if [ "$(cat target/upgrade/before/commit 2>/dev/null)" != "$from" ]; then
    rm -rf target/upgrade/source
    mkdir -p target/upgrade/source
    git archive "$from" | tar -x -C target/upgrade/source
    # What is compared is the API, so its page is left out.
    LAMBDESK_PAGE=skip build target/upgrade/source before
    echo "$from" >target/upgrade/before/commit
fi
build . present
python3 -B tests/upgrade/run.py --before target/upgrade/before --present target/upgrade/present
