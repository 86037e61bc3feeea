"""A release of the desk: its whole local desk, or its functions alone on another one's table."""

import contextlib
import http.client
import json
import os
import queue
import re
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/check"))

from runtime import Failed, function_env, request, running, wait_until  # noqa: E402

LIMIT_SECONDS = 1200
ANSWER_SECONDS = 60
# Which function answers which paths, as infra/template.yaml routes them. The first that matches counts.
ROUTES = [
    ("/api/conversations/v1/widget", "widget"),
    ("/api/conversations/external", "external"),
    ("/api/projects/1/conversations/email", "channels"),
    ("/api/projects/1/conversations", "tickets"),
    ("/api/", "projects"),
]


class Answer:
    """What a release answered to a request."""

    def __init__(self, release, status, text):
        self.release, self.status, self.text = release, status, text
        self.json = json.loads(text) if text[:1] in ("{", "[") else None


class Desk:
    """A release's whole local desk, called over HTTP."""

    def __init__(self, name, address, dynamodb, bus):
        self.name, self.address, self.dynamodb, self.bus = name, address, dynamodb, bus

    def call(self, method, path, headers, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=ANSWER_SECONDS)
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {**({} if body is None else {"content-type": "application/json"}), **headers}
        connection.request(method, path, text, headers)
        answer = connection.getresponse()
        answer = Answer(self.name, answer.status, answer.read().decode())
        connection.close()
        return answer


@contextlib.contextmanager
def desk(name, programs, data=None):
    """The local desk of a release, in a directory or in memory."""
    with tempfile.TemporaryFile("w+") as log:
        place = ["--memory"] if data is None else ["--data", data]
        command = [programs / "lambdesk-local", "--port", "0", "--tick", "3600", *place]
        with running(command, dict(os.environ), log, LIMIT_SECONDS) as process:

            def printed():
                log.seek(0)
                wanted = r"listening on http://([0-9.:]+)(?s:.*)DynamoDB +(http://[0-9.:]+)(?s:.*)EventBridge, SQS +(http://[0-9.:]+)\n"
                return re.search(wanted, log.read())

            yield Desk(name, *wait_until(f"the desk of the release {name}", process, printed, 60).groups())


class Function:
    """A function under a Lambda runtime API of our own, which gives it one event at a time."""

    def __init__(self, binary, env, log):
        self.events, self.answers = queue.Queue(), queue.Queue()
        function = self

        class Api(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                event = function.events.get()
                self.send_response(200)
                deadline = str(int((time.time() + ANSWER_SECONDS) * 1000))
                self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
                self.send_header("Lambda-Runtime-Deadline-Ms", deadline)
                arn = "arn:aws:lambda:us-east-1:123456789012:function:check"
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", arn)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self):
                length = self.headers.get("content-length")
                text = self.rfile.read(int(length)) if length else self.chunks()
                function.answers.put((self.path, text))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def chunks(self):
                text = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    text += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return text

            def log_message(self, *_args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args):
                """A function that is stopped leaves its connection."""

        self.server = Server(("127.0.0.1", 0), Api)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        env = {**env, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_address[1]}
        self.process = running([binary], env, log, LIMIT_SECONDS)
        self.process.__enter__()

    def __call__(self, event):
        self.events.put(json.dumps(event).encode())
        try:
            path, text = self.answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise Failed("a function gave no answer") from None
        if not path.endswith("/response"):
            raise Failed(f"a function failed: {path} {text[:300]!r}")
        return json.loads(text)

    def stop(self):
        self.process.__exit__(None, None, None)
        self.server.shutdown()


class Functions:
    """The functions of a release, on the table of another one's desk."""

    def __init__(self, name, programs, on, log):
        self.name, self.programs, self.log = name, programs, log
        self.env = function_env(on.dynamodb, on.bus)
        self.started = {}

    def function(self, name):
        if name not in self.started:
            self.started[name] = Function(self.programs / f"lambdesk-{name}", self.env, self.log)
        return self.started[name]

    def call(self, method, path, headers, body=None):
        name = next(name for prefix, name in ROUTES if path.startswith(prefix))
        parts = urllib.parse.urlsplit(path)
        event = request(method, parts.path, headers, body)
        event["rawQueryString"] = parts.query
        answer = self.function(name)(event)
        return Answer(self.name, answer["statusCode"], answer.get("body") or "")

    def stop(self):
        for function in self.started.values():
            function.stop()
