#!/usr/bin/python3
"""Each breach that include_rules.py is to find, in a small tree that is sound without it."""

import pathlib
import tempfile
import unittest

import include_rules

MAP = """# Map

| folder | is | may include | third party |
|---|---|---|---|
| `base/` | ground | – | OpenSSL |
| `model/` | values | base | – |
| `yaml/` | text | base | yaml-cpp |
| `roster/` | words | yaml, model | – |
| `main.cpp` | start | roster | – |
| `sandbox/` | server | – | libmicrohttpd |

After it.
"""
CMAKE = """rollcall_library(base OWNS OpenSSL::Crypto)
rollcall_library(model USES base)
rollcall_library(yaml USES base OWNS yaml-cpp::yaml-cpp)
rollcall_library(roster USES yaml model)
"""
SOUND = {
    "docs/architecture.md": MAP,
    "src/CMakeLists.txt": CMAKE,
    "src/base/error.hpp": "#include <sys/stat.h>\n#include <unistd.h>\n#include <tl/expected.hpp>\n",
    "src/base/digest.cpp": "#include <openssl/sha.h>\n",
    "src/model/role.hpp": '#include <string>\n#include "base/error.hpp"\n',
    "src/yaml/tree.cpp": '#include <yaml-cpp/yaml.h>\n#include "base/error.hpp"\n',
    "src/roster/roster.cpp": '#include <fmt/format.h>\n#include "model/role.hpp"\n#include "roster/roster.hpp"\n',
    "src/roster/read.cpp": '#include "base/error.hpp"\n#include "yaml/tree.hpp"\n',
    "src/main.cpp": '#include "roster/roster.hpp"\n',
    "src/sandbox/server.cpp": '#include <microhttpd.h>\n#include "world.hpp"\n',
}


class IncludeRules(unittest.TestCase):
    def problems(self, **changes):
        files = dict(SOUND)
        files.update(changes.get("files", {}))
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return include_rules.check(root)

    def test_a_sound_tree_passes(self):
        self.assertEqual(self.problems(), [])

    def test_a_permission_that_nobody_uses(self):
        self.assertEqual(
            self.problems(files={"src/yaml/tree.cpp": "#include <yaml-cpp/yaml.h>\n"}),
            ["docs/architecture.md:7: yaml may include base, and no file of it does"],
        )

    def test_a_folder_that_the_row_does_not_name(self):
        self.assertEqual(
            self.problems(files={"src/model/bad.cpp": '#include "model/role.hpp"\n  # include "yaml/tree.hpp"\n'}),
            [
                'src/model/bad.cpp:2: model must not include "yaml/tree.hpp"; it may include base'
                " (docs/architecture.md:6)"
            ],
        )

    def test_the_sandbox_takes_no_folder(self):
        self.assertEqual(
            self.problems(files={"src/sandbox/bad.cpp": '#include "base/error.hpp"\n'}),
            [
                'src/sandbox/bad.cpp:1: sandbox must not include "base/error.hpp"; it may include no other folder'
                " (docs/architecture.md:10)"
            ],
        )

    def test_a_library_outside_its_owner(self):
        self.assertEqual(
            self.problems(files={"src/roster/bad.cpp": "#include <yaml-cpp/yaml.h>\n"}),
            ["src/roster/bad.cpp:1: roster must not include <yaml-cpp/yaml.h>; yaml-cpp belongs to yaml"],
        )

    def test_a_library_that_nobody_knows(self):
        (problem,) = self.problems(files={"src/base/bad.cpp": "#include <boost/optional.hpp>\n"})
        self.assertTrue(problem.startswith("src/base/bad.cpp:1: <boost/optional.hpp> is unknown"), problem)

    def test_a_folder_without_a_row_and_a_row_without_a_folder(self):
        self.assertEqual(
            self.problems(files={"src/extra/new.cpp": ""}),
            ["src/extra/new.cpp:1: src/extra has no row in the table of docs/architecture.md"],
        )
        table = MAP.replace("\n\nAfter", "\n| `gone/` | nothing | – | – |\n\nAfter")
        self.assertEqual(
            self.problems(files={"docs/architecture.md": table}),
            [
                "docs/architecture.md:11: src/gone has a row and no source files",
                "src/CMakeLists.txt: there is no rollcall_library(gone) for the row docs/architecture.md:11",
            ],
        )

    def test_cmake_links_more_than_the_row_says(self):
        self.assertEqual(
            self.problems(files={"src/CMakeLists.txt": CMAKE.replace("model USES base", "model USES base yaml")}),
            ["src/CMakeLists.txt:2: model has USES base yaml, and docs/architecture.md:6 says base"],
        )

    def test_a_circle_in_the_table(self):
        files = {
            "docs/architecture.md": MAP.replace("ground | –", "ground | roster"),
            "src/CMakeLists.txt": CMAKE.replace("base OWNS", "base USES roster OWNS"),
        }
        problems = self.problems(files=files)
        self.assertTrue(any("base may include itself" in problem for problem in problems), problems)

    def test_no_table(self):
        self.assertEqual(len(self.problems(files={"docs/architecture.md": "# Map\n"})), 1)


if __name__ == "__main__":
    unittest.main()
