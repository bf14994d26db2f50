"""Pauses between attempts."""

from core.backoff import JITTER, backoff


def test_pauses_double_up_to_the_longest():
    for failures, plain in ((1, 2), (2, 4), (5, 32), (13, 8192), (14, 10800), (1000, 10800)):
        assert plain * (1 - JITTER) <= backoff(failures) <= plain * (1 + JITTER)


def test_twenty_attempts_take_about_a_day():
    hours = sum(backoff(failures) for failures in range(1, 20)) / 3600
    assert 18 < hours < 30


def test_failures_of_one_moment_do_not_come_back_as_one():
    assert len({backoff(3) for _ in range(100)}) > 90
