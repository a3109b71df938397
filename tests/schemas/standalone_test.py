#!/usr/bin/python3
"""Each schema works alone, as a user calls it: `python3 -m jsonschema -i document.json NAME.schema.json`.

What another schema defines is embedded, so that nothing has to be fetched. ROLLCALL_UPDATE_GOLDEN=1 embeds it anew."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
# Which schemas hold a copy of which other one.
EMBEDDED = {"apply": "plan"}
DOCUMENTS = {
    "plan": "tests/golden/plan/everything.json", "apply": "tests/golden/apply/mixed.json",
    "drift": "tests/golden/drift/every_verdict.json", "refresh": "tests/golden/drift/refresh.json",
    "error": "tests/golden/error/diagnostics.json", "state-list": "tests/golden/state/list_grants.json",
    "state-show": "tests/golden/state/show_account.json", "state": "tests/unit/state/sample.state.json",
    "saved-plan": "tests/golden/saved_plan/everything.json",
    "project": "examples/demo/rollcall.yaml", "roster": "examples/demo/roster/users.yaml",
}


class Loader(yaml.SafeLoader):
    """YAML as JSON has it: dates stay strings."""


Loader.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith("timestamp")]
                                  for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def load(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader)


class Standalone(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def jsonschema(self, name, document):
        """The exit code of the command in a folder that holds the document and one schema, and nothing else."""
        (self.folder / "document.json").write_text(json.dumps(document), encoding="utf-8")
        schema = shutil.copy(SCHEMAS / f"{name}.schema.json", self.folder)
        done = subprocess.run(["/usr/bin/python3", "-W", "ignore", "-m", "jsonschema", "-i", "document.json",
                               os.path.basename(schema)], cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60, check=False)
        os.remove(schema)
        self.assertNotIn("Traceback", done.stdout, name)
        return done.returncode

    def test_every_schema_is_tried(self):
        self.assertEqual(set(DOCUMENTS), {path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.json")})

    def test_each_schema_judges_a_document_alone(self):
        for name, path in DOCUMENTS.items():
            with self.subTest(name):
                document = load(ROOT / path)
                self.assertEqual(self.jsonschema(name, document), 0)
                document["version"] = 99
                self.assertEqual(self.jsonschema(name, document), 1)

    def test_what_is_embedded_is_checked(self):
        document = load(ROOT / DOCUMENTS["apply"])
        document["plan"]["actions"][0]["verb"] = "befriend"
        self.assertEqual(self.jsonschema("apply", document), 1)

    def test_each_schema_has_the_id_of_its_file(self):
        for name in DOCUMENTS:
            self.assertEqual(load(SCHEMAS / f"{name}.schema.json")["$id"],
                             f"https://rollcall.example.com/schemas/{name}.schema.json")

    def test_embedded_schemas_are_copies(self):
        for name, other in EMBEDDED.items():
            path = SCHEMAS / f"{name}.schema.json"
            schema = load(path)
            schema["$defs"][other] = load(SCHEMAS / f"{other}.schema.json")
            if os.environ.get("ROLLCALL_UPDATE_GOLDEN"):
                path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            self.assertEqual(load(path), schema, f"{other}.schema.json has changed: run ROLLCALL_UPDATE_GOLDEN=1 {sys.argv[0]}")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
