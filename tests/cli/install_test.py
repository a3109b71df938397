#!/usr/bin/python3
"""What an installation holds."""

import subprocess

from command_line import BUILD, CommandLineTest, ROOT, main


class Install(CommandLineTest):
    def test_the_programs_the_manual_and_the_schemas_that_it_names(self):
        subprocess.run(["cmake", "--install", BUILD, "--prefix", self.folder], check=True, stdout=subprocess.DEVNULL)
        files = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}
        schemas = {f"share/rollcall/schemas/{path.name}" for path in (ROOT / "schemas").glob("*.json")}
        manual = {f"share/doc/rollcall/{path.name}" for path in (ROOT / "docs").glob("*.md")}
        self.assertEqual(files, {"bin/rollcall", "bin/rollcall-sandbox"} | schemas | manual)
        for page in ("roster.md", "project.md"):
            self.assertIn("share/rollcall/schemas", (ROOT / "docs" / page).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
