"""Matchers: Prometheus' notation, whole values, linear time."""

from time import perf_counter

import pytest

from models.matcher import MAX_PATTERN, fault, matches

LABELS = {"severity": "critical", "job": "api-1", "empty": ""}


@pytest.mark.parametrize(
    ("matchers", "expected"),
    [
        ({}, True),
        ({"severity": "critical"}, True),
        ({"severity": "Critical"}, False),
        ({"severity": "critical", "job": "web"}, False),
        ({"severity": "!=warning"}, True),
        ({"severity": "!=critical"}, False),
        ({"job": "=~api-.*"}, True),
        ({"job": "=~api"}, False),  # the whole value, not a part
        ({"job": "=~web|api-[0-9]"}, True),
        ({"job": "!~web|api-[0-9]"}, False),
        ({"job": "!~web"}, True),
        ({"absent": ""}, True),  # a missing label counts as empty
        ({"absent": "=~.+"}, False),
        ({"absent": "!=x"}, True),
        ({"empty": ""}, True),
    ],
)
def test_a_rule_matches_when_every_matcher_holds(matchers, expected):
    assert matches(matchers, LABELS) is expected


def test_a_pattern_covers_line_ends_too():
    assert not matches({"job": "=~api"}, {"job": "api\n"})


@pytest.mark.parametrize("pattern", ["(a", "a)|(b", r"\1", "(?=x)", "(?:(?:a{99}){99}){99}", "(?x)a # ", "[z-a]"])
def test_an_unusable_pattern_is_named_as_such(pattern):
    assert "regular expression" in fault(f"=~{pattern}")


def test_texts_are_bounded():
    assert "characters" in fault("x" * (MAX_PATTERN + 1))
    assert "NUL" in fault("a\x00")
    assert fault("!~web|api") is None


def test_a_pattern_that_would_stall_a_backtracking_engine_takes_no_time():
    started = perf_counter()
    assert not matches({"job": "=~(a+)+(a|aa)+"}, {"job": "a" * 50_000 + "b"})
    assert perf_counter() - started < 1
