"""What tests/openapi/grows.py allows and what it refuses."""

import copy
import json
import unittest

from grows import ROOT, compare

REFERENCE = {"$ref": "#/components/schemas/Thing"}


def document():
    """A small API: one operation takes a thing and answers it."""
    thing = {
        "type": "object",
        "required": ["id"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "note": {"type": ["string", "null"], "maxLength": 10},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "within": {"oneOf": [{"type": "null"}, REFERENCE]},
            "list": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        },
    }
    parameter = {"in": "query", "name": "limit", "required": False, "schema": {"type": "integer"}}
    content = {"application/json": {"schema": REFERENCE}}
    post = {
        "security": [{"key": ["thing:write"]}],
        "parameters": [parameter],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "", "content": content}, "404": {"description": ""}},
    }
    return {"paths": {"/things/": {"post": post}}, "components": {"schemas": {"Thing": thing}}}


def schemas():
    """The same API, whose body and answer are schemas of their own."""
    old = document()
    reference = {"$ref": "#/components/schemas/Answer"}
    answer = copy.deepcopy(old["components"]["schemas"]["Thing"])
    answer["properties"]["within"]["oneOf"][1] = reference
    old["components"]["schemas"]["Answer"] = answer
    answer = {"application/json": {"schema": reference}}
    old["paths"]["/things/"]["post"]["responses"]["200"]["content"] = answer
    return old


class Grows(unittest.TestCase):
    def complaints(self, change):
        old = schemas()
        new = copy.deepcopy(old)
        change(new["paths"], new["paths"]["/things/"]["post"], *(new["components"]["schemas"][s] for s in ("Thing", "Answer")))
        return compare(old, new)

    def refused(self, complaint, change):
        complaints = self.complaints(change)
        self.assertTrue(any(complaint in each for each in complaints), complaints)

    def allowed(self, change):
        self.assertEqual(self.complaints(change), [])

    def test_the_same_document_breaks_nothing(self):
        self.allowed(lambda paths, post, thing, answer: None)
        present = json.loads((ROOT / "openapi.json").read_text())
        self.assertEqual(compare(present, present), [])

    def test_operations_and_responses_stay(self):
        self.refused("POST /things/: the operation is gone", lambda paths, post, thing, answer: paths["/things/"].clear())
        self.refused("the operation is gone", lambda paths, post, thing, answer: paths.clear())
        self.refused("the response 404 is gone", lambda paths, post, thing, answer: post["responses"].pop("404"))
        self.allowed(lambda paths, post, thing, answer: post["responses"].update({"409": {"description": ""}}))
        self.allowed(lambda paths, post, thing, answer: paths.update({"/more/": {"get": post}}))

    def test_parameters_stay_and_none_is_newly_required(self):
        more = {"in": "query", "name": "more", "schema": {"type": "string"}}
        self.allowed(lambda paths, post, thing, answer: post["parameters"].append(more))
        required = {**more, "required": True}
        self.refused("more is newly required", lambda paths, post, thing, answer: post["parameters"].append(required))
        self.refused("limit is newly required", lambda paths, post, thing, answer: post["parameters"][0].update(required=True))
        self.refused("limit is gone", lambda paths, post, thing, answer: post["parameters"].clear())

    def test_more_authority_is_refused(self):
        more = [{"key": ["thing:write", "project:write"]}]
        self.refused("more authority", lambda paths, post, thing, answer: post.update(security=more))

    def test_what_is_sent_stays_accepted(self):
        self.refused("note is gone", lambda paths, post, thing, answer: thing["properties"].pop("note"))
        self.refused("note is newly required", lambda paths, post, thing, answer: thing["required"].append("note"))
        self.allowed(lambda paths, post, thing, answer: thing["required"].clear())
        note = lambda thing: thing["properties"]["note"]
        self.refused("never null", lambda paths, post, thing, answer: note(thing).update(type="string"))
        self.refused("maxLength is 9", lambda paths, post, thing, answer: note(thing).update(maxLength=9))
        self.allowed(lambda paths, post, thing, answer: note(thing).update(maxLength=11))
        self.allowed(lambda paths, post, thing, answer: note(thing).update(type=["string", "null", "integer"]))
        number = lambda thing: thing["properties"]["list"]["items"]
        self.refused("[]: minimum is 2", lambda paths, post, thing, answer: number(thing).update(minimum=2))
        kind = lambda thing: thing["properties"]["kind"]
        self.refused('"b" is gone', lambda paths, post, thing, answer: kind(thing).update(enum=["a"]))
        self.allowed(lambda paths, post, thing, answer: kind(thing).update(enum=["a", "b", "c"]))
        self.refused("the format is date", lambda paths, post, thing, answer: note(thing).update(format="date"))
        names = {"type": "string", "enum": ["a"]}
        self.refused("keys: is never anything", lambda paths, post, thing, answer: thing.update(propertyNames=names))

    def test_what_is_read_stays_there(self):
        self.refused("note is gone", lambda paths, post, thing, answer: answer["properties"].pop("note"))
        self.refused("id is not always there", lambda paths, post, thing, answer: answer["required"].clear())
        self.allowed(lambda paths, post, thing, answer: answer["required"].append("note"))
        id_of = lambda answer: answer["properties"]["id"]
        self.refused("may newly be null", lambda paths, post, thing, answer: id_of(answer).update(type=["string", "null"]))
        self.refused("never string", lambda paths, post, thing, answer: id_of(answer).update(type="integer"))
        self.refused("the format is None", lambda paths, post, thing, answer: id_of(answer).pop("format"))
        kind = lambda answer: answer["properties"]["kind"]
        self.refused('"b" is gone', lambda paths, post, thing, answer: kind(answer).update(enum=["a"]))
        self.allowed(lambda paths, post, thing, answer: kind(answer).update(enum=["a", "b", "c"]))
        self.allowed(lambda paths, post, thing, answer: answer["properties"].update(more={"type": "string"}))

    def test_a_choice_may_grow_but_loses_none(self):
        other = {"type": "object", "required": ["x"], "properties": {"x": {"type": "string"}}}
        within = lambda answer: answer["properties"]["within"]["oneOf"]
        self.allowed(lambda paths, post, thing, answer: within(answer).append(other))
        self.allowed(lambda paths, post, thing, answer: within(thing).append(other))
        self.refused("never object", lambda paths, post, thing, answer: within(thing).pop())
        self.refused("id is gone", lambda paths, post, thing, answer: within(answer).__setitem__(1, other))

    def corrected(self, correction, change=lambda thing: None):
        old, new = document(), document()
        thing = new["components"]["schemas"]["Thing"]
        thing["properties"]["id"] = {"type": "integer"}
        change(thing["properties"])
        return compare(old, new, [correction])

    def test_a_false_description_may_be_corrected_where_it_is_named(self):
        said, correction = {"type": "string", "format": "uuid"}, {"type": "integer"}
        named = ("Thing", "id", said, correction)
        self.assertTrue(compare(document(), document(), [named]), "it is not corrected")
        self.assertEqual(self.corrected(named), [])
        self.assertTrue(self.corrected(named, lambda properties: properties["note"].update(type="integer")), "another property")

    def test_a_correction_hides_nothing_else(self):
        said, correction = {"type": "string", "format": "uuid"}, {"type": "integer"}
        for expected, named in [
            ("never string", ("Thing", "id", said, {"type": ["integer", "string"]})),
            ("newly be integer", ("Thing", "id", said, {"type": "string"})),
            ("the last release says", ("Thing", "id", {"type": "string"}, correction)),
            ("no such property", ("Thing", "name", said, correction)),
            ("no such property", ("Nothing", "id", said, correction)),
        ]:
            complaints = self.corrected(named)
            self.assertTrue(any(expected in each for each in complaints), (named, complaints))
        gone = self.corrected(("Thing", "id", said, correction), lambda properties: properties.pop("id"))
        self.assertTrue(any("CORRECTED Thing.id: the property is gone" in each for each in gone), gone)

    def test_a_keyword_that_is_not_understood_is_an_error(self):
        with self.assertRaises(SystemExit):
            self.complaints(lambda paths, post, thing, answer: thing.update(patternProperties={}))


if __name__ == "__main__":
    unittest.main()
