#!/usr/bin/python3
"""Holds the project files of the examples, the manual and the cases to schemas/project.schema.json."""

import json
import pathlib
import re
import unittest

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "roster"
SCHEMA = json.loads((ROOT / "schemas" / "project.schema.json").read_text(encoding="utf-8"))

# Rules that an editor with the schema can see. R032 is about how YAML is written, P009 needs the roster.
SEEN_BY_SCHEMA = {"P001", "P002", "P003", "P004", "P005", "P006", "P007", "P008", "R030", "R031", "R035", "R036", "R038"}


class Loader(yaml.SafeLoader):
    """Numbers as YAML 1.2 writes them: 010 is none, as for the program. Dates are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


def problems(text):
    return [problem.message
            for problem in jsonschema.Draft7Validator(SCHEMA).iter_errors(yaml.load(text, Loader))]


class ProjectSchema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_every_example_validates(self):
        examples = sorted((ROOT / "examples").rglob("rollcall.yaml"))
        self.assertTrue(examples)
        for path in examples:
            with self.subTest(path.relative_to(ROOT).as_posix()):
                self.assertEqual(problems(path.read_text(encoding="utf-8")), [])

    def test_the_project_file_of_the_manual_validates(self):
        manual = (ROOT / "docs" / "project.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```yaml\n(version: 1.*?)```", manual, re.S)
        self.assertTrue(blocks)
        for block in blocks:
            self.assertEqual(problems(block), [])

    def test_it_refuses_what_the_program_refuses_and_nothing_else(self):
        cases = sorted(CASES.glob("*/rollcall.yaml"))
        self.assertGreater(len(cases), 20)
        for path in cases:
            expected = path.parent.with_suffix(".expected").read_text(encoding="utf-8")
            told = set(re.findall(r"^rollcall\.yaml:.*error: .*\[([RP]\d{3})\]$", expected, re.M))
            with self.subTest(path.parent.name):
                found = problems(path.read_text(encoding="utf-8"))
                if told & SEEN_BY_SCHEMA:
                    self.assertNotEqual(found, [])
                elif not told:
                    self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
