"""What schemathesis can't know of the desk: which things are there, which requests are accepted, and how a refusal reads."""

import json
import os
import random
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode

DESK = os.environ["LAMBDESK_DESK"]
LUCK = random.Random(int(os.environ["LAMBDESK_SEED"]))
CONVERSATIONS = "/api/projects/1/conversations"
WIDGET = "/api/conversations/v1/widget"
TABLE = Path(__file__).resolve().parents[2] / "it/authorization/matrix.txt"
# So many of ten calls are about something that is there, and so many of these right ones are sure to be accepted.
OF_TEN = 8
CORRECT_OF_TEN = 2
BROWSER = str(uuid.UUID(int=LUCK.getrandbits(128), version=4))


def ask(method, path, body=None):
    headers = {"Authorization": "Bearer phx_local", "X-Conversations-Token": "wgt_local", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(DESK + path, data, headers, method=method), timeout=30) as answer:
        return json.load(answer)


def ticket():
    """A ticket of the widget's browser."""
    try:
        sent = {"message": "help", "distinct_id": "visitor", "widget_session_id": BROWSER, "traits": {}}
        return ask("POST", f"{WIDGET}/message", sent)["ticket_id"]
    except urllib.error.HTTPError:
        # The widget's limit is reached.
        return ask("POST", f"{CONVERSATIONS}/tickets/", {"message": "by phone"})["id"]


def workflow():
    """A workflow, and a ticket that sets it off."""
    made = ask("POST", f"{CONVERSATIONS}/workflows/", WORKFLOW)["id"]
    ask("POST", f"{CONVERSATIONS}/tickets/", {"message": "by phone"})
    return made


def made(path, body, name="id"):
    return lambda: ask("POST", path, body())[name]


def word():
    return f"a{LUCK.getrandbits(60):x}"


# Each ticket that is opened leaves a run with a branch and a change.
IS_CHAT = {"property": "event.properties.channel_source", "operator": "equals", "value": "widget"}
RAISE = {"action": "update_ticket", "inputs": {"priority": "high"}}
WORKFLOW = {"name": "w", "trigger": {"event": "$conversation_ticket_created"},
            "steps": [{"branches": [{"when": IS_CHAT, "steps": []}], "else": [RAISE]}]}
MAP = {"version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA"}
# How to make what a parameter names, by the part of the path before it.
MAKERS = {
    "tickets": ticket,
    "ticket": lambda: thing("tickets"),
    "messages": lambda: thing("tickets"),
    "views": made(f"{CONVERSATIONS}/views/", lambda: {"name": "v", "filters": {}}, "short_id"),
    "quick_actions": made(f"{CONVERSATIONS}/quick_actions/", lambda: {"name": "q", "content": "x"}, "short_id"),
    "workflows": workflow,
    "gallery": lambda: ask("GET", f"{CONVERSATIONS}/workflows/gallery/")["results"][0]["slug"],
    "members": made("/api/projects/1/members/", lambda: {"email": f"{word()}@example.com"}),
    "roles": made("/api/projects/1/roles/", lambda: {"name": word()}),
    "personal_api_keys": made("/api/personal_api_keys/", lambda: {"label": "k", "scopes": ["ticket:read"]}),
    "addresses": made(f"{CONVERSATIONS}/email/addresses/", lambda: {"kind": "desk", "address": word(), "from_name": "Acme"}),
    "source_maps": lambda: ask("PUT", f"/api/projects/1/source_maps/?chunk_id={word()}", MAP)["id"],
    "projects": lambda: 1,
    "array": lambda: "phc_local",
}
KEPT = {}


def thing(collection, fresh=False):
    """Something that is there; one of its own if the call may remove it."""
    if fresh or collection not in KEPT:
        try:
            made = MAKERS[collection]()
        except urllib.error.HTTPError:
            # There are as many as there may be.
            return KEPT.get(collection, str(uuid.UUID(int=0)))
        if fresh:
            return made
        KEPT[collection] = made
    return KEPT[collection]


def note(of):
    return ask("POST", f"{CONVERSATIONS}/tickets/{of}/reply/", {"message": "among us", "is_private": True})["id"]


def point(case):
    """Points the parameters of a path at things that are there."""
    parts = case.operation.path.split("/")
    for before, part in zip(parts, parts[1:]):
        if part == "{message_id}":
            case.path_parameters["message_id"] = note(case.path_parameters["id"])
        elif part.startswith("{") and before in MAKERS:
            goes = case.method.upper() == "DELETE" and part == parts[-1]
            case.path_parameters[part.strip("{}")] = thing(before, goes)


def rows():
    """The queries and bodies that are accepted, by method and route: those of the table of who may call what."""
    for line in TABLE.read_text().splitlines():
        cells, _, target = line.partition("  ")
        if cells.replace(" ", "").isdigit():
            method, route, *body = target.split(maxsplit=2)
            route, _, query = route.partition("?")
            yield (method, route), (query, "".join(body))


ACCEPTED = dict(rows())


def filled(text):
    text = text.replace('"$ticket"', json.dumps(thing("tickets"))).replace("$browser", BROWSER)
    while "$new" in text:
        text = text.replace("$new", word(), 1)
    return text


def correct(case):
    """Makes a call one that is accepted."""
    query, body = ACCEPTED.get((case.method.upper(), case.operation.path), ("", ""))
    case.query = dict(pair.split("=") for pair in filled(query).split("&") if pair)
    if case.headers:
        case.headers.clear()
    if body:
        case.body, case.media_type = json.loads(filled(body)), "application/json"


TRIED = set()


@schemathesis.hook
def before_call(context, case, kwargs):
    is_right = case.meta is None or case.meta.generation.mode == GenerationMode.POSITIVE
    if not is_right and not path_is_right(case):
        return
    label = case.operation.label
    is_first = is_right and label not in TRIED
    if not is_first and LUCK.randrange(10) >= OF_TEN:
        return
    try:
        point(case)
        if is_first or (is_right and LUCK.randrange(10) < CORRECT_OF_TEN):
            correct(case)
            TRIED.add(label)
    except urllib.error.HTTPError:
        # What was there is gone, by a call before this one.
        KEPT.clear()


def path_is_right(case):
    component = case.meta.components.get(ParameterLocation.PATH)
    return component is None or component.mode == GenerationMode.POSITIVE


def has_nothing(value):
    """Whether a value of a query, or a part of it, is sent as no text."""
    if isinstance(value, dict):
        # Of an object, the names are sent.
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple)):
        return not value or any(map(has_nothing, value))
    return value in ("", None)


@schemathesis.hook
def filter_case(context, case):
    """An empty parameter of a query counts as an absent one (tests/it/pages.rs), which a schema can't say."""
    return not any(has_nothing(value) for value in (case.query or {}).values())


@schemathesis.check
def names_what_is_wrong(context, response, case):
    """A refusal is a problem in the form of its API, with words for people, and without the desk's insides."""
    if not 400 <= response.status_code < 500 or case.method.upper() in ("HEAD", "OPTIONS"):
        return
    problem = response.json()
    words = problem.get("error") if "error" in problem else problem.get("detail")
    assert words and isinstance(words, str), f"a refusal without words: {problem}"
    for inside in ("Exception", "panicked", "dynamodb", "src/", "serde", "struct ", "::"):
        assert inside not in words, f"a refusal that shows the desk's insides: {problem}"
