#!/usr/bin/python3
"""Writes what the fuzzers start from: OUT/<target>/ with inputs, and OUT/<target>.dict with words.

Usage: seeds.py ROOT OUT. Everything is made from what the repository has already: the examples, the bad rosters of
tests/roster, the recorded answers, the sample state, the schemas. Inputs that cannot be made are in corpus/.
"""

import json
import pathlib
import re
import shutil
import sys

# The calls of answer_fuzz.cpp in its order, each with the requests whose answers it gets.
CALLS = [
    r"GET /api",
    r"GET /accounts",
    r"GET /accounts/\d+",
    r"POST /accounts",
    r"PATCH /accounts/\d+",
    r"DELETE /accounts/\d+",
    r"GET /users/\d+",
    r"POST /users",
    r"PATCH /users/\d+",
    r"DELETE /users/\d+",
    r"GET /users/\d+/login",
    r"POST /users/\d+/token",
    r"GET /accounts/\d+/account_users",
    r"POST /accounts/\d+/account_users",
    r"DELETE /accounts/\d+/account_users",
    r"GET /agent_bots",
    r"GET /agent_bots/\d+",
    r"POST /agent_bots",
    r"PATCH /agent_bots/\d+",
    r"DELETE /agent_bots/\d+",
    r"DELETE /agent_bots/\d+/avatar",
]
STATUSES = [200, 400, 401, 404, 422, 429, 500, 502, 302, 204]
LARGEST = 16_000
YAML_WORDS = ["<<: *a", "&a ", "*a", "!!str ", "- ", ": ", "? ", "|\n", ">-\n", "---\n", "...\n", "# ", "~", "null",
              "true", "false", "[]", "{}", "\"", "'", "\ufeff", "\r\n", "\t", "version: 1\n", "2026-01-31", "\\u0085",
              "@example.com"]


def answers(root):
    """Each different body once for each call and status."""
    exchanges = json.loads((root / "tests/contract/chatwoot-4.10.0.json").read_text())
    seen = set()
    for exchange in exchanges:
        request, response = exchange["request"], exchange["response"]
        path = request.get("path", "").replace("/platform/api/v1", "").split("?")[0]
        wanted = f"{request['method']} {path}"
        call = next((i for i, pattern in enumerate(CALLS) if re.fullmatch(pattern, wanted)), None)
        if call is None or response.get("status") not in STATUSES:
            continue
        body = response["body"]
        if isinstance(body, dict) and re.search(r"/\d+$", path) and "id" in body:
            body["id"] = 1
        text = body if isinstance(body, str) else json.dumps(body)
        kind = STATUSES.index(response["status"])
        if "json" not in (response.get("content_type") or "json"):
            kind += len(STATUSES)
        # One of a shape is enough: the fuzzer finds the others.
        shape = (call, kind, re.sub(r"\d+", "0", text)[:200])
        if shape not in seen and len(text) < LARGEST:
            seen.add(shape)
            yield bytes([ord("a") + call, ord("0") + kind]) + text.encode()


def rosters(root):
    for path in [*root.glob("tests/roster/*.yaml"), *root.glob("examples/demo/roster/*.yaml")]:
        yield path.read_bytes()
    for folder in [*(path for path in root.glob("tests/roster/*") if path.is_dir()), root / "examples/demo/roster"]:
        files = sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")])
        if len(files) > 1:
            yield b"\x1d".join(path.read_bytes() for path in files[:3])


def projects(root):
    whole = (root / "examples/demo/rollcall.yaml").read_bytes()
    yield whole
    schema = json.loads((root / "schemas/project.schema.json").read_text())
    for key in schema["properties"]:
        for value in ("1", "x", "[a, b]", "{a: b}", "25%", "https://chat.example.com", "[administrator]"):
            yield f"version: 1\n{key}: {value}\n".encode()
    for key in schema["properties"].get("guardrails", {}).get("properties", {}):
        for value in ("1", "0", "[a, b@example.com]", "25%", "[agent, administrator]"):
            yield f"version: 1\nguardrails:\n  {key}: {value}\n".encode()


def states(root):
    sample = json.loads((root / "tests/unit/state/sample.state.json").read_text())
    yield (root / "tests/unit/state/sample.state.json").read_bytes()
    yield json.dumps(sample).encode()
    new = ("accounts_seen_to", "forgotten")
    yield json.dumps({**{key: part for key, part in sample.items() if key not in new}, "version": 1}).encode()
    for section in ("accounts", "users", "agent_bots"):
        for key, value in sample[section].items():
            one = {**sample, "accounts": {}, "users": {}, "agent_bots": {}}
            one["released"] = {"accounts": {}, "users": {}, "agent_bots": {}}
            one[section] = {key: {**value, "grants": {}} if section == "accounts" else value}
            yield json.dumps(one, indent=1).encode()


def plans(root):
    """The sample state with what the roster might say: the same, changes, less, moves, and nothing at all."""
    sample = json.loads((root / "tests/unit/state/sample.state.json").read_text())
    users = sorted(sample["users"])

    def roster():
        grants = [{"role": role, "accounts": [key], "users": [user]}
                  for key, account in sample["accounts"].items() for user, role in account["grants"].items()]
        objects = {section: {key: {"name": key, **{name: part for name, part in value["settings"].items()
                                                   if part is not None and name not in ("custom_attributes", "name")}}
                             for key, value in sample[section].items()}
                   for section in ("accounts", "users", "agent_bots")}
        return {"version": 1, **objects, "grants": grants}

    def changed(change):
        whole = roster()
        change(whole)
        return whole

    wanted = [
        roster(),
        {"version": 1},
        changed(lambda r: r["accounts"]["hq"].update(unlisted_members="revoke", on_remove="delete")),
        changed(lambda r: r["accounts"]["bare"].update(id=44, locale="en", custom_attributes={"a": None, "b": [1]})),
        changed(lambda r: r["accounts"].update(closed={"name": "Closed"})),
        changed(lambda r: r["accounts"].pop("bare")),
        changed(lambda r: r.update(grants=r["grants"][:1])),
        changed(lambda r: r.update(grants=[{**one, "until": "2026-01-01"} for one in r["grants"]])),
        changed(lambda r: r.update(grants=[{"role": "administrator", "accounts": ["*"], "users": users}])),
        changed(lambda r: r["users"].update({"new@example.com": {"name": "New", "adopt": True, "on_remove": "delete"}})),
        changed(lambda r: (r["accounts"].update(main=r["accounts"].pop("hq")), r.update(
            grants=[], moved=[{"from": "accounts.hq", "to": "accounts.main"}]))),
        changed(lambda r: (r["users"].update({"b@example.com": r["users"].pop(users[0])}), r.update(
            grants=[], moved=[{"from": f"users.{users[0]}", "to": "users.b@example.com"}]))),
        changed(lambda r: (r["agent_bots"].clear(), r.update(grants=[]))),
    ]
    states = [sample, {**sample, "unresolved": []}]
    states.append({**states[1], "accounts": {key: {**value, "missing_since": "2026-05-06T07:08:09Z"}
                                             for key, value in sample["accounts"].items()}})
    for one in wanted:
        for state in states:
            yield json.dumps(one).encode() + b"\x1e" + json.dumps(state).encode()
    for one in rosters(root):
        yield one + b"\x1e" + json.dumps(sample).encode()
        yield one


def journals(root):
    """The sample state as the entries that put it there, and each kind of entry and record by itself."""
    sample = json.loads((root / "tests/unit/state/sample.state.json").read_text())
    older = {"format": "rollcall-journal", "version": 2, "lineage": "a-lineage", "run": "a-run", "base": "00ff",
             "serial": 1}
    header = {**older, "version": 4, "server": "https://chat.example.com", "plan_digest": "00ff"}
    puts, addresses = [], []
    for section in ("accounts", "users", "agent_bots"):
        for key, value in sample[section].items():
            facts = {name: part for name, part in value.items() if name != "grants"}
            addresses.append(f"{section}.{key}")
            puts.append({"put": f"{section}.{key}", "as": facts})
            for user, role in value.get("grants", {}).items():
                addresses.append(f"grants.{key}/{user}")
                puts.append({"put": f"grants.{key}/{user}", "as": role})
    key = next(iter(sample["accounts"]))
    others = [{"drop": address} for address in addresses]
    others += [{"move": address, "to": f"{address.split('.')[0]}.new"} for address in addresses]
    others += [{"move": "users.a@example.com", "to": "users.b@example.com"}, {"drop": f"unlisted.{key}/7"},
               {"put": "accounts_seen_to", "as": 57},
               {"put": f"unlisted.{key}", "as": [{"id": 7, "role": "agent", "email": "a@example.com"}]}]
    entries = [{"facts": [record]} for record in puts + others]
    entries += [{"begun": 1, "verb": verb, "nonce": "a-nonce", "facts": puts[:1]}
                for verb in ("create", "update", "bind", "delete", "grant", "revoke", "move", "release")]
    entries += [{"intended": 2, "verb": verb, "facts": puts[:1]} for verb in ("update", "grant", "change_role", "revoke")]
    entries += [{"sent": 2}, {"settled": 1}, {"settled": 1, "facts": puts[:2]}]
    entries.append({"facts": puts})
    for entry in entries:
        yield ("sA" + "".join(json.dumps(line) + "\n" for line in (header, entry))).encode()
    for first in (older, header, {**header, "base": "absent", "serial": 0}):
        yield ("sZ" + "".join(json.dumps(line) + "\n" for line in [first, *entries])).encode()


def saved_plans(root):
    """A plan with every kind of action, whole and with one of each of its lists. Whoever changes it changes the digest,
    which is looked at last."""
    whole = json.loads((root / "tests/golden/saved_plan/everything.json").read_text())
    yield json.dumps(whole).encode()
    lists = [name for name, value in whole["plan"].items() if isinstance(value, list)]
    bare = {**whole, "plan": {**whole["plan"], **{name: [] for name in lists}}}
    yield json.dumps(bare).encode()
    for name in lists:
        for one in whole["plan"][name]:
            yield json.dumps({**bare, "plan": {**bare["plan"], name: [one]}}).encode()


HOSTILE_WORDS = ["`", "``", "```", "@all", "#17", "</details>", "<b>", "<!--", "-->", "[x](https://example.com)", "![", "||",
                 "**", "__", "~~", "\\", "&lt;", "::error::", "##[error]", "##vso[", "%0A", "\r\n", "\n/close", "1. ", "1) ",
                 "- ", "+ ", "# ", "> ", "www.example.com", "GH-17", ":tada:", "\u202e", "\u200b", "é", "😀", "\t", "  "]


def texts(root):
    """Texts that would like to be more than texts, and those that commands are known to print."""
    yield b""
    for word in HOSTILE_WORDS:
        yield word.encode()
        yield f"a {word} b{word}".encode()
    yield " ".join(HOSTILE_WORDS).encode()
    yield "".join(HOSTILE_WORDS).encode() + b"\xff\x00"
    for size in (39, 40, 41, 79, 80, 81, 300):
        yield b"`" * size
        yield b"a" + b"`" * size + b" b`c"
    for path in sorted((root / "tests/golden").glob("*/*.txt"))[:20]:
        yield from path.read_bytes().splitlines()[:20]


def words_of_schema(schema, words):
    if isinstance(schema, dict):
        words.update(schema.get("properties", {}))
        words.update(word for word in schema.get("enum", []) if isinstance(word, str))
        if isinstance(schema.get("const"), str):
            words.add(schema["const"])
        for value in schema.values():
            words_of_schema(value, words)
    elif isinstance(schema, list):
        for value in schema:
            words_of_schema(value, words)


def words_of_json(value, words):
    if isinstance(value, dict):
        words.update(value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            words_of_json(item, words)


def quoted(word):
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in word.encode())


def write_words(path, words):
    path.write_text("".join(f'"{quoted(word)}"\n' for word in sorted(words) if 0 < len(word.encode()) <= 60))


TARGETS = {"roster": rosters, "project": projects, "state": states, "journal": journals, "answer": answers, "plan": plans,
           "report": texts, "saved_plan": saved_plans}


def main():
    root, out = map(pathlib.Path, sys.argv[1:])
    for target, inputs in TARGETS.items():
        folder = out / target
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, data in enumerate(inputs(root)):
            if len(data) <= LARGEST:
                (folder / f"{number:03}").write_bytes(data)
    for target in ("roster", "project", "state", "saved_plan"):
        words = set()
        words_of_schema(json.loads((root / f"schemas/{target.replace('_', '-')}.schema.json").read_text()), words)
        json_words = {f'"{word}":' for word in words} | {f'"{word}"' for word in words}
        write_words(out / f"{target}.dict", json_words if target in ("state", "saved_plan") else words | set(YAML_WORDS))
    shutil.copyfile(out / "state.dict", out / "journal.dict")
    (out / "plan.dict").write_text((out / "state.dict").read_text() + (out / "roster.dict").read_text())
    words = {"Invalid access_token", "Non permissible resource", "Not Found", "rollcall", "lineage/acme/nonce"}
    for exchange in json.loads((root / "tests/contract/chatwoot-4.10.0.json").read_text()):
        body_words = set()
        words_of_json(exchange["response"]["body"], body_words)
        words |= {f'"{word}":' for word in body_words if len(word) < 30}
    write_words(out / "answer.dict", words)
    write_words(out / "report.dict", HOSTILE_WORDS)


if __name__ == "__main__":
    main()
