#!/usr/bin/python3
"""`rollcall help TOPIC` prints the manual, and what the program's hints name is there."""

import re

from command_line import CommandLineTest, ROOT, main

# Every page but the map of the code.
TOPICS = sorted({path.stem for path in (ROOT / "docs").glob("*.md")} - {"architecture"})


def page(topic):
    return (ROOT / "docs" / f"{topic}.md").read_text(encoding="utf-8")


def sources():
    """What the two programs and the schemas may print: their text without C++ comments."""
    for path in sorted([*ROOT.glob("src/**/*.cpp"), *ROOT.glob("src/**/*.hpp"), *ROOT.glob("schemas/*.json")]):
        text = path.read_text(encoding="utf-8")
        # A string that goes on in the next line is one text.
        yield path, re.sub(r'"\s*\n\s*"', "", re.sub(r"(?m)^\s*//.*$", "", text))


def options_of_page(text):
    """By command, what the first cells of the tables below its headings name; a heading may name two commands."""
    found, commands = {}, []
    for line in text.splitlines():
        if line.startswith("#"):
            commands = re.findall(r"rollcall ([a-z -]+?)(?= and |$)", line) or (["global"] if "Global" in line else [])
            for command in commands:
                found.setdefault(command, set())
        option = re.match(r"\| ((?:`[^`]+`(?:, )?)+) \|", line)
        for command in commands if option and option[1].startswith("`-") else ():
            found[command].add(option[1].replace("`", "").replace("\\|", "|"))
    return found


class Help(CommandLineTest):
    def test_the_list_of_topics_has_each_page_with_its_heading(self):
        listed = self.rollcall("help").stdout.split("\nTopics:\n")[1].split("\n\n")[0]
        self.assertEqual(sorted(tuple(line.split(maxsplit=1)) for line in listed.splitlines()),
                         [(topic, page(topic).splitlines()[0].removeprefix("# ")) for topic in TOPICS])

    def test_each_topic_prints_its_page(self):
        for topic in TOPICS:
            expected = page(topic)
            if topic in ("state", "drift"):  # a command, too
                expected += "\n" + self.rollcall(topic, "--help").stdout
            self.assertEqual(self.rollcall("help", topic).stdout, expected)

    def test_a_topic_that_is_mistyped_gets_a_suggestion(self):
        self.assertEqual(self.rollcall("help", "rostr", code=1).stderr,
                         "error: There is no command or topic `rostr`, did you mean `roster`?\n"
                         "  hint: `rollcall help` lists the commands and topics.\n")
        self.assertIn("Unexpected argument `more`", self.rollcall("help", "plan", "more", code=1).stderr)
        self.assertEqual(self.rollcall("help", "roster", "more", code=1).stderr,
                         "error: Unexpected argument `more`.\n  hint: A topic is one word.\n")
        self.assertIn("There is no command or topic `rostr`", self.rollcall("help", "rostr", "more", code=1).stderr)

    def test_the_page_of_commands_has_every_option_and_no_other(self):
        shown = {command: self.options_of_help(command) for command in self.commands()}
        # What every command takes stands with the global options, once.
        shown["global"] = shown.pop("")
        for command in shown.keys() - {"global"}:
            self.assertIn("-h, --help", shown[command])
            shown[command].discard("-h, --help")
        written = options_of_page(page("commands"))
        self.assertEqual(set(written), set(shown))
        for command in shown:
            self.assertEqual(written[command], shown[command], command)

    def test_the_page_of_commands_has_the_arguments_of_each_command(self):
        text = page("commands")
        for command in self.commands():
            usage = self.rollcall("help", *command.split()).stdout.split("Usage: rollcall")[1].split("\n")[0]
            arguments = re.sub(r"\[OPTIONS\] ?", "", usage.removeprefix(f" {command}")).strip().replace("...", "…")
            if arguments and command not in ("", "state", "help"):
                self.assertIn(f"`rollcall {command} {arguments}`", text)

    def commands(self, parent=""):
        """The names of all commands, `state rm` and the like included; the program itself is the empty one."""
        yield parent
        shown = self.rollcall(*parent.split(), "--help").stdout
        if "\nCommands:\n" in shown:
            for line in shown.split("\nCommands:\n")[1].split("\n\n")[0].splitlines():
                yield from self.commands(f"{parent} {line.split()[0]}".strip())

    def options_of_help(self, command):
        """Such as `--only PATTERN` and `-q, --quiet`."""
        lines = re.findall(r"(?m)^  (-.*?)(?:  |$)", self.rollcall(*command.split(), "--help").stdout)
        return {line.strip().replace(",", ", ") for line in lines}

    def test_what_messages_name_is_there(self):
        named = set()
        for path, text in sources():
            with self.subTest(path=path.relative_to(ROOT)):
                self.assertNotRegex(text, r"docs/\w+\.md", "an installation has no such file")
            named.update(re.findall(r"`rollcall help ([a-z][a-z ]*)`", text))
        self.assertIn("project", named)
        for words in named:
            self.rollcall("help", *words.split())


if __name__ == "__main__":
    main()
