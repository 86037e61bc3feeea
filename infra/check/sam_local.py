#!/usr/bin/env python3
"""Drives the desk as `sam local` runs it: each function in a container, on the template as `sam build` leaves it.

    infra/check/sam_local.py --gateway ADDRESS

`sam-local.sh` builds, starts the container engine, and runs this with the address at which containers reach this machine. The
table, the bus and the queues are those of a local desk, the parameters are moto's, and agents sign in at npm's oidc-provider.
Exits 1 if something answers otherwise than it should. The standard library is all it uses.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from runtime import ROOT, Failed, bus_event, desk, expect, fact_event, free_port, listens, mail_event, queue_event, running
from runtime import schedule_event, stream_event, wait_until

BUILT = ROOT / ".aws-sam/build"
# Nobody has this ticket. Whatever is said of it comes late, and changes nothing.
TICKET = "01890a5d-ac96-774b-bcce-b302099a8057"
NAMED = {"session_id": "check-1", "named_at": "2026-03-12T19:03:58.390000Z"}
NO_FAILURES = {"batchItemFailures": []}
# For each function that no request reaches: an event as it gets it, and whether an answer is what it should be.
DRIVEN_BY_EVENTS = {
    "NamingFunction": (fact_event("session.named", TICKET, **NAMED), lambda answer: answer is None),
    "MailroomFunction": (mail_event("nobody@desk.test"), lambda answer: answer is None),
    "RelayFunction": (stream_event(), lambda answer: answer == NO_FAILURES),
    "AutomationFunction": (queue_event(json.dumps(bus_event(TICKET))), lambda answer: answer == NO_FAILURES),
    "ClockFunction": (schedule_event(), lambda answer: isinstance(answer.get("timers"), int)),
}
PROJECT = "/api/projects/1/conversations"
AGENT = {"authorization": "Bearer phx_local"}
WIDGET = {"x-conversations-token": "wgt_local"}
WIDGET_PATH = "/api/conversations/v1/widget"
# The authority of the provider's certificate, in the folder of the function of sessions.
AUTHORITY = "check-authority.pem"
# What the provider of tests/session/provider.mjs knows of the desk, and the parameters that hold it.
SECRET = "a-secret-of-the-desk-that-is-long-enough"
CLIENT_ID, CLIENT_SECRET = "/local/oidc-client-id", "/desk/oidc-client-secret"
# A container starts in some seconds, on a busy machine in more.
PATIENCE_SECONDS = 120
LIMIT_SECONDS = 900


def pump(source, target):
    """Hands on what one side sends, until it has no more to say."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def reachable(url, gateway):
    """The server at this loopback URL, reachable from containers at the URL that this yields."""
    host, port = re.fullmatch(r"http://([0-9.]+):(\d+)", url).groups()
    listener = socket.create_server((gateway, 0))

    def accept():
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((host, int(port)))
                for ends in (near, far), (far, near):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://{gateway}:{listener.getsockname()[1]}"
    finally:
        listener.close()


def with_variables(text, part, variables):
    """A built template with more variables in a part of it. SAM sets only those that a template declares."""
    heading = re.compile(r"^( +)Variables:\n", re.MULTILINE).search(text, text.index(part))
    added = "".join(f"{heading[1]}  {name}: {value}\n" for name, value in variables.items())
    return text[: heading.end()] + added + text[heading.end() :]


@contextlib.contextmanager
def template(variables, of_session):
    """The built template with more variables for every function, and for the one of sessions."""
    text = (BUILT / "template.yaml").read_text()
    text = with_variables(text, "Globals:", variables)
    text = with_variables(text, "  SessionFunction:\n", of_session)
    # In the same folder, since it names the functions' folders relative to its own.
    path = BUILT / "check.yaml"
    path.write_text(text)
    try:
        yield path
    finally:
        path.unlink()


class Api:
    """Calls the API that `sam local start-api` serves."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.calls = 0

    def raw(self, method, path, headers=None, body=None):
        """The status, the headers and the body of an answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        self.calls += 1
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def call(self, method, path, headers, body=None, status=200):
        """The JSON of an answer with this status."""
        got, _, text = self.raw(method, path, headers, body)
        expect(f"status {status} of {method} {path}, got {got}: {text[:300]!r}", got == status)
        return json.loads(text) if text else None


def conversation(api):
    """A customer asks, an agent answers and notes, and the customer reads the answer."""
    traits = {"name": "Ada", "email": "ada@example.com"}
    session = "01890a5d-ac96-774b-bcce-b302099a8057"
    asked = {"message": "Does it run in a container?", "traits": traits, "ticket_id": None}
    asked |= {"widget_session_id": session, "distinct_id": "ada"}
    made = api.call("POST", f"{WIDGET_PATH}/message", WIDGET, asked)
    ticket = made["ticket_id"]

    listed = api.call("GET", f"{PROJECT}/tickets/?status=new", AGENT)
    expect(f"the new ticket, got {listed}", [row["id"] for row in listed["results"]] == [ticket])
    path = f"{PROJECT}/tickets/{ticket}"
    api.call("POST", f"{path}/reply/", AGENT, {"message": "It does."}, 201)
    api.call("POST", f"{path}/reply/", AGENT, {"message": "Seen in a container.", "is_private": True}, 201)
    changed = api.call("PATCH", f"{path}/", AGENT, {"status": "resolved", "priority": "low"})
    expect(f"a resolved ticket, got {changed}", (changed["status"], changed["priority"]) == ("resolved", "low"))

    read = api.call("GET", f"{WIDGET_PATH}/messages/{ticket}?widget_session_id={session}", WIDGET)
    texts = [message["content"] for message in read["messages"]]
    expect(f"question and answer without the note, got {texts}", texts == [asked["message"], "It does."])
    refused = api.raw("GET", f"{WIDGET_PATH}/messages/{ticket}?widget_session_id=01890a5d-0000-774b-bcce-b302099a8057", WIDGET)
    expect(f"no other session reads it, got {refused}", refused[0] in (403, 404))
    nobody = api.raw("GET", f"{PROJECT}/tickets/", {})
    expect(f"status 401, got {nobody}", nobody[0] == 401)


def page(api):
    """The inbox page with its script, the words on signing in, and posthog-js."""
    status, headers, html = api.raw("GET", "/inbox")
    expect(f"the page, got {status}", status == 200 and headers["content-type"].startswith("text/html"))
    script = re.search(rb'src="(/inbox/assets/[^"]+[.]js)"', html)
    expect(f"a script, got {html!r}", script)
    status, headers, code = api.raw("GET", script[1].decode())
    expect(f"the script, got {status}", status == 200 and "javascript" in headers["content-type"] and len(code) > 1000)
    status, headers, text = api.raw("GET", "/auth/sign-in")
    expect(f"a page that says how to set sign-in up, got {status}", status == 404 and b"Nobody can sign in" in text)
    status, headers, sdk = api.raw("GET", "/static/array.js")
    expect(f"posthog-js, got {status}", status == 200 and len(sdk) > 10_000)
    remote = api.call("GET", "/array/phc_local/config", {})
    expect(f"the widget's settings, got {remote}", remote["conversations"]["enabled"] is True)
    external = api.raw("GET", "/api/conversations/external/ticket/none", {"authorization": "Bearer phs_local"})
    expect(f"status 404 or 400, got {external}", external[0] in (400, 404))
    api.call("GET", "/api/me/", AGENT)
    api.call("GET", f"{PROJECT}/email/addresses/", AGENT)
    api.call("GET", "/api/projects/1/source_maps/", AGENT)
    taken = api.call("POST", "/e/", {}, {"api_key": "phc_local", "batch": []})
    expect(f"an empty batch is taken, got {taken}", taken == {"status": 1})


def drive_api(sam, built, log):
    port = free_port()
    command = [*sam, "start-api", "--config-env", "ci", "--config-file", ROOT / "samconfig.toml", "--template", built]
    with running([*command, "--port", port], dict(os.environ), log, LIMIT_SECONDS) as process:
        wait_until("sam local start-api", process, lambda: listens(port), PATIENCE_SECONDS)
        for part in (conversation, page):
            api = Api(port)
            started = time.monotonic()
            part(api)
            print(f"start-api     {part.__name__:<14}{api.calls:>3} calls {time.monotonic() - started:>6.1f} s", flush=True)


@contextlib.contextmanager
def authority(address):
    """A certificate for an address, by an authority of its own that the function of sessions trusts: its folder holds the
    authority's certificate while this lasts. Yields the paths of the authority, of the certificate, and of its key."""
    trusted = BUILT / "SessionFunction" / AUTHORITY
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.joinpath("names").write_text(f"subjectAltName=IP:{address}\n")
        made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
        for command in (
            ["req", "-x509", *made, "-keyout", "authority.key", "-out", trusted, "-days", "1", "-subj", "/CN=check"],
            ["req", *made, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={address}"],
            ["x509", "-req", "-in", "request.pem", "-CA", trusted, "-CAkey", "authority.key", "-CAcreateserial", "-CAserial", "serial"]
            + ["-out", "certificate.pem", "-days", "1", "-extfile", "names"],
        ):
            subprocess.run(["openssl", *command], cwd=path, check=True, capture_output=True)
        try:
            yield trusted, path / "certificate.pem", path / "key.pem"
        finally:
            trusted.unlink()


@contextlib.contextmanager
def parameters(log):
    """Moto's store of parameters, with the desk's id and secret at the provider."""
    port = free_port()
    venv = ROOT / "target/moto-venv/bin"
    with running([venv / "python", venv / "moto_server", "-H", "127.0.0.1", "-p", port], dict(os.environ), log, LIMIT_SECONDS) as process:
        wait_until("moto", process, lambda: listens(port), PATIENCE_SECONDS)
        url = f"http://127.0.0.1:{port}"
        for name, kind, value in (CLIENT_ID, "String", "desk"), (CLIENT_SECRET, "SecureString", SECRET):
            asked = {"Name": name, "Type": kind, "Value": value}
            headers = {"x-amz-target": "AmazonSSM.PutParameter", "content-type": "application/x-amz-json-1.1"}
            headers["authorization"] = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/ssm/aws4_request"
            urllib.request.urlopen(urllib.request.Request(url, json.dumps(asked).encode(), headers))
        yield url


def drive_sign_in(sam, built, gateway, certificate, log):
    """An agent signs in at a provider, calls the API, and signs out."""
    port, provider = free_port(), f"https://{gateway}:{free_port()}"
    chosen = f"SignIn=oidc OidcIssuer={provider} OidcClientId=desk OidcClientSecretParameter={CLIENT_SECRET}"
    command = [*sam, "start-api", "--config-env", "ci", "--config-file", ROOT / "samconfig.toml", "--template", built]
    command += ["--parameter-overrides", f"Architecture=x86_64 MailDomain=desk.test {chosen}", "--port", port]
    trusted, *pair = certificate
    started = time.monotonic()
    # SAM prefers a variable of its own environment to the template's.
    own = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    with running(command, own, log, LIMIT_SECONDS) as process:
        wait_until("sam local start-api", process, lambda: listens(port), PATIENCE_SECONDS)
        program = ["node", "containers.mjs", f"http://127.0.0.1:{port}", provider, *pair]
        environment = {**os.environ, "NODE_EXTRA_CA_CERTS": str(trusted)}
        walk = subprocess.run(program, cwd=ROOT / "tests/session", env=environment, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        expect(f"an agent signs in and out, got {walk.stdout}{walk.stderr}", walk.returncode == 0)
    print(f"start-api     {'sign_in':<24} {time.monotonic() - started:>6.1f} s", flush=True)


def invoke(sam, built, function, event):
    """What a function answers to `sam local invoke`, which starts a container for it."""
    command = [*sam, "invoke", function, "--config-env", "ci", "--config-file", ROOT / "samconfig.toml"]
    command = list(map(str, [*command, "--template", built, "--event", "-"]))
    done = subprocess.run(command, input=json.dumps(event), text=True, capture_output=True, timeout=PATIENCE_SECONDS)
    answer = done.stdout.strip()
    try:
        expect(f"{function} ends well, got {done.returncode}", done.returncode == 0)
        return json.loads(answer.splitlines()[-1]) if answer else None
    except (Failed, ValueError) as error:
        raise Failed(f"{error}: {answer!r}\n{done.stderr[-2000:]}") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway", required=True, metavar="ADDRESS", help="where containers reach this machine")
    options = parser.parse_args()
    sam = [shutil.which("sam"), "local"]
    binaries = ROOT / "target/gate"
    with tempfile.TemporaryFile("w+") as log, contextlib.ExitStack() as open_:
        try:
            dynamodb, bus = open_.enter_context(desk(binaries, LIMIT_SECONDS))
            dynamodb = open_.enter_context(reachable(dynamodb, options.gateway))
            bus = open_.enter_context(reachable(bus, options.gateway))
            ssm = open_.enter_context(reachable(open_.enter_context(parameters(log)), options.gateway))
            certificate = open_.enter_context(authority(options.gateway))
            variables = {
                "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
                "AWS_ENDPOINT_URL_EVENTBRIDGE": bus,
                "AWS_ENDPOINT_URL_SQS": bus,
            }
            of_session = {"AWS_ENDPOINT_URL_SSM": ssm, "SSL_CERT_FILE": f"/var/task/{AUTHORITY}"}
            built = open_.enter_context(template(variables, of_session))
            drive_api(sam, built, log)
            drive_sign_in(sam, built, options.gateway, certificate, log)
            for function, (event, is_right) in DRIVEN_BY_EVENTS.items():
                started = time.monotonic()
                answer = invoke(sam, built, function, event)
                expect(f"{function} answers otherwise than it should: {answer!r}", is_right(answer))
                print(f"invoke        {function:<20} {time.monotonic() - started:>6.1f} s", flush=True)
        except (Failed, KeyError, OSError, subprocess.TimeoutExpired) as error:
            log.seek(0)
            sys.stderr.write(log.read()[-8000:])
            print(f"FAILED: {error}")
            sys.exit(1)
    print("sam local: everything answers as it should")


if __name__ == "__main__":
    main()
