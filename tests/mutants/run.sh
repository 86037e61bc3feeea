#!/usr/bin/env bash
# Changes the rules of shared/domain one by one, such as a `<` to a `<=`, and tells which changes no unit test of theirs notices.
# Takes cargo-mutants 27.1.0. Works on a clone of the last commit, so the files here may be edited meanwhile.
#
#   tests/mutants/run.sh              all changes
#   tests/mutants/run.sh 3/20         every twentieth, from the fourth on
#
# Tests that take seconds are left out at first, and tests with random input take 16 inputs each. What is missed in the modules that such
# tests are about, `calendar`, `folding` and `capture`, is tried once more with all of their tests. What is missed elsewhere may still be
# caught by more random input, so try it by itself.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/tests/mutants

part=${1:-0/1}
work=$PWD/target/mutants/${part//\//-}
rm -rf "$work/first" "$work/again"
mkdir -p "$work/first"
if [ ! -d "$work/tree" ]; then git clone --quiet . "$work/tree"; fi
cd "$work/tree"
git fetch --quiet origin HEAD
git checkout --quiet --force --detach FETCH_HEAD

# Debug information takes longer to write than a test takes to run.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0 PROPTEST_FAILURE_PERSISTENCE=off
unset CARGO_TARGET_DIR
slow=(--skip naive --skip hostile_calendars --skip zones --skip folding:: --skip a_map_has_bounds --skip what_cannot_be_read_says_why
    --skip what_is_long_is_cut --skip what_shrinks_well)

# cargo-mutants ends with 2 if changes were missed, and with 3 if some took too long.
mutate() {
    local ended=0
    cargo mutants --in-place --baseline skip --build-timeout 600 --no-shuffle --no-times --colors never \
        -p lambdesk-domain "$@" || ended=$?
    case $ended in 0 | 2 | 3) ;; *) return "$ended" ;; esac
}

# As it is, everything passes. This builds what each change is built on.
cargo test --quiet --locked -p lambdesk-domain --lib
PROPTEST_CASES=16 mutate --sharding round-robin --shard "$part" --timeout 30 --output "$work/first" -- -- --quiet "${slow[@]}"

missed=$work/first/mutants.out/missed.txt
for module in calendar folding capture; do
    names=$(grep "^shared/domain/src/$module[./]" "$missed" | sed 's/[][\\.*^$+?(){}|]/\\&/g; s/.*/^&$/') || continue
    again=()
    while IFS= read -r name; do again+=(--re "$name"); done <<<"$names"
    mkdir -p "$work/again/$module"
    # By names alone cargo-mutants 27.1 also tries every change that deletes a field.
    files=(--file "shared/domain/src/$module.rs" --file "shared/domain/src/$module/**")
    mutate "${files[@]}" "${again[@]}" --timeout 120 --output "$work/again/$module" -- -- --quiet "$module"
done

outcome() { cat "$work/$1/mutants.out/$2.txt" 2>/dev/null || true; }
tried=$({ outcome first caught; outcome first missed; outcome first timeout; } | wc -l)
retried='^shared/domain/src/(calendar|folding|capture)[./]'
missed=$({
    outcome first missed | grep -vE "$retried"
    for module in calendar folding capture; do outcome "again/$module" missed; done | grep -xFf "$work/first/mutants.out/missed.txt"
} || true)
# same.txt has changes that mean the same, by their names without line and column, each with its reason. A line of it is about one change.
survivors=$(sed -E 's/^([^:]+):[0-9]+:[0-9]+:/\1:/' <<<"$missed" | paste - <(printf '%s\n' "$missed") |
    awk -F '\t' 'NR == FNR { known[$1]++; next } known[$1]-- > 0 { next } { print $2 }' "$here/same.txt" -)
all=$(grep -c . <<<"$missed" || true)
left=$(grep -c . <<<"$survivors" || true)
echo "part $part: $tried changes, $((tried - all)) of them caught, $((all - left)) that mean the same, $left missed"
printf '%s\n' "$survivors"
