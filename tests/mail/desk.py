"""A local desk with an SMTP listener, on ports of its own."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

PROGRAM = "target/debug/lambdesk-local"
DOMAIN = "desk.test"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_open(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def until(is_so, what, seconds=60):
    """Waits for something, and fails if it takes far too long."""
    end = time.monotonic() + seconds
    while not (found := is_so()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return found


class Desk:
    """A desk whose project 1 takes mail at demo@desk.test."""

    def __enter__(self):
        self.port, self.smtp = free_port(), free_port()
        self.log = tempfile.TemporaryFile("w+")
        flags = ["--memory", "--port", str(self.port), "--replay-port", "0", "--smtp", str(self.smtp), "--mail-domain", DOMAIN]
        self.program = subprocess.Popen([PROGRAM, *flags], stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, "RUST_LOG": "warn"})
        until(lambda: self.program.poll() is not None or (is_open(self.port) and is_open(self.smtp)), "the desk starts")
        if self.program.poll() is not None:
            raise AssertionError(f"the desk has ended: {self.said()}")
        return self

    def __exit__(self, *_):
        self.program.terminate()
        self.program.wait(timeout=30)
        self.log.close()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def call(self, method, path, body=None):
        """Calls the agents' API, below the project or by a whole URL's path."""
        return json.loads(self.asked(method, path, body) or b"null")

    def read(self, path):
        """The bytes at a path."""
        return self.asked("GET", path)

    def asked(self, method, path, body=None):
        path = path if path.startswith("/") else f"/api/projects/1/conversations/{path}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        request.add_header("authorization", "Bearer phx_local")
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]}") from error

    def noted(self):
        """What is noted of every mail, newest first."""
        rows, path = [], "email/inbound/?limit=200"
        while path:
            page = self.call("GET", path)
            rows += page["results"]
            path = page["next"] and "/" + page["next"].split("/", 3)[3]
        return rows

    def noted_as(self, subject):
        """What is noted of the mail with this subject, once there is one."""
        return until(lambda: [row for row in self.noted() if row["subject"] == subject], f"the mail {subject!r} is noted")
