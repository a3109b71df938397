#!/usr/bin/python3
"""`rollcall help TOPIC` prints the manual, and what the program's hints name is there."""

import re

from command_line import CommandLineTest, ROOT, main

TOPICS = ["roster", "project", "state", "output", "reliability", "sandbox"]


def page(topic):
    return (ROOT / "docs" / f"{topic}.md").read_text(encoding="utf-8")


def sources():
    """What the two programs and the schemas may print: their text without C++ comments."""
    for path in sorted([*ROOT.glob("src/**/*.cpp"), *ROOT.glob("src/**/*.hpp"), *ROOT.glob("schemas/*.json")]):
        text = path.read_text(encoding="utf-8")
        # A string that goes on in the next line is one text.
        yield path, re.sub(r'"\s*\n\s*"', "", re.sub(r"(?m)^\s*//.*$", "", text))


class Help(CommandLineTest):
    def test_the_list_of_topics_has_each_page_with_its_heading(self):
        listed = self.rollcall("help").stdout.split("\nTopics:\n")[1].split("\n\n")[0]
        self.assertEqual([tuple(line.split(maxsplit=1)) for line in listed.splitlines()],
                         [(topic, page(topic).splitlines()[0].removeprefix("# ")) for topic in TOPICS])

    def test_each_topic_prints_its_page(self):
        for topic in TOPICS:
            expected = page(topic)
            if topic == "state":  # a command, too
                expected += "\n" + self.rollcall("state", "--help").stdout
            self.assertEqual(self.rollcall("help", topic).stdout, expected)

    def test_a_topic_that_is_mistyped_gets_a_suggestion(self):
        self.assertEqual(self.rollcall("help", "rostr", code=1).stderr,
                         "error: There is no command or topic `rostr`, did you mean `roster`?\n"
                         "  hint: `rollcall help` lists the commands and topics.\n")
        self.assertIn("`more` is one word too many", self.rollcall("help", "plan", "more", code=1).stderr)
        self.assertEqual(self.rollcall("help", "roster", "more", code=1).stderr,
                         "error: `more` is one word too many.\n  hint: A topic is one word.\n")
        self.assertIn("There is no command or topic `rostr`", self.rollcall("help", "rostr", "more", code=1).stderr)

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
