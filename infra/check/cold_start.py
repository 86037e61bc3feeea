#!/usr/bin/env python3
"""Prints how fast each function starts and answers, and how large it is, beside one that does nothing, as a table for
docs/cold-start.md. `infra/check/cold-start.sh` builds what this needs. Each function starts
several times, by turns; the fastest counts, because what else the machine does only makes it slower.

    infra/check/cold_start.py --binaries target/release [FUNCTION …]
    infra/check/cold_start.py --binaries .aws-sam/build            as `sam build` leaves them

Exits 1 if a function that answers requests takes longer than twice as long to start, or is larger, than docs/cold-start.md says it
may be.
"""

import argparse
import functools
import io
import sys
import zipfile
from pathlib import Path

import runtime

ROUNDS = 9
# How much longer a start may take than that of a function that does nothing, and how large a zip may be.
MOST_TIMES = 2.0
MOST_ZIP_MB = 4.0
HELLO = runtime.ROOT / "target/hello/release"


def say_hello(invoke, event):
    for _ in range(3):
        answer = invoke(event)
        runtime.expect(f"hello, got {answer}", answer is None or answer.get("statusCode") == 200)


# What each function that does nothing is sent.
HELLOS = {"hello-request": runtime.request("GET", "/"), "hello-event": {}}


def place_of(binaries, name):
    """The binary of a function: cargo's, or the one that `sam build` has put in the folder of its resource."""
    plain = binaries / f"lambdesk-{name}"
    built = [folder for folder in binaries.glob("*Function") if folder.name.lower() == f"{name}function"]
    return built[0] / "bootstrap" if built else plain


def zipped(binary):
    """The size of a function's zip in MB, packed as SAM packs it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(binary, "bootstrap")
    return len(target.getvalue()) / 1e6


class Kind:
    """Watches whether a function answers requests, or events."""

    def __init__(self, check):
        self.check, self.answers_requests = check, None

    def __call__(self, invoke):
        def watched(event):
            if self.answers_requests is None:
                self.answers_requests = "requestContext" in event
            return invoke(event)

        watched.millis = invoke.millis
        self.check(watched)


def measure(places, env, seen):
    """Starts every function in turn, several times. Returns the measurements of each, and which of them answer requests."""
    rounds = {name: [] for name in places}
    kinds = {}
    for _ in range(ROUNDS):
        for name, binary in places.items():
            if name in HELLOS:
                check = functools.partial(say_hello, event=HELLOS[name])
            else:
                check = functools.partial(runtime.CHECKS[name], seen=seen)
            kinds[name] = Kind(check)
            rounds[name].append(runtime.run_function(binary, env, kinds[name]))
    return rounds, {name: kind.answers_requests for name, kind in kinds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=Path, default=runtime.ROOT / "target/release", metavar="DIR")
    parser.add_argument("functions", nargs="*", metavar="FUNCTION")
    options = parser.parse_args()
    names = options.functions or list(runtime.CHECKS)
    # The check of the widget makes the ticket that others read.
    names = [name for name in runtime.CHECKS if name in names or name == "widget"]
    places = {name: HELLO / name for name in HELLOS}
    places.update({name: place_of(options.binaries.resolve(), name) for name in names})

    # Each start may take seconds on a busy machine.
    limit = 60 * ROUNDS + 20 * len(places) * ROUNDS
    with runtime.desk(options.binaries.resolve(), limit) as (dynamodb, bus):
        rounds, requests = measure(places, runtime.function_env(dynamodb, bus), {})
    of = {name: {key: min(one[key] for one in rounds[name]) for key in rounds[name][0]} for name in places}

    print("| Function | Binary, MB | Zip, MB | Init, ms | Times hello's | First answer, ms | Warm answer, ms | Memory, MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    over = []
    for name, binary in places.items():
        one, size = of[name], zipped(binary)
        times = one["init"] / of["hello-request" if requests[name] else "hello-event"]["init"]
        print(
            f"| {name} | {binary.stat().st_size / 1e6:.1f} | {size:.1f} | {one['init']:.1f} | {times:.1f} | {one['first']:.1f} "
            f"| {one['next']:.1f} | {one['memory']:.0f} |"
        )
        if requests[name] and (times > MOST_TIMES or size > MOST_ZIP_MB):
            over.append(name)
    if over:
        sys.exit(f"over {MOST_TIMES} times hello's start, or {MOST_ZIP_MB} MB: {', '.join(over)}")


if __name__ == "__main__":
    main()
