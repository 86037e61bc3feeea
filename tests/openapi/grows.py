#!/usr/bin/env python3
"""Fails if openapi.json breaks what the last release promised, which is tests/openapi/released.json.

    python3 tests/openapi/grows.py [RELEASED PRESENT]

Within a major version the API only grows. What clients may send stays accepted: no operation, parameter or property goes, none
becomes required, and no type, enumeration or bound becomes narrower. What clients read stays there: no response, property or
enumerated value goes, no property becomes optional, and no type changes or may newly be null. An enumeration and a choice of
objects may grow in both directions. Another major version may change anything.

Where the last release described a value falsely, the description may be corrected: CORRECTED has each such property as the last
release described it, and as it is corrected. Anything beyond that is compared like the rest. It is emptied when a release
replaces released.json.

Well-kept programs that compare two documents exist, but they are binaries from outside the registries, or do not know the
types of OpenAPI 3.1. A keyword that this script does not know is an error, so that it can't be overlooked.
"""

import copy
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}
SAYS_NOTHING = {"description", "title", "example", "examples", "default", "deprecated"}
# Whether a higher bound admits less.
BOUNDS = {"minimum": True, "minItems": True, "minLength": True, "maximum": False, "maxItems": False, "maxLength": False}
KNOWN = {"type", "enum", "const", "format", "properties", "required", "items", "additionalProperties", "propertyNames", *BOUNDS}

ID = [{"type": "integer"}, {"type": "string"}]
WHOSE = "An integer for a project or a member, a UUID for a role, a key or a workflow, a short id for a view or a quick action."
# Schema and property, what the last release said of it, and what it is corrected to. The first three said `object` of ids, which
# are numbers or texts. The last one said `object` of what may be a text, too.
CORRECTED = [
    ("AssigneeBody", "id", {"type": "object", "description": "An integer for a user, a UUID for a role."}, {"oneOf": ID}),
    ("ActorBody", "id", {"type": ["object", "null"], "description": "An integer for a user, a UUID for a workflow."},
     {"oneOf": [{"type": "null"}, *ID]}),
    ("AuditTarget", "id", {"type": "object", "description": WHOSE}, {"oneOf": ID}),
    ("StepLog", "detail",
     {"type": ["object", "null"],
      "description": "The branch that was taken, the fields that were changed, or why the step failed."},
     {"type": ["object", "string", "null"]}),
]


class Comparison:
    """The complaints about a document, beside an older one."""

    def __init__(self, old, new):
        self.documents = (old, new)
        self.complaints = []
        self.seen = set()

    def run(self):
        old, new = self.documents
        for path, item in old["paths"].items():
            for method in METHODS & item.keys():
                operation = new["paths"].get(path, {}).get(method)
                place = f"{method.upper()} {path}"
                if self.holds(operation is not None, place, "the operation is gone"):
                    self.operation(place, item[method], operation)
        for path, item in new["paths"].items():
            self.holds(item.keys() <= METHODS, path, f"not understood: {sorted(item.keys() - METHODS)}")
        return self.complaints

    def holds(self, holds, place, complaint):
        if not holds:
            self.complaints.append(f"{place}: {complaint}")
        return holds

    def resolved(self, which, value):
        while "$ref" in value:
            node = self.documents[which]
            for part in value["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            value = {**node, **{key: other for key, other in value.items() if key != "$ref"}}
        return value

    def operation(self, place, old, new):
        for needs in new.get("security", []):
            known = any(set(needs) == set(before) and all(set(needs[key]) <= set(before[key]) for key in needs)
                        for before in old.get("security", [needs]))
            self.holds(known or len(new["security"]) > 1, place, f"asks for more authority: {needs}")
        named = ({(each["in"], each["name"]): each for each in operation.get("parameters", [])} for operation in (old, new))
        before, after = named
        for key, parameter in before.items():
            if self.holds(key in after, place, f"the parameter {key[1]} is gone"):
                self.schema(f"{place} ?{key[1]}", parameter["schema"], after[key]["schema"], True)
        for key, parameter in after.items():
            required = parameter.get("required", False) and not before.get(key, {}).get("required", False)
            self.holds(not required, place, f"the parameter {key[1]} is newly required")
        body, now = old.get("requestBody"), new.get("requestBody")
        required = bool(now) and now.get("required", False) and not (body or {}).get("required", False)
        self.holds(not required, place, "a body is newly required")
        if body and self.holds(now is not None, place, "takes no body any more"):
            self.content(f"{place} body", body, now, True)
        for status, response in old["responses"].items():
            if self.holds(status in new["responses"], place, f"the response {status} is gone"):
                answers = self.resolved(0, response), self.resolved(1, new["responses"][status])
                self.content(f"{place} {status}", *answers, False)

    def content(self, place, old, new, sent):
        for kind, content in old.get("content", {}).items():
            if self.holds(kind in new.get("content", {}), place, f"{kind} is gone") and "schema" in content:
                self.schema(place, content["schema"], new["content"][kind].get("schema", {}), sent)

    def choices(self, which, schema):
        """The schema as a list of schemas of which one holds, each with one type. No type is any."""
        schema = self.resolved(which, schema)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return [choice for each in schema[word] for choice in self.choices(which, each)]
        if "allOf" in schema:
            whole = {key: value for key, value in schema.items() if key != "allOf"}
            for part in schema["allOf"]:
                (part,) = self.choices(which, part)
                properties = {**whole.get("properties", {}), **part.get("properties", {})}
                required = [*whole.get("required", []), *part.get("required", [])]
                whole = {**whole, **part, "properties": properties, "required": required}
            return self.choices(which, whole)
        unknown = schema.keys() - KNOWN - SAYS_NOTHING
        if unknown:
            sys.exit(f"tests/openapi/grows.py does not understand {sorted(unknown)}")
        types = schema.get("type")
        return [{**schema, "type": one} for one in (types if isinstance(types, list) else [types])]

    def schema(self, place, old, new, sent):
        """Compares two schemas: of what clients send, or of what they read."""
        key = (json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True), sent)
        # A schema that contains itself is compared once.
        if key in self.seen:
            return
        self.seen.add(key)
        before, after = self.choices(0, old), self.choices(1, new)
        types = {choice["type"] for choice in before}
        for choice in after:
            fits = sent or choice["type"] in types or None in types
            self.holds(fits, place, f"may newly be {choice['type'] or 'anything'}")
        for choice in before:
            # What is sent may become freer, and what is read stricter.
            beside = [other for other in after if may_replace(choice, other, sent)]
            if not self.holds(beside, place, f"is never {choice['type'] or 'anything'} any more"):
                continue
            found = [self.complaints_about(place, choice, other, sent) for other in beside]
            if [] not in found:
                self.complaints += min(found, key=len)

    def complaints_about(self, place, old, new, sent):
        kept, self.complaints = self.complaints, []
        # What is found of one choice among several is no complaint if another choice fits: so forget what was seen on the way.
        seen = set(self.seen)
        self.alike(place, old, new, sent)
        found, self.complaints = self.complaints, kept
        if found:
            self.seen = seen
        return found

    def alike(self, place, old, new, sent):
        before, after = (set(map(json.dumps, s.get("enum", [s["const"]] if "const" in s else []))) for s in (old, new))
        gone = sorted(before - after)
        if after:
            self.holds(before or not sent, place, "is newly one of a few values")
            self.holds(not gone, place, f"the value {', '.join(gone)} is gone")
        elif before:
            self.holds(sent, place, "is no longer one of a few values")
        formats = old.get("format"), new.get("format")
        self.holds(formats[0] == formats[1] or (sent and formats[1] is None), place, f"the format is {formats[1]}")
        if sent:
            self.bounds(place, old, new)
        was, now = set(old.get("required", [])), set(new.get("required", []))
        for name in sorted(now - was if sent else was - now):
            self.holds(False, place, f"{name} is {'newly required' if sent else 'not always there any more'}")
        for name, schema in old.get("properties", {}).items():
            if self.holds(name in new.get("properties", {}), place, f"{name} is gone"):
                self.schema(f"{place}.{name}", schema, new["properties"][name], sent)
        for word, within in (("items", "[]"), ("additionalProperties", ".*"), ("propertyNames", " keys")):
            self.part(f"{place}{within}", old.get(word, {}), new.get(word, {}), sent)

    def part(self, place, old, new, sent):
        """Compares the schemas of what lies within; `True` and none admit anything, `False` nothing."""
        if new is False:
            self.holds(old is False, place, "is gone")
        elif old is not False:
            old, new = ({} if schema is True else schema for schema in (old, new))
            if old or new:
                self.schema(place, old, new, sent)

    def bounds(self, place, old, new):
        for word, rising in BOUNDS.items():
            if word in new:
                narrower = word not in old or (new[word] > old[word] if rising else new[word] < old[word])
                self.holds(not narrower, place, f"{word} is {new[word]}")


def may_replace(old, new, sent):
    """Whether the types allow it: what is sent may lose its type, and what is read may gain one."""
    return new["type"] == old["type"] or (new if sent else old)["type"] is None


def compare(old, new, corrected=()):
    """What `new` breaks of `old`, one sentence for each. The corrected properties are held to what they are corrected to."""
    old, complaints = copy.deepcopy(old), []
    for schema, name, said, correction in corrected:
        before, after = (document["components"]["schemas"].get(schema, {}).get("properties", {}) for document in (old, new))
        place = f"CORRECTED {schema}.{name}"
        if name not in before:
            complaints.append(f"{place}: the last release has no such property")
        elif name not in after:
            complaints.append(f"{place}: the property is gone")
        elif before[name] != said:
            complaints.append(f"{place}: the last release says {json.dumps(before[name])}")
        else:
            before[name] = correction
    return complaints + list(dict.fromkeys(Comparison(old, new).run()))


def main():
    paths = sys.argv[1:] or [ROOT / "tests/openapi/released.json", ROOT / "openapi.json"]
    old, new = (json.loads(Path(path).read_text()) for path in paths)
    major = [document["info"]["version"].split(".")[0] for document in (old, new)]
    if major[0] != major[1]:
        print(f"version {major[1]} may break what version {major[0]} promised")
        return
    complaints = compare(old, new, CORRECTED)
    for complaint in complaints:
        print(complaint)
    if complaints:
        sys.exit(f"openapi.json breaks {len(complaints)} promises of the last release (CONTRIBUTING.md, Generated files)")
    print(f"{len(old['paths'])} paths of the last release still hold, of {len(new['paths'])}")


if __name__ == "__main__":
    main()
