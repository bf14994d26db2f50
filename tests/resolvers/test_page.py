"""Pages: every way to ask for a slice of a list, against the list itself (Relay, "Cursor Connections")."""

import base64
import random

import orjson
import pytest

from actions.declarations import declare_incident
from actions.reports import report_incident
from core.errors import DomainError
from models.incident import Incident
from resolvers.page import DEFAULT_SIZE, LARGEST, Order, decode_place, encode_place, paging
from tests.effort import effort

QUERY = """
query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $by: IncidentOrder!) {
  incidents(first: $first, after: $after, last: $last, before: $before, orderBy: $by) {
    edges { cursor node { number severity { rank } } }
    nodes { number }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@pytest.fixture
async def many(client, world):
    chance = random.Random(4)  # noqa: S311 (severities, not secrets)
    for n in range(30):
        severity = chance.choice(["SEV1", "SEV2", "SEV3", None])
        if severity is None:
            await world.do(report_incident, world.ben, title=f"Odd {n}")
        else:
            await world.do(declare_incident, world.ben, title=f"Down {n}", severity=severity)
    return client


async def page_of(client, by="NEWEST", **given):
    return (await client.ask(QUERY, {"by": by, **given}))["incidents"]


async def everything(client, by):
    return (await page_of(client, by, first=100))["edges"]


@pytest.mark.parametrize("by", ["NEWEST", "OLDEST", "SEVERITY"])
async def test_every_slice_is_the_slice_of_the_whole_list(many, by):
    whole = await everything(many, by)
    cursors = [edge["cursor"] for edge in whole]
    assert len(set(cursors)) == len(whole) == 30
    chance = random.Random(by)  # noqa: S311 (places, not secrets)
    for _ in range(effort(8, 50)):
        size, start, end = chance.randint(1, 12), chance.choice([None, *range(30)]), chance.choice([None, *range(30)])
        bounds = {"after": start if start is None else cursors[start], "before": end if end is None else cursors[end]}
        inside = whole[0 if start is None else start + 1 : 30 if end is None else end]
        ahead = await page_of(many, by, first=size, **bounds)
        assert ahead["edges"] == inside[:size]
        assert ahead["pageInfo"]["hasNextPage"] is (len(inside) > size or end is not None)
        assert ahead["pageInfo"]["hasPreviousPage"] is (start is not None)
        back = await page_of(many, by, last=size, **bounds)
        assert back["edges"] == inside[-size:]
        assert back["pageInfo"]["hasPreviousPage"] is (len(inside) > size or start is not None)
        assert back["pageInfo"]["hasNextPage"] is (end is not None)
        for page in (ahead, back):
            ends = [edge["cursor"] for edge in page["edges"]] or [None]
            assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (ends[0], ends[-1])
            assert page["nodes"] == [{"number": edge["node"]["number"]} for edge in page["edges"]]


async def test_the_orders_are_what_they_say(many):
    numbers = {by: [e["node"]["number"] for e in await everything(many, by)] for by in ("NEWEST", "OLDEST")}
    assert numbers["NEWEST"] == sorted(numbers["OLDEST"], reverse=True)
    assert numbers["OLDEST"] == sorted(numbers["OLDEST"])
    ranked = [
        ((e["node"]["severity"] or {"rank": 99})["rank"], -e["node"]["number"])
        for e in await everything(many, "SEVERITY")
    ]
    assert ranked == sorted(ranked)
    assert ranked[-1][0] == 99


async def test_a_page_goes_on_where_it_ended_although_incidents_are_added(many, world):
    first = await page_of(many, first=5)
    await world.do(report_incident, world.ben, title="Meanwhile")
    second = await page_of(many, first=5, after=first["pageInfo"]["endCursor"])
    numbers = [n["number"] for page in (first, second) for n in page["nodes"]]
    assert numbers == sorted(set(numbers), reverse=True)


async def test_without_a_size_a_page_has_25(many):
    assert len((await page_of(many))["nodes"]) == DEFAULT_SIZE


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": -1}, "first"),
        ({"first": 101}, "first"),
        ({"last": 0}, "last"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "x"}, "after"),
        ({"before": "!"}, "before"),
        ({"after": ""}, "after"),
        ({"after": "é"}, "after"),
    ],
)
async def test_a_slice_that_can_not_be_given_is_refused_by_name(client, given, field):
    error = await client.refusal(QUERY, {"by": "NEWEST", **given})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)
    assert error["path"] == ["incidents"]


# ---- cursors

ORDER = Order("list", (Incident.created_at, Incident.id), moments=1)


def cursor_of(*parts):
    return base64.urlsafe_b64encode(orjson.dumps(list(parts))).decode().rstrip("=")


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ("list",),
        ("other", "2026-11-24T03:00:00+00:00", 1),
        ("list", "2026-11-24T03:00:00+00:00"),
        ("list", "2026-11-24T03:00:00+00:00", 1, 2),
        ("list", "2026-11-24T03:00:00", 1),
        ("list", "then", 1),
        ("list", None, 1),
        ("list", "2026-11-24T03:00:00+00:00", "1"),
        ("list", "2026-11-24T03:00:00+00:00", True),
        ("list", "2026-11-24T03:00:00+00:00", 1.5),
        ("list", "2026-11-24T03:00:00+00:00", 2**63),
        ("list", "2026-11-24T03:00:00+00:00", [1]),
    ],
)
def test_a_made_up_cursor_is_refused(parts):
    with pytest.raises(DomainError, match="not a cursor of this list"):
        decode_place(ORDER, cursor_of(*parts), "after")


def test_a_cursor_is_read_as_it_was_written(clock):
    place = (clock.now(), 7)
    assert decode_place(ORDER, encode_place(ORDER, place), "after") == place


def test_paging_knows_its_limits():
    assert paging() == paging(first=DEFAULT_SIZE)
    assert paging(last=LARGEST).backward
