"""Budgets that hold across processes: what one takes, the others count; and how much of that is told."""

import asyncio
import itertools
from functools import partial

import orjson
import pytest

from core import shared_budgets
from core.db import Database
from core.live import Live
from core.notify import LONGEST
from core.shared_budgets import TOPIC, SharedBudgets


class Elapsed:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def elapsed():
    return Elapsed()


@pytest.fixture
def said():
    return []


async def test_two_processes_allow_together_what_one_may_and_what_was_too_much_is_waited_for(elapsed):
    one = SharedBudgets(lambda what: two.heard("one", orjson.loads(orjson.dumps(what))), elapsed)
    two = SharedBudgets(lambda what: one.heard("two", orjson.loads(orjson.dumps(what))), elapsed)
    allowed = 0
    for second in range(600):
        elapsed.seconds = float(second)
        for process in (one, two):  # which do not hear each other within this second
            allowed += sum(process.take("door x", 1, 120).allowed for _ in range(20))
        one.tell()
        two.tell()
    assert allowed <= 120 * (10 + 1) + 2 * 20, "a minute's worth at once, then the rate; a moment of both at most"
    assert allowed >= 120 * 10 * 0.9


async def test_what_is_too_little_to_matter_is_told_once_it_is_more(elapsed, said):
    budgets = SharedBudgets(said.append, elapsed)
    for _ in range(9):
        budgets.take("ben", 100, 100_000)
    budgets.tell()
    assert said == []
    budgets.take("ben", 100, 100_000)
    budgets.take("ben", 100, 100_000)
    budgets.tell()
    budgets.tell()
    assert [what.keys() for what in said] == [{"ben"}]
    assert said[0]["ben"] == pytest.approx(0.66)


async def test_messages_are_small_and_a_crowd_is_not_told_of_without_end(elapsed, said):
    budgets = SharedBudgets(said.append, elapsed)
    for number in range(20_000):
        budgets.take(f"failure 2001:db8:{number:x}::/64", 1, 60)
    budgets.tell()
    assert len(said) == shared_budgets.MOST_MESSAGES
    assert max(len(orjson.dumps(["0" * 16, TOPIC, what])) for what in said) <= LONGEST


async def counted_by(taker, other):
    """Returns when the other counts what one takes: it may not listen yet."""
    for number in itertools.count():
        taker.take(f"{id(taker)} {number}", 10, 10)
        await asyncio.sleep(0.05)
        known = [key for key in other._full_at if key.startswith(f"{id(taker)} ")]  # noqa: SLF001
        if known:
            assert not other.take(known[0], 1, 10).allowed
            return


async def test_what_is_taken_in_one_process_is_counted_in_all(database, database_url):
    other = Database(database_url)
    lives = [Live(database), Live(other)]
    budgets = [SharedBudgets(partial(live.say, TOPIC)) for live in lives]
    try:
        async with lives[0].running(), lives[1].running(), asyncio.timeout(10):
            for live, each in zip(lives, budgets, strict=True):
                live.hear(TOPIC, each.heard)
            await counted_by(*budgets)
            await counted_by(*reversed(budgets))
    finally:
        await other.close()
