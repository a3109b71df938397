#!/usr/bin/python3
"""Opens the pages that `--format html` makes in headless Chromium, on a phone in either colour scheme and on paper.

Usage: pages_test.py BUILD [TEST…]. Part of .ci/nightly; with ROLLCALL_PICTURES=FOLDER it leaves pictures of them there."""

import collections
import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))

import html5lib  # noqa: E402

from browser import Browser, Pages  # noqa: E402
from command_line import CommandLineTest, main  # noqa: E402

PHONE = 360
SCHEMES = ("light", "dark")
# What 10,000 actions may take until they can be scrolled, on a machine that does something else besides.
LONGEST_LOAD = 15

# All that is shut is opened, and what is not on the screen is laid out, too.
UNFOLD = """(() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { content-visibility: visible !important }');
  document.adoptedStyleSheets = [sheet];
  document.querySelectorAll('details').forEach(one => { one.open = true; });
})()"""

# Elements that reach out of the screen, and how wide all of it is.
OVERFLOW = """(() => {
  const out = [...document.querySelectorAll('body, body *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
  });
  return {screen: innerWidth, page: document.documentElement.scrollWidth,
          out: out.slice(0, 3).map(one => one.outerHTML.slice(0, 200))};
})()"""

# Of each text the colours: its own, and that of what it stands on. One text for each pair of colours.
COLOURS = """(() => {
  const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const found = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, style = getComputedStyle(text.parentElement);
    if (!text.data.trim()) continue;
    let under = text.parentElement, ground = [255, 255, 255];
    for (; under; under = under.parentElement) {
      const colour = numbers(getComputedStyle(under).backgroundColor);
      if (colour.length === 3) { ground = colour; break; }
    }
    found[style.color + ground + style.opacity] = {colour: numbers(style.color), ground, opacity: +style.opacity,
                                                  text: text.data.slice(0, 40)};
  }
  return Object.values(found);
})()"""

# What of the page has no height on paper, or may be cut in two.
ON_PAPER = """(() => ({
  shut: [...document.querySelectorAll('main li, main p, main dd')]
    .filter(one => !one.closest('nav') && !one.checkVisibility({contentVisibilityAuto: true}))
    .slice(0, 3).map(one => one.textContent.slice(0, 80)),
  cut: [...document.querySelectorAll('main li, main tr')]
    .filter(one => getComputedStyle(one).breakInside !== 'avoid').slice(0, 3).map(one => one.textContent.slice(0, 80)),
}))()"""

# The text of each line by itself.
LINES = """[...document.querySelectorAll('h1, h2, h3, main p, main dd, main tr, main li, main summary, footer')]
  .filter(one => !one.closest('nav'))
  .map(one => [...one.childNodes].filter(part => !/^(UL|DETAILS|P)$/.test(part.tagName))
    .map(part => part.textContent).join(''))"""


def luminance(colour):
    """As WCAG 2.1 defines it."""
    parts = [part / 255 for part in colour]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """From 1 for the same colour to 21 for black on white."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def without_spaces(text):
    """Lines are broken elsewhere on paper."""
    return re.sub(r"\s", "", text)


def html_errors(page):
    """What a parser of HTML 5 has to forgive."""
    parser = html5lib.HTMLParser()
    parser.parse(page)
    return [error for _, error, _ in parser.errors]


class Checks:
    """What a page does wrong in a browser, one line each."""

    def __init__(self, browser, pages, name, page):
        self.browser, self.pages, self.problems = browser, pages, []
        browser.look_as(PHONE)
        self.seconds = browser.open(pages.url(name, page))
        browser.evaluate(UNFOLD)
        for scheme in SCHEMES:
            browser.look_as(PHONE, scheme)
            self.width(scheme)
            self.contrast(scheme)
        browser.look_as(PHONE)
        self.requests(f"/{name}")

    def requests(self, path):
        """The page itself and nothing else, and nothing to complain of."""
        if self.pages.asked != [path] or len(self.browser.requests()) != 1:
            self.problems.append(f"requests: {self.pages.asked}, {self.browser.requests()}")
        if self.browser.console():
            self.problems.append(f"console: {self.browser.console()}")

    def width(self, scheme):
        """Nothing reaches out of a phone's screen."""
        found = self.browser.evaluate(OVERFLOW)
        if found["screen"] != PHONE or found["page"] > PHONE or found["out"]:
            self.problems.append(f"width, {scheme}: {found}")

    def contrast(self, scheme):
        """Every text can be read on what it stands on, and the scheme is the one that was asked for."""
        colours = self.browser.evaluate(COLOURS)
        for found in colours:
            if found["opacity"] != 1 or contrast(found["colour"], found["ground"]) < 4.5:
                self.problems.append(f"contrast, {scheme}: {found}")
            if (luminance(found["ground"]) > 0.5) != (scheme == "light"):
                self.problems.append(f"scheme, {scheme}: {found}")
        if not colours:
            self.problems.append("contrast: there is no text")

    def paper(self, page):
        """All of it is open on paper, black on white, and no line is cut in two."""
        browser = self.browser
        for scheme in SCHEMES:
            browser.look_as(PHONE, scheme, "print")
            # As it is sent: nothing was opened.
            browser.open(self.pages.url("paper", page))
            found = browser.evaluate(ON_PAPER)
            if found["shut"] or found["cut"]:
                self.problems.append(f"paper: {found}")
            for colours in browser.evaluate(COLOURS):
                if len(set(colours["colour"])) != 1 or colours["ground"] != [255, 255, 255]:
                    self.problems.append(f"paper, {scheme}: {colours}")
        printed = without_spaces(browser.print_text())
        lines = collections.Counter(without_spaces(line) for line in browser.evaluate(LINES))
        # What has other letters than these may stand in another order there.
        missing = [line for line, count in lines.items()
                   if line.replace("→", "").isascii() and printed.count(line) < count]
        if missing:
            self.problems.append(f"paper: not printed: {missing[:3]}")
        return self


def golden_pages():
    """By name."""
    found = {f"{path.parent.name}-{path.name}": path.read_text(encoding="utf-8")
             for path in sorted((ROOT / "tests" / "golden").glob("*/*.html"))}
    assert len(found) >= 9, found.keys()
    return found


def large_roster(users):
    """Two actions for each user: the user, and an access that deserves a second look."""
    emails = [f"user{i:05}@example.com" for i in range(users)]
    return ("version: 1\naccounts:\n  desk: {name: Desk}\nusers:\n" +
            "".join(f"  {email}: {{name: 'User of a name that is not short'}}\n" for email in emails) +
            f"groups:\n  all: {{members: [{', '.join(emails)}]}}\n"
            "grants:\n  - {role: administrator, accounts: [desk], groups: [all], reason: 'All of them'}\n")


class PagesTest(CommandLineTest):
    """One browser for all of them."""

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.pages = Pages()
        cls.addClassCleanup(cls.pages.close)

    def check(self, name, page):
        """Fails where the page does something wrong; returns the seconds that it took to load."""
        checks = Checks(self.browser, self.pages, name, page)
        self.picture(name, page)
        self.assertEqual(checks.paper(page).problems, [])
        return checks.seconds

    def picture(self, name, page):
        """For whoever asks for pictures."""
        folder = os.environ.get("ROLLCALL_PICTURES")
        if not folder:
            return
        for look, width, scheme, media in (("phone", PHONE, "light", ""), ("light", 1000, "light", ""),
                                           ("dark", 1000, "dark", ""), ("paper", 800, "light", "print")):
            self.browser.look_as(width, scheme, media)
            self.browser.open(self.pages.url(name, page))
            self.browser.screenshot(pathlib.Path(folder) / f"{name}.{look}.png")

    def test_the_golden_pages(self):
        for name, page in golden_pages().items():
            with self.subTest(name):
                self.assertEqual(html_errors(page), [])
                self.check(name, page)

    def test_names_without_a_space_and_with_a_thousand_characters(self):
        long = "x" * 200
        email = f"{long[:60]}@{long[:60]}.{long[:60]}.example.com"
        self.write("roster.yaml", f"version: 1\naccounts:\n  desk: {{name: {long}, custom_attributes: {{{long}: {long}}}}}\n"
                   f"users:\n  {email}: {{name: {long}}}\n"
                   f"grants:\n  - {{role: agent, accounts: [desk], users: [{email}], reason: {long * 4}}}\n")
        self.check("long.html", self.rollcall("plan", "--format", "html").stdout)

    def test_a_plan_of_10000_actions(self):
        self.write("roster.yaml", large_roster(5000))
        page = self.rollcall("plan", "--format", "html").stdout
        self.assertLess(self.check("large.html", page), LONGEST_LOAD)

    def test_the_checks_see_what_is_wrong(self):
        good = golden_pages()["formats-linked.html"]
        style = re.search("<style>(.*)</style>", good, re.DOTALL)[1]

        def styled(old, new):
            """The page with another style, which its policy lets pass."""
            self.assertIn(old, style)
            return re.sub("style-src '[^']*'", "style-src 'unsafe-inline'", good).replace(old, new)

        def after_heading(html):
            return good.replace("</h1>", "</h1>" + html)

        for bad in (good.replace("</h1>", ""), after_heading("</p>"), after_heading("<p/>"), after_heading("&no;")):
            self.assertNotEqual(html_errors(bad), [])
        for sign, page in (
                ("console: ", styled("--page:#fff", "--page:#fff").replace("'unsafe-inline'", "'none'")),
                ("console: ", after_heading("<img src=\"x.png\">")),
                ("console: ", after_heading("<p style=\"color:red\">x</p>")),
                ("console: ", after_heading("<script>let x</script>")),
                ("requests: ", after_heading("<img src=\"x.png\">").replace("img-src data:", "img-src *")),
                ("requests: ", styled("body{", "@import 'x.css';body{").replace("'unsafe-inline'", "'unsafe-inline' *")
                 .replace("<style>", "<style>@import 'x.css';")),
                ("width, light: ", good.replace("width=device-width", "width=980")),
                ("width, dark: ", styled("overflow-wrap:anywhere}", "white-space:nowrap}")),
                ("contrast, light: ", styled("--dim:#59636e", "--dim:#8f979f")),
                ("contrast, dark: ", styled("--dim:#9da7b3", "--dim:#59636e")),
                ("scheme, dark: ", styled("prefers-color-scheme:dark", "prefers-color-scheme:light")),
                ("paper: {'shut'", styled("details::details-content", "x").replace("<details open>", "<details>")),
                ("paper: not printed", styled("details::details-content", "x").replace("<details open>", "<details>")),
                ("paper: {'shut': [], 'cut'", styled("li,tr,footer{break-inside", "footer{break-inside")),
                ("paper, dark: ", styled("@media screen and", "@media")),
                ("paper, light: ", styled("--new:#000;", ""))):
            with self.subTest(sign):
                problems = Checks(self.browser, self.pages, "bad.html", page).paper(page).problems
                self.assertTrue(any(problem.startswith(sign) for problem in problems), problems)


if __name__ == "__main__":
    unittest.installHandler()
    main()
