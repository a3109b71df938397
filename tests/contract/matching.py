"""Compares a response with a recorded one: ids by a one-to-one mapping, times and secrets masked."""

import json
import re

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$|^\d{10}$")
LONG = re.compile(r"^<string of (\d+) chars: (.*)\.\.\.>$", re.S)
HOST = re.compile(r"^https?://127\.0\.0\.1:\d+")
FIELD_KINDS = {"account_id": "accounts", "user_id": "users"}


class Mismatch(Exception):
    pass


class Ids:
    """Which id of ours stands for which recorded one, by kind; each for one only."""

    def __init__(self):
        self._ours = {}
        self._recorded = {}

    def copy(self):
        other = Ids()
        other._ours = dict(self._ours)
        other._recorded = dict(self._recorded)
        return other

    def join(self, kind, recorded, ours, where=""):
        if recorded is None or ours is None or kind is None:
            if recorded != ours:
                raise Mismatch(f"{where}: {ours!r} instead of {recorded!r}")
            return
        known = self._ours.setdefault((kind, recorded), ours)
        back = self._recorded.setdefault((kind, ours), recorded)
        if known != ours or back != recorded:
            raise Mismatch(f"{where}: id {ours} of {kind} stands for {back}, {recorded} is {known}")

    def ours(self, kind, recorded):
        return self._ours.get((kind, recorded), recorded)


def kind_of(row):
    """What an object with an id is, by its other fields."""
    if "availability_status" in row:
        return "users"
    if "account_id" in row and "user_id" in row:
        return "memberships"
    if "pubsub_token" in row:
        return "users"
    if "outgoing_url" in row:
        return "agent_bots"
    if "features" in row or "active_at" in row:
        return "accounts"
    return None


def by_id(rows):
    """No list of the server has an order (see account_users.order_after_vacuum)."""
    if all(isinstance(row, dict) and "id" in row for row in rows):
        return sorted(rows, key=lambda row: row["id"])
    return rows


def same_text(recorded, ours, where):
    if recorded == ours:
        return
    if recorded == "<time>" and TIME.match(ours):
        return
    if recorded == "<secret>" and len(ours) >= 8:
        return
    long = LONG.match(recorded)
    if long and len(ours) == int(long[1]) and ours.startswith(long[2]):
        return
    if "<secret>" in recorded and HOST.match(recorded):
        pattern = re.escape(HOST.sub("", recorded)).replace("<secret>", r"\w{8,}")
        if re.fullmatch(pattern, HOST.sub("", ours)):
            return
    raise Mismatch(f"{where}: {ours[:200]!r} instead of {recorded[:200]!r}")


def same(recorded, ours, ids, where="body"):
    """Raises Mismatch unless ours is the recorded value; joins ids on the way."""
    if type(recorded) is not type(ours):
        raise Mismatch(f"{where}: {str(ours)[:200]!r} instead of {str(recorded)[:200]!r}")
    if isinstance(recorded, dict):
        if recorded.keys() != ours.keys():
            raise Mismatch(f"{where}: keys differ by {sorted(recorded.keys() ^ ours.keys())}")
        kind = kind_of(recorded)
        for key, value in recorded.items():
            place = f"{where}.{key}"
            if key == "id" and kind:
                ids.join(kind, value, ours[key], place)
            elif key == "user" and isinstance(value, dict):
                ids.join("users", value["id"], ours[key]["id"], place)
                same({**value, "id": 0}, {**ours[key], "id": 0}, ids, place)
            elif key in FIELD_KINDS:
                ids.join(FIELD_KINDS[key], value, ours[key], place)
            else:
                same(value, ours[key], ids, place)
    elif isinstance(recorded, list):
        if len(recorded) != len(ours):
            raise Mismatch(f"{where}: {len(ours)} items instead of {len(recorded)}")
        rows = zip(by_id(recorded), by_id(ours)) if where == "body" else zip(recorded, ours)
        for index, (one, other) in enumerate(rows):
            same(one, other, ids, f"{where}[{index}]")
    elif isinstance(recorded, str):
        same_text(recorded, ours, where)
    elif recorded != ours:
        raise Mismatch(f"{where}: {ours!r} instead of {recorded!r}")


def same_headers(recorded, answer, sent):
    """The same names, and the same values where they repeat."""
    ours = {name.lower(): value for name, value in answer.headers}
    wanted = {name.lower(): value for name, value in recorded}
    if ours.keys() != wanted.keys():
        raise Mismatch(f"headers differ by {sorted(ours.keys() ^ wanted.keys())}")
    for name, value in wanted.items():
        chance = name in ("etag", "x-runtime") or (name == "x-request-id" and "X-Request-Id" not in sent)
        if name == "content-length":
            # Ids are longer or shorter by a digit, so only emptiness repeats.
            chance = value != "0" and ours[name] == str(len(answer.body))
        if not chance and ours[name] != value:
            raise Mismatch(f"header {name}: {ours[name]!r} instead of {value!r}")


def same_body(recorded, answer, ids, sent_body):
    """Compares the body with a recorded one, or with what stands for one."""
    text = answer.body.decode()
    if not isinstance(recorded, str):
        try:
            ours = json.loads(text)
        except ValueError:
            raise Mismatch(f"body is no JSON: {text[:200]!r}") from None
        same(recorded, ours, ids)
    elif recorded.startswith("<html: "):
        if not text.startswith("<!DOCTYPE html>"):
            raise Mismatch(f"body is no page: {text[:200]!r}")
    elif recorded == "<account with custom_attributes nested>":
        if json.loads(text)["custom_attributes"] != json.loads(sent_body)["custom_attributes"]:
            raise Mismatch("body has other custom_attributes than those sent")
    elif recorded != text:
        raise Mismatch(f"body: {text[:200]!r} instead of {recorded[:200]!r}")
