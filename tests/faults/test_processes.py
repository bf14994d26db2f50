"""kill -9 of each process, one by one and together, under load. Whoever looks after them starts them again."""

import time

import pytest

from tests.effort import effort, proof

pytestmark = pytest.mark.slow

GONE = effort(0.5, 2.0)
"""Seconds until they are started again."""


@proof
def test_the_api_is_killed(by):
    with by.trial("api_killed") as trial:
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


def test_everything_is_killed(by):
    with by.trial("everything_killed") as trial:
        for part in by.parts:
            part.kill()
        by.postgres.kill()
        by.postgres.start()
        for part in by.parts:
            part.start()
        trial.back()
