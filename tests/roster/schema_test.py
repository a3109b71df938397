#!/usr/bin/python3
"""Holds the example rosters to schemas/roster.schema.json, and the schema to what it must refuse."""

import json
import pathlib
import re
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "roster"
SCHEMA = json.loads((ROOT / "schemas" / "roster.schema.json").read_text(encoding="utf-8"))

# Rules of docs/roster.md that an editor with the schema can see; the others need the whole roster, or are about how
# YAML is written.
SEEN_BY_SCHEMA = {"030", "031", "033", "034", "035", "036", "038", "039", "040", "041", "101", "102", "103", "117",
                  "121", "122", "123", "125", "150", "151"}
# Null is right for a limit or an attribute, but for JSON a missing value is null too.
UNSEEN = {"033-anchor-without-value.yaml", "033-limit-without-value.yaml"}
# The whole roster is fine for the schema: only references, repetitions and moves are wrong.
PASSED_BY_SCHEMA = {"110", "111", "112", "113", "114", "115", "116", "120", "126", "130", "140", "153", "154", "155", "156",
                    "157", "158"}


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, as far as rosters need it: dates stay text, only true and false are booleans."""


Loader.yaml_implicit_resolvers = {}
for first, tag, pattern in [
    ("tTfF", "bool", r"^(?:true|True|TRUE|false|False|FALSE)$"),
    ("-+0123456789", "int", r"^[-+]?(?:0|[1-9][0-9]*)$"),
    ("-+0123456789.", "float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$"),
    ("~nN", "null", r"^(?:~|null|Null|NULL)$"),
    ("<", "merge", r"^<<$"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])


def load(path):
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


def problems(path):
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(load(path)))


def files_of(case):
    return sorted(case.rglob("*.y*ml")) if case.is_dir() else [case]


def cases(numbers):
    return [case for case in sorted(CASES.iterdir())
            if case.name[:3] in numbers and (case.is_dir() or case.suffix == ".yaml")]


class RosterSchema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_every_example_validates(self):
        examples = [path for path in sorted((ROOT / "examples").rglob("*.y*ml")) if path.name != "rollcall.yaml"]
        self.assertTrue(examples)
        for path in examples:
            with self.subTest(path.relative_to(ROOT).as_posix()):
                self.assertEqual([problem.message for problem in problems(path)], [])

    def test_every_roster_of_the_manual_validates(self):
        manual = (ROOT / "docs" / "roster.md").read_text(encoding="utf-8")
        blocks = [block for block in re.findall(r"```yaml\n(.*?)```", manual, re.S) if block.startswith("version: 1")]
        self.assertGreater(len(blocks), 5)
        for block in blocks:
            with self.subTest(block):
                found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(yaml.load(block, Loader))
                self.assertEqual([problem.message for problem in found], [])

    def test_what_it_can_see_is_refused(self):
        found = [case for case in cases(SEEN_BY_SCHEMA) if case.name not in UNSEEN]
        self.assertGreater(len(found), 40)
        for case in found:
            with self.subTest(case.name):
                self.assertTrue(any(problems(file) for file in files_of(case)))

    def test_what_only_the_whole_roster_shows_passes(self):
        for case in cases(PASSED_BY_SCHEMA):
            for file in files_of(case):
                with self.subTest(file.relative_to(CASES).as_posix()):
                    self.assertEqual([problem.message for problem in problems(file)], [])


if __name__ == "__main__":
    unittest.main()
