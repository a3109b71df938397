#!/usr/bin/python3
"""Holds schemas/state.schema.json to the decoder: both take the sample state, and judge every change of it alike.

usage: state_schema.py DECODE_CHECK SCHEMA SAMPLE
"""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import jsonschema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

from sanitized import SANITIZED, some_of  # noqa: E402

CHECK, SCHEMA, SAMPLE = sys.argv[1:4]
# What only the decoder can judge: whether the users of grants are there.
FREE = {"custom_attributes", "limits"}


def containers(node, path=()):
    """Every object and list of a document with its path."""
    if isinstance(node, (dict, list)):
        yield path, node
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from containers(value, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def changes(sample):
    """Each key removed, each value of another type, an unknown key in each object."""
    for path, node in containers(sample):
        if FREE & set(path):
            continue
        for key in node if isinstance(node, dict) else range(len(node)):
            document = copy.deepcopy(sample)
            del at(document, path)[key]
            yield f"without {path + (key,)}", document
            for other in (None, True, -1, 1.5, "\u00e9", [], [7], {}, {"extra": "\u00e9"}):
                document = copy.deepcopy(sample)
                at(document, path)[key] = other
                yield f"{path + (key,)} = {other!r}", document
        if isinstance(node, dict):
            document = copy.deepcopy(sample)
            at(document, path)["Extra key"] = {}
            yield f"extra key in {path}", document


def decoder_says(documents):
    """None for an accepted document, else the reason."""
    text = "".join(json.dumps(d) + "\0" for d in documents)
    out = subprocess.run([CHECK], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(out) == len(documents), (len(out), len(documents))
    return [None if line == "accepted" else line for line in out]


class StateSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(SCHEMA, encoding="utf-8") as file:
            cls.schema = json.load(file)
        with open(SAMPLE, encoding="utf-8") as file:
            cls.sample = json.load(file)
        cls.validator = jsonschema.Draft7Validator(cls.schema)

    def test_schema_is_one(self):
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_sample_is_accepted(self):
        self.assertEqual([e.message for e in self.validator.iter_errors(self.sample)], [])
        self.assertEqual(decoder_says([self.sample]), [None])

    def test_both_judge_every_change_alike(self):
        named = list(changes(self.sample))
        self.assertGreater(len(named), 500)
        named = some_of(named, 4)
        refused = 0
        for (name, document), reason in zip(named, decoder_says([d for _, d in named])):
            by_schema = not self.validator.is_valid(document)
            refused += by_schema
            # A schema cannot hold one part of a document to another.
            if reason and ("has a grant but is in neither" in reason or "is there twice" in reason):
                continue
            self.assertEqual(by_schema, reason is not None, f"{name}: {reason}")
        self.assertGreater(refused, 100 if SANITIZED else 400)

    def test_every_key_of_the_schema_is_in_the_sample(self):
        """So that a key which the decoder does not know cannot hide in the schema."""
        used = {key for _, node in containers(self.sample) if isinstance(node, dict) for key in node}
        known = {key for _, node in containers(self.schema)
                 if isinstance(node, dict) and isinstance(node.get("properties"), dict) for key in node["properties"]}
        self.assertEqual(known - used, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
