#!/usr/bin/python3
"""The roster that random_lifecycles.py goes on writing: what is moved is there, however things are taken out of it."""

import random
import sys
import unittest

from random_lifecycles import History

BOT_STAYS = "agent_bots.{} is in this account, and the server would delete it, too."


def move(before, after):
    return {"from": before, "to": after}


def moved_to_nothing(world):
    """Entries of `moved` whose last key is not in the roster."""
    addresses = [f"{kind}.{key}" for kind, things in world.things.items() for key in things]
    further = [entry["from"] for entry in world.moved]
    return [entry for entry in world.moved if entry["to"] not in [*addresses, *further]]


class Moves(unittest.TestCase):
    def history(self, accounts=()):
        """A bot that was moved twice, and a user who was moved once."""
        history = History(None, 2)
        world = history.world
        world.things["accounts"] = {key: {"name": key} for key in accounts}
        world.things["agent_bots"] = {"first": {"name": "First", "account": "desk"}}
        world.things["users"]["kim@example.com"] = {"name": "Kim"}
        world.moved = [move("agent_bots.triage", "agent_bots.night"), move("agent_bots.night", "agent_bots.first"),
                       move("users.ana@example.com", "users.kim@example.com")]
        self.assertEqual(moved_to_nothing(world), [])
        return history

    def test_a_bot_that_finds_no_account_goes_with_its_moves(self):
        history = self.history()
        self.assertEqual(history.follow(None, BOT_STAYS.format("first")), 1)
        self.assertEqual(history.world.things["agent_bots"], {})
        self.assertEqual(history.world.moved, [move("users.ana@example.com", "users.kim@example.com")])

    def test_a_bot_that_finds_another_account_stays_moved(self):
        history = self.history(accounts=("sales",))
        moved = list(history.world.moved)
        self.assertEqual(history.follow(None, BOT_STAYS.format("first")), 1)
        self.assertEqual(history.world.things["agent_bots"], {"first": {"name": "First", "account": "sales"}})
        self.assertEqual(history.world.moved, moved)

    def test_what_is_dropped_goes_with_its_moves(self):
        world = self.history().world
        world.kind, world.some = lambda: "agent_bots", lambda kind: "first"
        world.drop()
        self.assertEqual(world.moved, [move("users.ana@example.com", "users.kim@example.com")])

    def test_a_move_that_is_undone_is_undone_to_its_end(self):
        world = self.history().world
        world.undo_move("agent_bots.triage")
        self.assertEqual(list(world.things["agent_bots"]), ["triage"])
        self.assertEqual(world.moved, [move("users.ana@example.com", "users.kim@example.com")])

    def test_no_edit_leaves_a_move_to_nothing(self):
        for seed in range(300):
            history = History(None, seed)
            for number in range(60):
                history.world.edit()
                if number % 7 == 0 and history.world.things["agent_bots"]:
                    history.follow(None, BOT_STAYS.format(history.world.some("agent_bots")))
                self.assertEqual(moved_to_nothing(history.world), [], f"seed {seed}, edit {number}")


if __name__ == "__main__":
    # The folder of the built programs, which are not needed.
    unittest.main(argv=sys.argv[:1])
