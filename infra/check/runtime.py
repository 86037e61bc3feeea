#!/usr/bin/env python3
"""Runs every function as Lambda would: its own binary, under the runtime emulator that aws-sam-cli ships, with one event.

    infra/check/runtime.py                                  starts a desk of its own, which keeps nothing
    infra/check/runtime.py --dynamodb URL --bus URL         on a local stack that runs and is seeded (it prints the URLs)
    infra/check/runtime.py --binaries target/debug

Needs the binaries (`infra/check/runtime.sh` builds them first) and the emulator, which `infra/check/template.sh` installs.
Shows for each function the size of its binary, how long its start took by the emulator's account, its first and its next
answer. Exits 1 if one answers otherwise than it should. The standard library is all it uses.
"""

import argparse
import base64
import contextlib
import functools
import gzip
import hashlib
import http.client
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The longest that a process may run; after this it is killed.
LIMIT_SECONDS = 60
INVOCATIONS = "/2015-03-31/functions/function/invocations"


class Failed(Exception):
    """A check failed, or could not be run."""


def request(method, path, headers=None, body=None, cookies=None):
    """The event that API Gateway makes of a request to an HTTP API, in payload format 2.0."""
    http_part = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "check"}
    host = "check.execute-api.us-east-1.amazonaws.com"
    event = {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": host, "content-type": "application/json", "x-forwarded-proto": "https", **(headers or {})},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "check",
            "domainName": host,
            "domainPrefix": "check",
            "http": http_part,
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "ANY /{proxy+}",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1773342238390,
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        event["body"] = json.dumps(body)
    if cookies is not None:
        # API Gateway takes cookies out of the headers.
        event["cookies"] = cookies
    return event


def stream_event():
    """A record of an item that is no ticket, as a stream delivers it."""
    keys = {"PK": {"S": "K#unrelated"}, "SK": {"S": "~"}}
    change = {
        "ApproximateCreationDateTime": 1773342238.0,
        "Keys": keys,
        "NewImage": {**keys, "expires_at": {"N": "1773342298"}},
        "SequenceNumber": "4421584500000000017450439091",
        "SizeBytes": 26,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    record = {
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/desk/stream/2026-03-12T00:00:00.000",
    }
    return {"Records": [record]}


def queue_event(*bodies):
    """The event with these messages, as Lambda's poller of SQS delivers it."""

    def record(number, body):
        return {
            "messageId": f"059f36b4-87a3-44ab-83d2-66197{number:07}",
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1773342238390",
                "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": "1773342238402",
            },
            "messageAttributes": {},
            "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:check-WorkflowQueue",
            "awsRegion": "us-east-1",
        }

    return {"Records": [record(number, body) for number, body in enumerate(bodies)]}


def bus_event(ticket):
    """The event of a ticket's creation, as EventBridge sends it to a queue."""
    name = "$conversation_ticket_created"
    properties = {
        "ticket_id": ticket,
        "ticket_number": 1,
        "channel_source": "widget",
        "channel_detail": None,
        "status": "new",
        "priority": None,
        "customer_name": "",
        "customer_email": "",
    }
    detail = {
        "event": name,
        "uuid": "0b7a3b36-5ec9-5a43-a1f4-0f6d5f4f2b0e",
        "project_id": 1,
        "distinct_id": "check",
        "timestamp": "2026-03-12T19:03:58.390000Z",
        "properties": properties,
    }
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": name,
        "source": "lambdesk",
        "account": "123456789012",
        "time": "2026-03-12T19:03:58Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def bearer(token):
    return {"authorization": f"Bearer {token}"}


def expect(what, holds):
    if not holds:
        raise Failed(what)


def body_of(answer, status=200):
    """The JSON body of an HTTP answer. Any other status fails."""
    expect(f"status {status}, got {answer}", answer.get("statusCode") == status)
    return json.loads(answer["body"])


def check_tickets(invoke, seen):
    body = body_of(invoke(request("GET", "/api/projects/1/conversations/tickets/", bearer("phx_local"))))
    expect(f"results, got {body}", isinstance(body.get("results"), list))
    path = "/api/projects/1/conversations/workflows"
    update = {"action": "update_ticket", "inputs": {"tags": ["checked"]}}
    workflow = {"name": "Check", "trigger": {"event": "$conversation_ticket_created"}, "steps": [update]}
    body = body_of(invoke(request("POST", f"{path}/", bearer("phx_local"), workflow)), 201)
    runs = body_of(invoke(request("GET", f"{path}/{body['id']}/runs/", bearer("phx_local"))))
    expect(f"no runs, got {runs}", runs.get("results") == [])
    check_page_calls(invoke)


def check_page_calls(invoke):
    """What the inbox page asks of the function of tickets, beside the list."""

    def call(method, path, body=None, status=200):
        path = f"/api/projects/1/conversations/{path}"
        return body_of(invoke(request(method, path, bearer("phx_local"), body)), status)

    begun = call("POST", "sync/", {})
    filed = {"distinct_id": "check", "message": "Can it be undone?", "anonymous_traits": {"name": "Ada"}}
    ticket = call("POST", "tickets/", filed, 201)["id"]
    looking = {"viewing": ticket, "replying": False}
    asked = {"since": begun["cursor"], "filter": "status=new", "open": {"id": ticket}, "state": looking}
    news = call("POST", "sync/", asked)
    changed = [row["ticket"]["id"] for row in news["tickets"] if row["matches"]]
    expect(f"the new ticket, got {news}", ticket in changed and news["open"]["ticket"]["id"] == ticket)

    call("GET", f"tickets/{ticket}/")
    unread = call("POST", f"tickets/{ticket}/unread/")
    expect(f"one unread message, got {unread}", unread["unread_team_count"] == 1)

    change = {"ids": [ticket], "changes": {"priority": "high"}, "note": "Checked."}
    bulk = call("POST", "tickets/bulk_update/", change)
    expect(f"the ticket without its priority, got {bulk}", [row["before"] for row in bulk["updated"]] == [{"priority": None}])

    action = {"name": "Check", "content": "Hello {{customer.name}}!", "actions": {"status": "pending"}}
    action = call("POST", "quick_actions/", action, 201)["short_id"]
    apply = f"tickets/{ticket}/quick_actions/{action}/apply/"
    dry = call("POST", apply, {"dry_run": True})
    expect(f"the text and nothing sent, got {dry}", (dry["text"], dry["message"]) == ("Hello Ada!", None))
    applied = call("POST", apply, {}, 201)
    expect(f"a pending ticket, got {applied}", applied["ticket"]["status"] == "pending")

    counts = call("GET", "views/counts/")
    expect(f"a number for each view, got {counts}", all(isinstance(counts[of], int) for of in ("mine", "everything")))


def check_widget(invoke, seen):
    message = {
        "message": "Does it run on Lambda?",
        "traits": {"name": None, "email": None},
        "ticket_id": None,
        "widget_session_id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "distinct_id": "check",
    }
    path, token = "/api/conversations/v1/widget/message", {"x-conversations-token": "wgt_local"}
    body = body_of(invoke(request("POST", path, token, message)))
    expect(f"ticket_id, got {body}", isinstance(body.get("ticket_id"), str))
    seen["ticket"] = body["ticket_id"]


def check_inbox(invoke, seen):
    answer = invoke(request("GET", "/inbox", {"accept-encoding": "br"}))
    expect(f"status 200, got {answer}", answer.get("statusCode") == 200)
    headers = answer["headers"]
    expect(f"a policy, got {headers}", headers["content-security-policy"].startswith("default-src 'none'"))
    # A place in the page is the page, and a file that is not there is not.
    place = invoke(request("GET", "/inbox/1/t/1"))
    expect(f"the page, got {place}", place.get("statusCode") == 200 and "text/html" in place["headers"]["content-type"])
    missing = invoke(request("GET", "/inbox/assets/missing.js"))
    expect(f"status 404, got {missing}", missing.get("statusCode") == 404)
    # API Gateway is given compressed bytes as base64.
    expect(f"brotli, got {headers}", (headers["content-encoding"], answer["isBase64Encoded"]) == ("br", True))


def check_replay(invoke, seen):
    answer = invoke(request("GET", "/player"))
    expect(f"status 200, got {answer}", answer.get("statusCode") == 200)
    policy = answer["headers"]["content-security-policy"]
    expect(f"the inbox alone, got {policy}", "frame-ancestors https://desk.example.com;" in policy)
    for path in ("/inbox", "/assets/missing.js"):
        missing = invoke(request("GET", path))
        expect(f"status 404, got {missing}", missing.get("statusCode") == 404)


def check_external(invoke, seen):
    path = f"/api/conversations/external/ticket/{seen['ticket']}"
    body = body_of(invoke(request("GET", path, bearer("phs_local"))))
    expect(f"the ticket, got {body}", body.get("id") == seen["ticket"])


def check_projects(invoke, seen):
    def call(method, path, body=None):
        return body_of(invoke(request(method, f"/api/{path}", bearer("phx_local"), body)))

    body = call("GET", "projects/")
    expect(f"project 1, got {body}", 1 in [project.get("id") for project in body.get("results", [])])
    me = call("GET", "me/")
    expect(f"the agent, got {me}", (me["user"]["email"], me["sign_in"]) == ("agent@example.com", "none"))
    sessions = call("GET", "me/sessions/")
    expect(f"no sessions, got {sessions}", sessions.get("results") == [])
    preferences = {"density": "compact"}
    for body in (call("PUT", "me/preferences/", preferences), call("GET", "me/preferences/")):
        expect(f"the preferences, got {body}", body == preferences)
    # No session has this token. A request with a cookie must come from the page, and one without is 401 either way.
    cookie = ["__Host-lambdesk=unknown"]
    for headers, status in ({}, 403), ({"x-lambdesk": "1"}, 401):
        answer = invoke(request("GET", "/api/me/", headers, cookies=cookie))
        expect(f"status {status}, got {answer}", answer.get("statusCode") == status)


def check_session(invoke, seen):
    body = body_of(invoke(request("POST", "/auth/sign-out", {"x-lambdesk": "1"})))
    expect(f"nowhere to go on, got {body}", body == {"redirect": None})
    refused = invoke(request("POST", "/auth/sign-out"))
    expect(f"status 403, got {refused}", refused.get("statusCode") == 403)


def check_relay(invoke, seen):
    answer = invoke(stream_event())
    expect(f"no failures, got {answer}", answer == {"batchItemFailures": []})


def check_automation(invoke, seen):
    good = json.dumps(bus_event(seen["ticket"]))
    answer = invoke(queue_event(good))
    expect(f"no failures, got {answer}", answer == {"batchItemFailures": []})
    event = queue_event(good, "no event")
    failed = [{"itemIdentifier": event["Records"][1]["messageId"]}]
    answer = invoke(event)
    expect(f"the second message failed, got {answer}", answer == {"batchItemFailures": failed})


def fact_event(kind, ticket, **more):
    """A fact, as EventBridge hands it to a function."""
    detail = {"fact": kind, "uuid": "0b7a3b36-5ec9-5a43-a1f4-0f6d5f4f2b0e", "project_id": 1, "ticket_id": ticket, **more}
    return {**bus_event(ticket), "detail-type": kind, "source": "lambdesk.facts", "detail": detail}


def check_naming(invoke, seen):
    named = {"session_id": "check-1", "named_at": "2026-03-12T19:03:58.390000Z"}
    for _ in range(2):
        answer = invoke(fact_event("session.named", seen["ticket"], **named))
        expect(f"nothing, got {answer}", answer is None)
    failed = invoke({"detail": "no fact"})
    expect(f"an error, got {failed}", "errorMessage" in failed)


def check_capture(invoke, seen):
    properties = {"$session_id": "check-1", "distinct_id": "check", "$current_url": "https://shop.example/cart?x=1"}
    batch = {"api_key": "phc_local", "batch": [{"event": "$pageview", "properties": properties}]}
    taken = {"status": 1}
    body = body_of(invoke(request("POST", "/i/v0/e/", body=batch)))
    expect(f"{taken}, got {body}", body == taken)
    # API Gateway hands on what is no text as base64.
    zipped = request("POST", "/e/", {"content-type": "application/octet-stream"})
    zipped.update(body=base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode(), isBase64Encoded=True)
    body = body_of(invoke(zipped))
    expect(f"{taken}, got {body}", body == taken)
    # The check of naming has named the session, and a local desk records. No ticket names the other session.
    snapshot = {**properties, "token": "phc_local", "$snapshot_data": [{"type": 3, "timestamp": 1773342238390}]}
    for session, status in ("check-1", 200), ("check-2", 503):
        part = [{"event": "$snapshot", "properties": {**snapshot, "$session_id": session}}]
        answer = invoke(request("POST", "/s/", body=part))
        expect(f"status {status}, got {answer}", answer.get("statusCode") == status)


def check_sourcemaps(invoke, seen):
    path = "/api/projects/1/source_maps/"
    sent = request("PUT", path, {**bearer("phx_local"), "content-type": "application/octet-stream", "content-encoding": "gzip"})
    sent["rawQueryString"] = "chunk_id=check"
    source_map = {"version": 3, "sources": ["app.ts"], "names": [], "mappings": "AAAA"}
    sent.update(body=base64.b64encode(gzip.compress(json.dumps(source_map).encode())).decode(), isBase64Encoded=True)
    made = body_of(invoke(sent))
    expect(f"the script's id, got {made}", made.get("chunk_id") == "check")
    listed = body_of(invoke(request("GET", path, bearer("phx_local"))))
    expect(f"{made}, got {listed}", listed.get("results") == [made])
    answer = invoke(request("DELETE", f"{path}{made['id']}/", bearer("phx_local")))
    expect(f"status 204, got {answer}", answer.get("statusCode") == 204)


def check_channels(invoke, seen):
    path = "/api/projects/1/conversations/email"
    body = body_of(invoke(request("GET", f"{path}/addresses/", bearer("phx_local"))))
    expect(f"addresses, got {body}", isinstance(body.get("results"), list))
    body = body_of(invoke(request("GET", f"{path}/inbound/", bearer("phx_local"))))
    expect(f"what arrived, got {body}", isinstance(body.get("results"), list))


def mail_event(recipient):
    """What SES says of a mail, as it invokes a function."""
    verdict = {"status": "PASS"}
    mail = {"messageId": "check", "timestamp": "2026-03-12T19:03:58.390Z", "source": "ada@example.com"}
    receipt = {"recipients": [recipient]}
    receipt.update({f"{what}Verdict": verdict for what in ("spam", "virus", "spf", "dkim", "dmarc")})
    ses = {"mail": {**mail, "commonHeaders": {"subject": "Check"}}, "receipt": receipt}
    return {"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": ses}]}


def check_mailroom(invoke, seen):
    # Nobody has the address, so the mail itself is not read.
    for _ in range(2):
        answer = invoke(mail_event("nobody@desk.test"))
        expect(f"nothing, got {answer}", answer is None)
    again = {"project_id": 1, "at": "2026-03-12T19:03:58.390000Z", "id": "none", "is_let_in": True}
    answer = invoke({"again": again})
    expect(f"nothing, got {answer}", answer is None)
    failed = invoke({"Records": [{}]})
    expect(f"an error, got {failed}", "errorMessage" in failed)


def check_courier(invoke, seen):
    # No message of the ticket waits, so nothing is sent.
    due = fact_event("delivery.due", seen["ticket"], message_id="019d0000-0000-7000-8000-000000000000")
    told = {"eventType": "Send", "mail": {"messageId": "check", "timestamp": "2026-03-12T19:03:58.390Z", "tags": {}}}
    for event in (due, {**bus_event(seen["ticket"]), "source": "aws.ses", "detail": told}):
        answer = invoke(event)
        expect(f"nothing, got {answer}", answer is None)
    failed = invoke({"detail": "no fact"})
    expect(f"an error, got {failed}", "errorMessage" in failed)


def schedule_event():
    """What EventBridge Scheduler sends for a schedule without an input of its own."""
    return {
        "version": "0",
        "id": "27aa0cc5-7a3c-4c6d-a4c1-5a8e4a9a8f0b",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-03-12T19:03:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/check-clock"],
        "detail": "{}",
    }


def check_clock(invoke, seen):
    answer = invoke(schedule_event())
    expect(f"a count of timers, got {answer}", isinstance(answer.get("timers"), int))


# In this order, because the check of the widget creates the ticket that later checks read.
CHECKS = {
    "tickets": check_tickets,
    "widget": check_widget,
    "naming": check_naming,
    "capture": check_capture,
    "sourcemaps": check_sourcemaps,
    "channels": check_channels,
    "mailroom": check_mailroom,
    "courier": check_courier,
    "external": check_external,
    "inbox": check_inbox,
    "replay": check_replay,
    "projects": check_projects,
    "session": check_session,
    "relay": check_relay,
    "automation": check_automation,
    "clock": check_clock,
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, env, output, limit=LIMIT_SECONDS):
    """A process that ends with the block. `timeout` ends it too, in case this script is killed."""
    process = subprocess.Popen(
        ["timeout", "--kill-after=5", str(limit), *map(str, command)],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_until(what, process, ready, patience=20):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise Failed(f"{what} did not start")


def listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Invoker:
    """Sends events to an emulator, and measures how long each answer takes."""

    def __init__(self, port):
        self.port = port
        self.millis = []

    def __call__(self, event):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        started = time.perf_counter()
        connection.request("POST", INVOCATIONS, json.dumps(event))
        answer = connection.getresponse().read()
        self.millis.append((time.perf_counter() - started) * 1000)
        connection.close()
        try:
            return json.loads(answer)
        except ValueError:
            raise Failed(f"not JSON: {answer[:200]!r}") from None


def emulator():
    machine = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
    found = sorted(ROOT.glob(f"target/ci-venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    expect("no runtime emulator: run infra/check/template.sh first", found)
    found[0].chmod(0o755)
    return found[0]


def peak_memory(binary):
    """The most memory that the process of a binary has held so far, in MB."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.joinpath("exe").resolve() == binary.resolve():
                return int(re.search(r"VmHWM:\s+(\d+) kB", process.joinpath("status").read_text())[1]) * 1024 / 1e6
        except (OSError, TypeError):
            continue
    return None


def run_function(binary, env, check):
    """Runs a check against one function, twice. Returns what was measured: `init`, the milliseconds of its start; `first` and
    `next`, of its first and its last answer; `memory`, the most that it held, in MB."""
    expect(f"no binary {binary}: build it first", binary.is_file())
    front, api = free_port(), free_port()
    flags = ["--runtime-interface-emulator-address", f"127.0.0.1:{front}", "--runtime-api-address", f"127.0.0.1:{api}"]
    with tempfile.TemporaryFile("w+") as log:
        try:
            with running([emulator(), *flags, binary], env, log) as process:
                wait_until("the emulator", process, lambda: listens(front))
                invoke = Invoker(front)
                check(invoke)
                check(invoke)
                memory = peak_memory(binary)
        except Failed:
            log.seek(0)
            sys.stderr.write(log.read())
            raise
        log.seek(0)
        init = re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", log.read())
    return {
        "init": float(init[1]) if init else None,
        "first": invoke.millis[0],
        "next": invoke.millis[-1],
        "memory": memory,
    }


def row(name, binary, measured):
    """A function's row of the printed table."""
    start = "?" if measured["init"] is None else f"{measured['init']:.1f}"
    return f"{name:<12}{binary.stat().st_size / 1e6:>8.1f}{start:>10}{measured['first']:>10.1f}{measured['next']:>10.1f}"


def function_env(dynamodb, bus):
    """The variables that Lambda and the template set, and none of this machine's own but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "TABLE_NAME": "desk",
        "EVENT_BUS_NAME": "Bus",
        "FACTS": "ticket.created,message.added",
        "INBOX_ORIGINS": "https://desk.example.com ",
        "PLAYER_ORIGINS": "https://player.example",
        "FILES_ORIGINS": "https://files.example",
        "WORKFLOW_QUEUE_URL": f"{bus}/000000000000/WorkflowQueue",
        "WORKFLOW_DEAD_LETTERS_URL": f"{bus}/000000000000/WorkflowDeadLetters",
        "MAIL_DOMAIN": "desk.test",
        "MAIL_BUCKET": "mails",
        "MAILROOM": "check-mailroom",
        "MAIL_CONFIGURATION": "desk",
        "LINK_BASE": "https://desk.example.com",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_ENDPOINT_URL_EVENTBRIDGE": bus,
        "AWS_ENDPOINT_URL_SQS": bus,
        # Set as on AWS, because a function may read them.
        "AWS_LAMBDA_FUNCTION_NAME": "check",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }


@contextlib.contextmanager
def desk(binaries, limit=LIMIT_SECONDS):
    """A local stack that keeps nothing. Yields the URLs of its DynamoDB, and of its EventBridge and SQS."""
    with tempfile.TemporaryFile("w+") as log:
        # `runtime.sh` has just built the first one. The one beside the functions may be old.
        places = [ROOT / "target/debug/lambdesk-local", binaries / "lambdesk-local"]
        local = next((place for place in places if place.exists()), places[0])
        with running([local, "--port", "0", "--memory"], dict(os.environ), log, limit) as process:

            def printed():
                log.seek(0)
                return re.search(r"DynamoDB +(http://[0-9.:]+)(?s:.*)EventBridge, SQS +(http://[0-9.:]+)\n", log.read())

            yield wait_until("the local stack", process, printed).groups()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dynamodb", metavar="URL", help="the local stack's DynamoDB; without it, one is started")
    parser.add_argument("--bus", metavar="URL", help="the same stack's EventBridge and SQS")
    parser.add_argument("--binaries", type=Path, default=ROOT / "target/gate", metavar="DIR")
    options = parser.parse_args()
    if (options.dynamodb is None) != (options.bus is None):
        parser.error("--dynamodb and --bus belong together")
    binaries = options.binaries.resolve()
    passed = failed = 0
    seen = {}
    given = (options.dynamodb, options.bus)
    try:
        with contextlib.nullcontext(given) if options.dynamodb else desk(binaries) as (dynamodb, bus):
            env = function_env(dynamodb, bus)
            print(f"{'function':<12}{'MB':>8}{'init ms':>10}{'first ms':>10}{'next ms':>10}")
            for name in CHECKS:
                try:
                    binary = binaries / f"lambdesk-{name}"
                    measured = run_function(binary, env, functools.partial(CHECKS[name], seen=seen))
                    print(row(name, binary, measured), flush=True)
                    passed += 1
                except (Failed, KeyError, OSError) as error:
                    print(f"{name:<12} FAILED: {error}", flush=True)
                    failed += 1
    except Failed as error:
        print(f"FAILED: {error}")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
