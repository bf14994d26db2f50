"""DateTime, Date and Cursor: one meaning, or a refusal that names the input."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from core.errors import DomainError
from schema.scalars import parse_cursor, parse_day, parse_moment, print_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T03:38:00Z", datetime(2026, 11, 24, 3, 38, tzinfo=UTC)),
        ("2026-11-24t03:38:00z", datetime(2026, 11, 24, 3, 38, tzinfo=UTC)),
        ("2026-11-24T05:38:00.5+02:00", datetime(2026, 11, 24, 3, 38, 0, 500_000, tzinfo=UTC)),
        ("2026-11-23T22:08:00.123456789-05:30", datetime(2026, 11, 24, 3, 38, 0, 123_456, tzinfo=UTC)),
        ("2026-11-24T03:38:00-00:00", datetime(2026, 11, 24, 3, 38, tzinfo=UTC)),
    ],
)
def test_a_moment_is_rfc_3339_with_an_offset(text, moment):
    found = parse_moment(text)
    assert (found, found.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24",
        "2026-11-24T03:38:00",
        "2026-11-24 03:38:00Z",
        "2026-11-24T03:38Z",
        "2026-11-24T03:38:00+0200",
        "2026-11-24T03:38:00+02",
        "2026-W48-2T03:38:00Z",
        "20261124T033800Z",
        "2026-13-24T03:38:00Z",
        "2026-02-30T03:38:00Z",
        "2026-11-24T25:38:00Z",
        "2026-11-24T03:38:60Z",
        "2026-11-24T03:38:00+24:00",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-11-24T03:38:00.Z",
        "2026-11-24T03:38:00." + "1" * 100 + "Z",
        "２026-11-24T03:38:00Z",
        "now",
        "",
        1_774_000_000,
        True,
        None,
    ],
)
def test_any_other_moment_is_refused(text):
    with pytest.raises(DomainError, match="is not a moment") as refusal:
        parse_moment(text)
    assert refusal.value.code == "INVALID_INPUT"


def test_moments_are_answered_in_utc_with_microseconds():
    there = datetime(2026, 11, 24, 5, 38, tzinfo=timezone(timedelta(hours=2)))
    assert print_moment(there) == "2026-11-24T03:38:00.000000Z"
    assert parse_moment(print_moment(there)) == there


def test_a_day_is_a_day():
    assert parse_day("2026-11-24") == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text", ["20261124", "2026-W48-2", "2026-11-24T00:00:00Z", "2026-02-30", "24.11.2026", 20261124]
)
def test_any_other_day_is_refused(text):
    with pytest.raises(DomainError, match="is not a day"):
        parse_day(text)


@pytest.mark.parametrize("value", [1, None, [], "x" * 501])
def test_a_cursor_is_a_short_text(value):
    with pytest.raises(DomainError, match="not a cursor"):
        parse_cursor(value)


@pytest.mark.parametrize(
    ("query", "variables", "field"),
    [
        ('{ incidents(filter: {declaredAfter: "today"}) { nodes { id } } }', None, "filter.declaredAfter"),
        (
            "query($f: IncidentFilter) { incidents(filter: $f) { nodes { id } } }",
            {"f": {"declaredBefore": "2026-11-24"}},
            "declaredBefore",
        ),
        ("query($m: DateTime) { incidents(filter: {declaredAfter: $m}) { nodes { id } } }", {"m": 7}, "m"),
        (
            'mutation { declareIncident(input: {title: "x", severity: "SEV1", detectedAt: "x"}) { cursor } }',
            None,
            "detectedAt",
        ),
        (
            "mutation($i: DeclareIncidentInput!) { declareIncident(input: $i) { cursor } }",
            {"i": {"title": "x", "severity": "SEV1", "detectedAt": "x"}},
            "detectedAt",
        ),
        ('mutation { addActionItem(input: {title: "x", owner: "payments", dueOn: "soon"}) { cursor } }', None, "dueOn"),
    ],
)
async def test_a_refusal_names_the_input(client, query, variables, field):
    error = await client.refusal(query, variables)
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)
    assert error["extensions"]["hint"]


async def test_other_wrong_types_are_no_graphql(client):
    error = await client.refusal("query($n: Int) { incidents(first: $n) { nodes { id } } }", {"n": "many"})
    assert error["extensions"]["code"] == "GRAPHQL_INVALID"
    assert "$n" in error["message"]
