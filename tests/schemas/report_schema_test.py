#!/usr/bin/python3
"""Holds every JSON document of tests/golden to its schema, and every schema to what must not pass."""

import copy
import json
import pathlib
import sys
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["plan", "apply", "drift", "refresh", "error", "state-list", "state-show", "saved-plan"]


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


SCHEMAS = {name: load(ROOT / "schemas" / f"{name}.schema.json") for name in NAMES}


def validator(name):
    return jsonschema.Draft202012Validator(SCHEMAS[name])


VALIDATORS = {name: validator(name) for name in NAMES}


def name_of(document):
    return document["format"].removeprefix("rollcall-")


def documents():
    for folder in ["plan", "apply", "drift", "error", "state", "saved_plan"]:
        for path in sorted((ROOT / "tests" / "golden" / folder).glob("*.json")):
            yield path.relative_to(ROOT).as_posix(), load(path)


def is_free(path):
    """Settings and the bodies of requests hold any JSON value, so nothing in them can be wrong."""
    return bool(path) and path[-1] in ("before", "after", "value", "body")


def containers(value, path=()):
    """Every mapping and list of a document that the schema speaks of, with its path."""
    if isinstance(value, (dict, list)):
        yield path, value
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if not is_free(path + (key,)):
                yield from containers(item, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def optional(name, path, key):
    return name == "state-list" and path == () and key == "grants"


class Golden(unittest.TestCase):
    def test_every_schema_is_one(self):
        for name in NAMES:
            jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])

    def test_every_document_validates(self):
        seen = set()
        for path, document in documents():
            with self.subTest(path):
                seen.add(name_of(document))
                VALIDATORS[name_of(document)].validate(document)
        self.assertEqual(seen, set(NAMES))

    def test_a_document_passes_no_other_schema(self):
        for path, document in documents():
            for name in NAMES:
                if name != name_of(document):
                    self.assertFalse(VALIDATORS[name].is_valid(document), f"{path} passes as {name}")


class Mutations(unittest.TestCase):
    """A removed key, an unknown key and a wrong word fail wherever they stand."""

    # One rich document a schema is enough; each has a few hundred places.
    SAMPLES = ["plan/everything", "plan/guardrails", "apply/mixed", "drift/every_verdict", "drift/failures",
               "drift/refresh", "error/diagnostics", "state/list_grants", "state/show_account", "state/show_grant", "saved_plan/everything"]
    WORDS = {"verb", "object", "code", "guardrail", "role", "provenance", "on_remove", "on_remove_before",
             "verdict", "outcome", "stop", "severity", "missing_since", "until", "valid_until", "method"}

    def samples(self):
        for name in self.SAMPLES:
            yield name, load(ROOT / "tests" / "golden" / f"{name}.json")

    def refuse(self, name, document, change):
        mutant = copy.deepcopy(document)
        what = change(mutant)
        self.assertFalse(VALIDATORS[name_of(document)].is_valid(mutant), f"{name}: {what} passes")

    def mappings(self, document):
        """One of each shape: the hundredth action of a kind teaches nothing new."""
        shapes = set()
        for path, value in containers(document):
            shape = (tuple(key for key in path if isinstance(key, str)),
                     tuple(value) if isinstance(value, dict) else None)
            if isinstance(value, dict) and shape not in shapes:
                shapes.add(shape)
                yield path, value

    def test_a_removed_key_fails(self):
        for name, document in self.samples():
            for path, value in self.mappings(document):
                for key in value:

                    def remove(mutant, path=path, key=key):
                        del at(mutant, path)[key]
                        return f"{path} without {key}"

                    if not optional(name_of(document), path, key):
                        self.refuse(name, document, remove)

    def test_an_unknown_key_fails(self):
        for name, document in self.samples():
            for path, _ in self.mappings(document):

                def add(mutant, path=path):
                    at(mutant, path)["surprise"] = 1
                    return f"{path} with a surprise"

                self.refuse(name, document, add)

    def test_an_unknown_word_fails(self):
        changed = set()
        for name, document in self.samples():
            for path, value in self.mappings(document):
                for key in self.WORDS & value.keys():

                    def spoil(mutant, path=path, key=key):
                        at(mutant, path)[key] = "befriend"
                        return f"{path}/{key}: befriend"

                    changed.add(key)
                    self.refuse(name, document, spoil)
        self.assertEqual(changed, self.WORDS)

    def test_another_version_fails(self):
        for name, document in self.samples():

            def age(mutant):
                mutant["version"] = 2
                return "version 2"

            self.refuse(name, document, age)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
