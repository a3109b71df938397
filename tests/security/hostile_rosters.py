"""Rosters that mean to take long. tests/security checks what becomes of small ones, tests/bench how long large ones take."""

import itertools

ACCOUNT = "version: 1\naccounts:\n  desk: {name: Desk}\n"
USER = "users:\n  ana@example.com: {name: Ana}\n"
PLAIN = ACCOUNT + USER
LONG = "x" * 90


def one_file(text):
    return {"roster.yaml": text}


def until(size, items):
    """As many of the items as fit into `size` bytes."""
    parts, total = [], 0
    for item in items:
        total += len(item)
        if total > size:
            break
        parts.append(item)
    return "".join(parts)


def numbered(template, start=0):
    return (template.format(number) for number in itertools.count(start))


def rule(accounts, users="users: [ana@example.com]"):
    return f"grants:\n  - role: agent\n    accounts: [{accounts}]\n    {users}\n"


def long_pattern(size):
    return one_file(PLAIN + rule('"*' + "[" * size + '"'))


def unknown_users(size):
    users = until(size // 8, numbered("  user{}@example.com: {{name: User}}\n"))
    return one_file(ACCOUNT + "users:\n" + users + "grants:\n  - role: agent\n    accounts: [desk]\n    users:\n"
                    + until(size * 7 // 8, numbered("      - nobody{}@example.com\n")))


def long_unknown_users(size):
    users = until(size // 2, numbered(f"  {LONG}{LONG}{{:08}}@example.com: {{{{name: User}}}}\n"))
    return one_file(ACCOUNT + "users:\n" + users + "grants:\n  - role: agent\n    accounts: [desk]\n    users:\n"
                    + until(size // 2, numbered(f"      - {LONG}{LONG}y{{:08}}@example.com\n")))


def nested_groups(size, member="m{}@example.com", named="groups: [g0]"):
    """Each group holds the next one."""
    count = size // (130 if "{}" in member else 70)
    members = (member.format(level) for level in range(count))
    users = "".join(f"  {email}: {{name: M}}\n" for email in dict.fromkeys(members))
    groups = "".join(f"  g{level}: {{members: [{member.format(level)}], groups: [g{level + 1}]}}\n"
                     for level in range(count - 1))
    groups += f"  g{count - 1}: {{members: [{member.format(count - 1)}]}}\n"
    if named == "all":
        named = "groups: [" + ", ".join(f"g{level}" for level in range(count)) + "]"
    rules = rule("desk", named) if named != "rules" else "grants:\n" + "".join(
        f"  - {{role: agent, accounts: [desk], groups: [g{level}]}}\n" for level in range(count))
    return one_file(ACCOUNT + "users:\n" + users + "groups:\n" + groups + rules)


def many_grants(size):
    accounts = until(size // 4, numbered("  a{}: {{name: A}}\n"))
    users = until(size // 4, numbered("  u{}@example.com: {{name: U}}\n"))
    count = users.count("\n")
    everybody = "groups:\n  all: {members: [" + ", ".join(f"u{i}@example.com" for i in range(count)) + "]}\n"
    return one_file("version: 1\naccounts:\n" + accounts + "users:\n" + users + everybody + rule('"*"', "groups: [all]"))


def many_patterns(size):
    accounts = until(size // 2, numbered("  a{:07}: {{name: A}}\n"))
    return one_file("version: 1\naccounts:\n" + accounts + USER
                    + rule(until(size // 2, numbered('"*{0}?", ')), "users: [ana@example.com]"))


def slow_patterns(size):
    key = "a" * 90
    accounts = until(size, numbered(f"  {key}{{:09}}: {{{{name: A}}}}\n"))
    patterns = ", ".join(f'"*{"[ab]" * 45}{number:03}b"' for number in range(100))
    return one_file("version: 1\naccounts:\n" + accounts + USER + rule(patterns))


def many_exceptions(size):
    accounts = until(size // 2, numbered("  a{:07}: {{name: A}}\n"))
    count = accounts.count("\n")
    return one_file("version: 1\naccounts:\n" + accounts + USER + "grants:\n" + until(
        size // 2, (f'  - {{role: agent, accounts: ["*{i}"], except: ["a*{(i + 1) % count}"], users: [ana@example.com]}}\n'
                    for i in range(count))))


def one_long_line(size):
    return one_file("version: 1\nusers: {" + until(size, numbered("u{}@example.com: {{nme: User}}, ")) + "}\n")


def unknown_keys(size):
    return one_file("version: 1\naccounts:\n  desk: {name: Desk, " + until(size, numbered("x{}: 1, ")) + "}\n")


def unknown_sections(size):
    return one_file("version: 1\n" + until(size, numbered("x{}:\n")))


def wrong_values(size):
    return one_file("version: 1\ngrants: [" + until(size, itertools.repeat("1, ")) + "]\n")


def empty_entries(size):
    return one_file("version: 1\ngrants: [" + until(size, itertools.repeat(",")) + "]\n")


def dashes(size):
    return one_file("version: 1\ngrants:\n" + until(size, itertools.repeat("-\n")))


def commented_dashes(size):
    return one_file("version: 1\ngrants:\n" + until(size, itertools.repeat("-\n#\n")))


def dashes_over_comments(size):
    return one_file("version: 1\ngrants:\n- {a: 1}\n" + until(size // 2, itertools.repeat("#\n"))
                    + until(size // 2, itertools.repeat("-\n")))


def rules_of_nothing(size):
    return one_file(PLAIN + "grants:\n" + until(size, itertools.repeat("- {}\n")))


def deep_lists(size):
    return one_file("version: 1\nx: [" + until(size, itertools.repeat("[" * 97 + "]" * 97 + ", ")) + "]\n")


def too_deep(size):
    return one_file("version: 1\nx: " + "[" * size + "\n")


def duplicate_keys(size):
    return one_file("version: 1\naccounts: {" + until(size, itertools.repeat("desk: {name: D}, ")) + "}\n")


def duplicate_long_keys(size):
    key = "k" * 1000
    return one_file("version: 1\naccounts:\n" + until(size, numbered(f"  {key}{{:08}}: {{{{name: D}}}}\n")))


def aliases(size):
    return one_file("version: 1\nx: &a [1, 2, 3, 4, 5, 6, 7, 8]\ny: [" + until(size, itertools.repeat("*a, ")) + "]\n")


def anchors(size):
    return one_file("version: 1\nx: [" + until(size, numbered("&a{} 1, ")) + "]\n")


def aliases_of_themselves(size):
    return one_file("version: 1\nx: &a [" + until(size, itertools.repeat("*a, ")) + "]\n")


def merge_keys(size):
    return one_file("version: 1\naccounts:\n  a: &a {name: A, locale: en}\n"
                    + until(size, numbered("  a{}: {{<<: *a}}\n")))


def merge_chain(size):
    return one_file("version: 1\naccounts:\n  a0: &a0 {name: A}\n" + until(size, (
        f"  a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in itertools.count(1))))


def tags(size):
    return one_file("version: 1\nx: [" + until(size, itertools.repeat("!t 1, ")) + "]\n")


def long_tag(size):
    return one_file("version: 1\nx: !" + "t" * size + " 1\n")


def long_anchor(size):
    return one_file("version: 1\nx: &" + "t" * size + " 1\n")


def long_scalar(size):
    return one_file("version: 1\nx: " + "t" * size + "\n")


def long_quoted(size):
    return one_file('version: 1\nx: "' + "\\t" * (size // 2) + '"\n')


def open_quote(size):
    return one_file('version: 1\nx: "' + "t\n" * (size // 2))


def quotes(size):
    return one_file("version: 1\nx: [" + until(size, itertools.repeat("'', ")) + "]\n")


def many_lines_of_a_scalar(size):
    return one_file("version: 1\nx: a\n" + until(size, itertools.repeat(" a\n")))


def block_scalar(size):
    return one_file("version: 1\nx: |\n" + until(size, itertools.repeat(" a\n")))


def empty_lines(size):
    return one_file("version: 1\n" + "\n" * size + "x: 1\n")


def spaces(size):
    return one_file("version: 1\nx: " + " " * size + "1\n")


def comments(size):
    return one_file("version: 1\n" + until(size, itertools.repeat("# a\n")))


def documents(size):
    return one_file("version: 1\n" + until(size, itertools.repeat("---\n")))


def directives(size):
    return one_file(until(size, itertools.repeat("%TAG ! x\n")) + "---\nversion: 1\n")


def complex_keys(size):
    return one_file("version: 1\n" + "? " * (size // 2) + "\n")


def colons(size):
    return one_file("version: 1\nx: " + ": " * (size // 2) + "\n")


def key_line(size):
    return one_file("version: 1\n" + "k" * size + ": 1\n")


def null_bytes(size):
    return one_file("version: 1\nx: " + "\\0" * 5 + "\x01" * size + "\n")


def many_files(size):
    return {f"{number}.yaml": f"version: 1\naccounts: {{a{number}: {{name: A}}}}\n" for number in range(min(size // 40, 30_000))}


def many_groups_of_one(size):
    return one_file(PLAIN + "groups:\n" + until(size, numbered("  g{}: {{members: [ana@example.com]}}\n")))


def group_cycles(size):
    """Each group names all groups before it and itself."""
    return one_file(PLAIN + "groups:\n  g: {groups: [" + until(size // 2, itertools.repeat("g, ")) + "]}\n")


def group_circle(size):
    count = size // 40
    return one_file(PLAIN + "groups:\n" + "".join(
        f"  g{i}: {{groups: [g{(i + 1) % count}, g0]}}\n" for i in range(count)))


def shared_groups(size):
    """Two ways from each group to the next."""
    count = size // 60
    return one_file(PLAIN + "groups:\n" + "".join(
        f"  g{i}: {{groups: [g{i + 1}, g{min(i + 2, count)}]}}\n" for i in range(count))
        + f"  g{count}: {{members: [ana@example.com]}}\n" + rule("desk", "groups: [g0]"))


def unknown_features(size):
    return one_file("version: 1\naccounts:\n  desk: {name: Desk, features: {"
                    + until(size, numbered("feature_{}: true, ")) + "}}\n")


def attributes(size):
    return one_file("version: 1\naccounts:\n  desk: {name: Desk, custom_attributes: {"
                    + until(size, numbered("a{}: 1, ")) + "}}\n")


def defaults_of_many(size):
    """Every account takes all attributes of the defaults."""
    return one_file("version: 1\ndefaults:\n  accounts:\n    custom_attributes: {"
                    + until(size // 2, numbered("a{}: 1, ")) + "}\naccounts:\n"
                    + until(size // 2, numbered("  a{}: {{name: A}}\n")))


def two_roles(size):
    """Many rules that disagree about one user in many accounts."""
    accounts = until(size // 4, numbered("  a{}: {{name: A}}\n"))
    rules = until(size // 2, itertools.cycle((
        '  - {role: agent, accounts: ["*"], users: [ana@example.com]}\n',
        '  - {role: administrator, accounts: ["*"], users: [ana@example.com]}\n')))
    return one_file("version: 1\naccounts:\n" + accounts + USER + "grants:\n" + rules)


def repeated_users(size):
    return one_file(PLAIN + rule("desk", "users: [" + until(size, itertools.repeat("ana@example.com, ")) + "]"))


def rules_over_one_pattern(size):
    """Rules that reach nobody, each over all accounts."""
    accounts = until(size // 2, numbered("  a{}: {{name: A}}\n"))
    rules = until(size // 2, itertools.repeat('  - {role: agent, accounts: ["*"], groups: [none]}\n'))
    return one_file("version: 1\naccounts:\n" + accounts + USER + "groups:\n  none: {members: []}\n" + "grants:\n" + rules)


def moves(size):
    users = until(size // 2, numbered("  u{}@example.com: {{name: U}}\n"))
    return one_file(ACCOUNT + "users:\n" + users + "moved:\n"
                    + until(size // 2, numbered("  - {{from: accounts.a{0}, to: accounts.a{0}}}\n")))


def move_chain(size):
    return one_file(PLAIN + "moved:\n" + until(size, (
        f"  - {{from: accounts.a{i}, to: accounts.a{i + 1}}}\n" for i in itertools.count())))


def bots(size):
    return one_file(ACCOUNT + "agent_bots:\n" + until(size, numbered("  b{0}: {{name: B, account: dsk{0}}}\n")))


SHAPES = {name: shape for name, shape in vars().items()
          if callable(shape) and name not in ("one_file", "until", "numbered", "rule")}
