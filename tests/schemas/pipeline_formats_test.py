#!/usr/bin/python3
"""Holds the reports for pipelines in tests/golden to a schema of what each of them may hold."""

import json
import pathlib
import re
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["sarif", "codequality", "gitlab"]
SCHEMAS = {name: json.loads((ROOT / "tests" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
           for name in NAMES}


def reports(name):
    found = [path for folder in ("formats", "demo") for path in sorted((ROOT / "tests" / "golden" / folder).glob(f"*.{name}"))]
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


def containers(value, path=()):
    if isinstance(value, (dict, list)):
        yield path
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from containers(item, path + (key,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


class PipelineFormats(unittest.TestCase):
    def validator(self, name):
        jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
        return jsonschema.Draft202012Validator(SCHEMAS[name])

    def test_every_report_validates(self):
        for name in NAMES:
            found = reports(name)
            self.assertGreaterEqual(len(found), 4, name)
            for path, text in found.items():
                with self.subTest(path):
                    self.assertFalse(text.startswith(b"\xef\xbb\xbf"))
                    self.validator(name).validate(json.loads(text))

    def test_nothing_can_be_missing_or_added(self):
        for name in NAMES:
            validator = self.validator(name)
            document = json.loads(reports(name)["tests/golden/formats/plan." + name])
            for path in containers(document):
                if not isinstance(at(document, path), dict):
                    continue
                for key in [*at(document, path), None]:
                    changed = json.loads(json.dumps(document))
                    if key is None:
                        at(changed, path)["more"] = 1
                    else:
                        del at(changed, path)[key]
                    self.assertFalse(validator.is_valid(changed), (name, path, key))

    def test_a_result_names_a_rule_of_the_list_and_no_fingerprint_comes_twice(self):
        for path, text in reports("sarif").items():
            run = json.loads(text)["runs"][0]
            rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
            self.assertEqual(rules, sorted(set(rules)), path)
            for result in run["results"]:
                self.assertEqual(rules[result["ruleIndex"]], result["ruleId"], path)
                region = result["locations"][0]["physicalLocation"]["region"]
                self.assertGreater(region["endColumn"], region["startColumn"])
            found = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
            self.assertEqual(len(found), len(set(found)), path)
        for path, text in reports("codequality").items():
            found = [entry["fingerprint"] for entry in json.loads(text)]
            self.assertEqual(len(found), len(set(found)), path)

    def test_the_annotations_are_commands_and_nothing_else(self):
        found = reports("github")
        self.assertTrue(found)
        for path, text in found.items():
            for line in text.decode().splitlines():
                self.assertRegex(line, r"^::(error|warning|notice) (file=[^,:]+,line=\d+,)?title=[^,:]+::[^\n]+$", path)
                self.assertIsNone(re.search(r"##\[|%(?!25|0A|0D|2C|3A)", line), path)


if __name__ == "__main__":
    unittest.main()
