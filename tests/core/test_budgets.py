"""Rate limits: what leaks out, who is counted together, and that memory is bounded."""

from itertools import count

import pytest

from core import budgets
from core.address import neighbourhood
from core.budgets import Budgets


class Elapsed:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def elapsed():
    return Elapsed()


def test_a_minute_s_worth_at_once_and_then_as_it_leaks_out(elapsed):
    taken = Budgets(elapsed)
    assert [taken.take("ben", 30, 60).remaining for _ in range(2)] == [30, 0]
    refused = taken.take("ben", 1, 60)
    assert (refused.allowed, refused.remaining, refused.wait) == (False, 0, pytest.approx(1))
    elapsed.seconds += 1
    assert taken.take("ben", 1, 60).allowed
    assert taken.take("chi", 60, 60).allowed, "others have their own"
    elapsed.seconds += 3600
    assert taken.take("ben", 60, 60).allowed, "but nothing is saved up beyond a minute's worth"
    assert not taken.take("ben", 1, 60).allowed


def test_what_is_refused_costs_nothing(elapsed):
    taken = Budgets(elapsed)
    assert not taken.take("ben", 61, 60).allowed
    assert taken.take("ben", 60, 60).allowed


def test_no_limit_keeps_nothing(elapsed):
    taken = Budgets(elapsed)
    assert all(taken.take("ben", 10**9, 0).allowed for _ in range(10))


def test_memory_is_bounded(elapsed, monkeypatch):
    monkeypatch.setattr(budgets, "MOST", 100)
    taken, numbers = Budgets(elapsed), count()
    for _ in range(1000):
        taken.take(f"address {next(numbers)}", 60, 60)
    assert not taken.take("address 999", 1, 60).allowed, "the latest are known"
    assert taken.take("address 0", 1, 60).allowed, "the oldest are forgotten"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "", True),
    ],
)
def test_who_is_counted_together(one, other, same):
    assert (neighbourhood(one) == neighbourhood(other)) is same
