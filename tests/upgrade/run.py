#!/usr/bin/env python3
"""Two releases of the desk on one table.

    tests/upgrade/run.py --before DIR --present DIR

Each directory has the programs of a release; `run.sh` builds them.

1. **Side by side**, as Lambda runs functions of both while a stack is updated: the desk of one release, with its relay, bus and
   workflows, and the functions of the other on its table. Conversations go on request by request, now by one release, now by the
   other. Then the releases change places.
2. **One after the other** in one directory, as a local desk is upgraded: before, present, and back to the release before.

Nothing that was acknowledged is lost, no answer is a 5xx, and lists and counts are the same by both releases. Exits 1 otherwise.
The standard library is all it uses.
"""

import argparse
import sys
import tempfile
import uuid
from pathlib import Path

from releases import Failed, Functions, desk

CONVERSATIONS = "/api/projects/1/conversations"
WIDGET = "/api/conversations/v1/widget"
AGENT = {"authorization": "Bearer phx_local"}
CUSTOMER = {"x-conversations-token": "wgt_local"}
SECRET = {"authorization": "Bearer phs_local"}
ROUNDS = 4
# What both releases are asked after each round, beside the tickets themselves.
LISTS = [
    "tickets/?limit=100",
    "tickets/?limit=100&status=pending",
    "tickets/?limit=100&tags=%5B%22checked%22%5D",
    "tickets/?limit=100&search=ada",
    "tickets/?limit=100&assignee=unassigned",
    "tickets/unread_count/",
    "tags/",
    "views/",
    "views/counts/",
    "quick_actions/",
    "workflows/",
    "sla_policies/",
    "email/addresses/",
    "email/inbound/?limit=100",
]

# What is meant to differ: the beginning of a path, and a field. It is emptied when `from` names another commit. A field that
# counts down differs between any two answers.
CHANGED = [("email/inbound/", "id")]
COUNTS_DOWN = "remaining_seconds"


def differences(less, more, left_out, at=""):
    """Where the answer of the release before is not the present one's. The present one may say more."""
    if isinstance(less, dict) and isinstance(more, dict):
        keys = [key for key in less if key not in left_out]
        return [line for key in keys for line in differences(less[key], more.get(key, "is gone"), left_out, f"{at}.{key}")]
    if isinstance(less, list) and isinstance(more, list) and len(less) == len(more):
        return [line for n, pair in enumerate(zip(less, more)) for line in differences(*pair, left_out, f"{at}[{n}]")]
    return [] if less == more else [f"{at}: before {less!r}, present {more!r}"]


class Story:
    """What customers and agents do, by whichever release has its turn."""

    def __init__(self, releases, host):
        self.releases, self.host = releases, host
        self.turn = 0
        self.calls = 0
        self.workflow = None
        # The texts of each ticket that were acknowledged.
        self.threads = {}

    def call(self, method, path, headers, body=None, status=200, by=None):
        release = by or self.releases[self.turn % len(self.releases)]
        self.turn += by is None
        self.calls += 1
        answer = release.call(method, path, headers, body)
        if answer.status != status:
            raise Failed(f"{method} {path} by {release.name}: {answer.status} in place of {status}: {answer.text[:400]}")
        return answer.json

    def agent(self, method, path, body=None, status=200, headers=None, by=None):
        return self.call(method, f"{CONVERSATIONS}/{path}", {**AGENT, **(headers or {})}, body, status, by)

    def send(self, session, text, ticket=None):
        body = {
            "message": text, "ticket_id": ticket, "widget_session_id": session, "distinct_id": f"ada-{session}",
            "traits": {"name": "Ada", "email": "ada@example.com"}, "session_id": "s1",
        }
        ticket = self.call("POST", f"{WIDGET}/message", CUSTOMER, body)["ticket_id"]
        self.threads.setdefault(ticket, []).append(text)
        return ticket

    def reply(self, ticket, text, **more):
        body = {"message": text, **more.pop("body", {})}
        made = self.agent("POST", f"tickets/{ticket}/reply/", body, 201, **more)
        self.threads.setdefault(ticket, []).append(text)
        return made

    def drain(self):
        self.call("POST", "/_local/drain", {}, by=self.host)

    def prepare(self):
        """What a project has before anybody writes. One release makes each thing, and the other changes it."""
        # At first nobody remembers who is a member, and that the project knows people, which is for a minute.
        self.agent("POST", "email/addresses/", {"kind": "desk", "address": "demo"}, 201, by=self.host)
        self.mail_arrives()
        member = {"email": "bob@example.com", "first_name": "Bob"}
        member = self.call("POST", "/api/projects/1/members/", AGENT, member, 201)["id"]
        key = {"label": "Bob's", "scopes": ["ticket:write"], "user": member}
        key = self.call("POST", "/api/personal_api_keys/", AGENT, key, 201)["value"]
        for release in self.releases:
            self.call("GET", f"{CONVERSATIONS}/tickets/", {"authorization": f"Bearer {key}"}, by=release)
        step = {"action": "update_ticket", "inputs": {"tags": ["checked"], "tags_mode": "add"}}
        workflow = {"name": "Check", "trigger": {"event": "$conversation_ticket_created"}, "steps": [step]}
        self.workflow = self.agent("POST", "workflows/", workflow, 201)["id"]
        self.agent("PATCH", f"workflows/{self.workflow}/", {"name": "Checked"})
        policies = {"policies": [{"name": "All", "targets": {"first_response": {"amount": 8}}}]}
        # A process remembers a project for a minute, unless it has changed it itself.
        for release in self.releases:
            self.agent("PUT", "sla_policies/", policies, by=release)
        view = self.agent("POST", "views/", {"name": "Pending", "filters": {"status": ["pending"]}}, 201)["short_id"]
        self.agent("PATCH", f"views/{view}/", {"name": "What is pending"})
        self.call("PATCH", "/api/projects/1/", AGENT, {"conversations_settings": {"widget_greeting_text": "Hello"}})
        role = self.call("POST", "/api/projects/1/roles/", AGENT, {"name": "Sales"}, 201)["id"]
        self.call("PATCH", f"/api/projects/1/roles/{role}/", AGENT, {"name": "Sellers"})
        self.call("PUT", "/api/me/preferences/", AGENT, {"density": "compact"})
        if self.call("GET", "/api/me/preferences/", AGENT) != {"density": "compact"}:
            raise Failed("the preferences are not those that were kept")

    def round(self):
        """A conversation. The number of its calls is odd, so that the next one begins with the other release."""
        start = self.turn
        session = str(uuid.uuid4())
        ticket = self.send(session, "The export fails.")
        other = self.send(str(uuid.uuid4()), "Where is my invoice?")
        # The workflow adds its tag, and the next change sets other ones.
        self.drain()
        if "checked" not in self.agent("GET", f"tickets/{ticket}/")["tags"]:
            raise Failed("the workflow did not see a new ticket")
        self.agent("PATCH", f"tickets/{ticket}/", {"priority": "high", "tags": ["export", "checked"]})
        self.reply(ticket, "Which export?")
        page = self.call("GET", f"{WIDGET}/messages/{ticket}?limit=50&widget_session_id={session}", CUSTOMER)
        texts = [message["content"] for message in page["messages"]]
        if texts != ["The export fails.", "Which export?"]:
            raise Failed(f"the customer reads {texts}")
        cursor = page["messages"][-1]["created_at"]
        self.send(session, "That of invoices.", ticket)
        polled = self.call(
            "GET", f"{WIDGET}/messages/{ticket}?limit=50&after={cursor}&widget_session_id={session}", CUSTOMER
        )
        if [message["content"] for message in polled["messages"]] != ["That of invoices."]:
            raise Failed(f"after the cursor come {polled['messages']}")
        note = self.reply(ticket, "Ask Bob.", body={"is_private": True})["id"]
        self.agent("PATCH", f"tickets/{ticket}/notes/{note}/", {"message": "Ask Bob or Eve."})
        self.threads[ticket][-1] = "Ask Bob or Eve."
        self.call("PATCH", f"/api/conversations/external/ticket/{ticket}", SECRET, {"tags": ["outside"], "tags_mode": "add"})
        # The same request twice, by one release and by the other.
        once = {"idempotency-key": f"once-{ticket}"}
        first = self.reply(ticket, "It is mended.", headers=once)
        if self.agent("POST", f"tickets/{ticket}/reply/", {"message": "It is mended."}, 201, once)["id"] != first["id"]:
            raise Failed("a retry by the other release wrote a second message")
        self.agent("PATCH", f"tickets/{ticket}/", {"status": "resolved"})
        self.send(session, "It fails again.", ticket)
        listed = self.agent("GET", "tickets/?limit=100&status=resolved")["results"]
        unread = [row["unread_team_count"] for row in listed if row["id"] == ticket]
        if unread != [2]:
            raise Failed(f"the resolved ticket should have two unread messages, and has {unread}")
        action = {"name": f"Later {ticket}", "content": "We look at it.", "actions": {"status": "pending"}}
        action = self.agent("POST", "quick_actions/", action, 201)["short_id"]
        self.agent("POST", f"tickets/{ticket}/quick_actions/{action}/apply/", {}, 201)
        self.threads[ticket].append("We look at it.")
        self.agent("POST", "tickets/bulk_update_tags/", {"ids": [ticket, other], "action": "add", "tags": ["both"]})
        mailed = self.mail_arrives()
        self.reply(mailed, "It is mended.")
        self.reply(mailed, "Look again, please.")
        gone = self.agent("POST", "tickets/", {"message": "A mistake.", "distinct_id": "eve"}, 201)["id"]
        self.drain()
        self.agent("DELETE", f"tickets/{gone}/", status=204)
        self.pages()
        begun = self.agent("POST", "sync/", {})
        self.agent("POST", "sync/", {"since": begun["cursor"], "filter": "status=pending"})
        if (self.turn - start) % 2 == 0:
            self.agent("GET", "tickets/unread_count/")
        self.drain()

    def mail_arrives(self):
        """A mail opens a ticket. Only a whole desk takes mail in. Returns the ticket."""
        text = f"The invoice is wrong, {uuid.uuid4()}."
        mail = f"From: ada@example.com\r\nTo: demo@desk.test\r\nSubject: Invoice\r\n\r\n{text}\r\n"
        path = "/_local/mail?from=ada@example.com&to=demo@desk.test"
        self.call("POST", path, {"content-type": "message/rfc822"}, mail, 202, by=self.host)
        self.drain()
        noted = self.agent("GET", "email/inbound/?limit=100", by=self.host)["results"]
        [ticket] = [mail["ticket"] for mail in noted if mail["ticket"] not in self.threads]
        self.threads[ticket] = [text]
        return ticket

    def pages(self):
        """A list whose pages come from one release and from the other has each ticket once."""
        whole = [ticket["id"] for ticket in self.agent("GET", "tickets/?limit=100")["results"]]
        seen, path = [], f"{CONVERSATIONS}/tickets/?limit=1"
        while path:
            page = self.call("GET", path, AGENT)
            seen += [ticket["id"] for ticket in page["results"]]
            path = page["next"] and page["next"][page["next"].index("/api/"):]
        if seen != whole:
            raise Failed(f"pages have {seen}, and the whole list {whole}")

    def same(self, path, by_name):
        """Both releases answer alike."""
        answers = {release.name: self.agent("GET", path, by=release) for release in self.releases}
        left_out = {COUNTS_DOWN} | {field for begin, field in CHANGED if path.startswith(begin)}
        if len(answers) == 2 and (found := differences(*(answers[name] for name in by_name), left_out)):
            raise Failed(f"GET {path} differs: " + "; ".join(found[:5]))
        return answers[self.host.name]

    def compare(self):
        """What both releases show is the same, and is what was acknowledged."""
        names = ("before", "present")
        for path in LISTS:
            self.same(path, names)
        if self.agent("GET", "tickets/?limit=100", by=self.host)["count"] != len(self.threads):
            raise Failed(f"a list has not the {len(self.threads)} tickets that there are")
        for ticket, texts in self.threads.items():
            shown = self.same(f"tickets/{ticket}/messages/?limit=200", names)
            found = [message["content"] for message in shown["results"]]
            if sorted(found) != sorted(texts):
                raise Failed(f"{ticket} has {found}, and should have {texts}")
            self.same(f"tickets/{ticket}/", names)
            self.same(f"tickets/{ticket}/activity/?limit=200", names)
            self.same(f"tickets/{ticket}/previous/", names)
        runs = self.same(f"workflows/{self.workflow}/runs/?limit=100", names)["results"]
        if any(run["outcome"] == "failed" for run in runs):
            raise Failed(f"runs failed: {runs}")


def side_by_side(programs, host, guest):
    with tempfile.TemporaryFile("w+") as log, desk(host, programs[host]) as whole:
        functions = Functions(guest, programs[guest], whole, log)
        try:
            story = Story([whole, functions], whole)
            story.prepare()
            for _ in range(ROUNDS):
                story.round()
                story.compare()
        except Exception:
            log.seek(0)
            sys.stderr.writelines(line for line in log if '"level":"INFO"' not in line)
            raise
        finally:
            functions.stop()
    return story


def one_after_the_other(programs):
    with tempfile.TemporaryDirectory() as data:
        story = None
        for name in ("before", "present", "before", "present"):
            with desk(name, programs[name], data) as whole:
                if story is None:
                    story = Story([whole], whole)
                    story.prepare()
                story.releases, story.host = [whole], whole
                story.compare()
                story.round()
                story.compare()
    return story


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, metavar="DIR")
    parser.add_argument("--present", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    programs = {"before": options.before.resolve(), "present": options.present.resolve()}
    checks = [
        ("the functions of today on the desk before", lambda: side_by_side(programs, "before", "present")),
        ("the functions before on the desk of today", lambda: side_by_side(programs, "present", "before")),
        ("upgraded, taken back, upgraded again", lambda: one_after_the_other(programs)),
    ]
    failed = 0
    for name, check in checks:
        try:
            story = check()
            print(f"{name}: {story.calls} calls, {len(story.threads)} tickets, nothing lost", flush=True)
        except Failed as error:
            print(f"{name}: FAILED: {error}", flush=True)
            failed += 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
