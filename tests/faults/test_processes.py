"""kill -9 of each process, one by one and together, under load. Whoever looks after them starts them again.

`muster up` does so for its own. What begins from nothing takes some 4 s of CPU to load: how long that is under load is
noted, and held to no 5 s.
"""

import time

import pytest

from tests.effort import effort, proof
from tests.faults.house import PATIENCE

pytestmark = pytest.mark.slow

GONE = effort(0.5, 2.0)
"""Seconds until they are started again."""


def test_the_api_is_killed_below_up(below_up):
    with below_up.trial("api_killed") as trial:
        below_up.up.kill_below("api")
        trial.back()


@proof
def test_the_api_is_killed_and_begins_from_nothing(by):
    with by.trial("api_killed_alone", within=PATIENCE) as trial:
        by.api.kill()
        time.sleep(GONE)
        by.api.start()
        trial.back()


@proof
def test_a_worker_is_killed(by):
    with by.trial("worker_killed") as trial:
        _, other = by.leader()
        other.kill()
        time.sleep(GONE)
        other.start()
        trial.back()


def test_the_leader_of_the_timers_is_killed(by):
    with by.trial("leader_killed") as trial:
        leader, other = by.leader()
        leader.kill()
        assert by.leader()[0] is other, "the other one leads"
        leader.start()
        trial.back()


@proof
def test_the_relay_is_killed(house, redis):
    house.on("redis", redis.url)
    with house.trial("relay_killed") as trial:
        house.relay.kill()
        time.sleep(GONE)
        house.relay.start()
        trial.back()


def test_everything_is_killed_with_its_supervisor(below_up):
    with below_up.trial("everything_killed") as trial:
        below_up.up.kill_all()
        below_up.postgres.kill()
        below_up.postgres.start()
        below_up.up.start()
        trial.back()


@proof
def test_everything_is_killed_and_each_begins_from_nothing(by):
    with by.trial("everything_killed_alone", within=PATIENCE) as trial:
        for part in by.parts:
            part.kill()
        by.postgres.kill()
        by.postgres.start()
        for part in by.parts:
            part.start()
        trial.back()
