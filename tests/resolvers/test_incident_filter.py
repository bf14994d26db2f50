"""Which incidents a filter finds: each line alone, all together, and what it refuses."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from actions.catalogue.severities import save_severity
from actions.declarations import declare_incident
from actions.reports import report_incident
from actions.roles import assign_role
from actions.stages import change_stage
from core.ids import encode
from models.incident import Incident
from models.words import IncidentKind, Stage, Visibility
from resolvers import incident_text
from resolvers.incident_filter import MEANINGS
from resolvers.incident_text import SEARCHED, has_word
from tests.actions import lifecycle

PAGED = """query ($f: IncidentFilter, $o: IncidentOrder, $a: Cursor) {
  incidents(filter: $f, orderBy: $o, first: 5, after: $a) { nodes { title } pageInfo { endCursor } } }"""
QUERY = "query($f: IncidentFilter) { incidents(filter: $f, orderBy: OLDEST, first: 100) { nodes { title } } }"


@pytest.fixture
async def find(client, world):
    async def declare(title, severity, by=world.ben, **given):
        return await world.do(declare_incident, by, title=title, severity=severity, **given)

    await declare(
        "Checkout-api is slow",
        "SEV1",
        services=["checkout-api"],
        labels={"region": "eu-1", "tier": "gold"},
        summary="Carts time out at node.js, see https://wiki.example/carts.",
    )
    drill = await declare("Fire drill", "SEV2", kind=IncidentKind.DRILL, labels={"region": "eu-1"})
    await world.do(assign_role, world.ben, incident=drill.reference, role="commander", user=world.id_of("chi"))
    await world.do(assign_role, world.ben, incident=drill.reference, role="scribe", user=world.id_of("dov"))
    done = await declare("Search is wrong", "SEV3", services=["search-api", "checkout-api"])
    await world.do(change_stage, world.ben, incident=done.reference, stage=Stage.RESOLUTION)
    await declare("Leaked keys", "SEV1", by=world.dov, visibility=Visibility.PRIVATE)
    await world.do(report_incident, world.ben, title="Odd smell: O'Brien's % \\ weird")

    async def find(by="dov", **given):
        return [
            node["title"].split()[0] for node in (await client.ask(QUERY, {"f": given}, by=by))["incidents"]["nodes"]
        ]

    return find


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["Checkout-api", "Fire", "Search", "Leaked", "Odd"]),
        ({"stages": ["RESPONSE"]}, ["Checkout-api", "Fire", "Leaked"]),
        ({"stages": ["RESOLUTION", "DETECTION"]}, ["Search", "Odd"]),
        ({"stages": []}, []),
        ({"stages": None}, ["Checkout-api", "Fire", "Search", "Leaked", "Odd"]),
        ({"open": True}, ["Checkout-api", "Fire", "Leaked", "Odd"]),
        ({"open": False}, ["Search"]),
        ({"severities": ["SEV1"]}, ["Checkout-api", "Leaked"]),
        ({"severities": ["sev2", encode("Severity", 3)]}, ["Fire", "Search"]),
        ({"services": ["checkout-api"]}, ["Checkout-api", "Search"]),
        ({"services": [encode("Service", 2)]}, ["Search"]),
        ({"kinds": ["DRILL"]}, ["Fire"]),
        ({"kinds": ["REAL", "BACKFILLED"]}, ["Checkout-api", "Search", "Leaked", "Odd"]),
        ({"visibility": "PRIVATE"}, ["Leaked"]),
        ({"labels": {"region": "eu-1"}}, ["Checkout-api", "Fire"]),
        ({"labels": {"region": "eu-1", "tier": "gold"}}, ["Checkout-api"]),
        ({"labels": {"region": "us"}}, []),
        ({"labels": {}}, ["Checkout-api", "Fire", "Search", "Leaked", "Odd"]),
        ({"text": "slow"}, ["Checkout-api"]),
        ({"text": "SLO"}, ["Checkout-api"]),
        ({"text": "low"}, []),
        ({"text": "check"}, ["Checkout-api"]),
        ({"text": "checkout-a"}, ["Checkout-api"]),
        ({"text": "cart checkout"}, ["Checkout-api"]),
        ({"text": "cart drill"}, []),
        ({"text": "node.js"}, ["Checkout-api"]),
        ({"text": "wiki.exam"}, ["Checkout-api"]),
        ({"text": "O'Brien"}, ["Odd"]),
        ({"text": "' & | ! ( ) :* <->"}, []),
        ({"text": "\\"}, []),
        ({"text": "%"}, []),
        ({"open": True, "severities": ["SEV1"], "services": ["checkout-api"], "text": "slow"}, ["Checkout-api"]),
    ],
)
async def test_each_line_finds_what_it_says(find, given, found):
    assert await find(**given) == found


async def test_private_ones_are_found_by_their_members_alone(find):
    assert await find(visibility="PRIVATE", by="ada") == []
    assert await find(text="leaked", by="ada") == []


async def test_by_reference_and_its_beginning(find, world):
    """Numbers are drawn with gaps, so what begins with what is looked up."""
    titles = {number: (await world.incident(number)).title.split()[0] for number in await _numbers(world)}
    for number in titles:
        found = [title for other, title in sorted(titles.items()) if str(other).startswith(str(number))]
        for words in (f"INC-{number}", f"inc-{number}", str(number)):
            assert await find(text=words) == found
    assert await find(text=f"INC-{min(titles)} slow") == ["Checkout-api"]
    assert await find(text=f"INC-{min(titles)}0000") == []


async def test_a_reference_inside_a_text_is_found_and_other_words_that_begin_like_it_are_not(find, world):
    await lifecycle.declared(world, title="Follow-up of INC-4711")
    await lifecycle.declared(world, title="An incident, inc. 4712")
    assert await find(text="INC-47") == ["Follow-up"]
    assert await find(text="inc-4711") == ["Follow-up"]


async def test_by_who_commands_now(find, world):
    assert await find(commander=world.id_of("chi")) == ["Fire"]
    assert await find(commander=world.id_of("dov")) == []


async def test_by_when_it_was_declared(find, world):
    declared = sorted(
        row.declared_at for row in [await world.incident(int(n)) for n in await _numbers(world)] if row.declared_at
    )
    middle = declared[1].isoformat()
    assert await find(declaredAfter=middle) == ["Fire", "Search", "Leaked"]
    assert await find(declaredBefore=middle) == ["Checkout-api"]
    assert await find(declaredAfter=(declared[-1] + timedelta(days=1)).isoformat()) == []


async def _numbers(world):
    async with world.database.reading() as reader:
        return [row.id for row in await reader.execute(select(Incident.id))]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"severities": ["SEV9"]}, "NOT_FOUND", "filter.severities.0"),
        ({"severities": ["SEV1", encode("Severity", 99)]}, "NOT_FOUND", "filter.severities.1"),
        ({"services": ["nothing"]}, "NOT_FOUND", "filter.services.0"),
        ({"services": [encode("Team", 1)]}, "NOT_FOUND", "filter.services.0"),
        ({"services": ["checkout-api"] * 101}, "INVALID_INPUT", "filter.services"),
        ({"commander": "chi"}, "INVALID_INPUT", "filter.commander"),
        ({"labels": ["region"]}, "INVALID_INPUT", "filter.labels"),
        ({"labels": {"region": 1}}, "INVALID_INPUT", "filter.labels.region"),
        ({"labels": {"region": "\u0000"}}, "INVALID_INPUT", "filter.labels.region"),
        ({"text": ""}, "INVALID_INPUT", "filter.text"),
        ({"text": "   "}, "INVALID_INPUT", "filter.text"),
        ({"text": "a\u0000b"}, "INVALID_INPUT", "filter.text"),
        ({"text": "a " * 21}, "INVALID_INPUT", "filter.text"),
        ({"text": "a" * 501}, "INVALID_INPUT", "filter.text"),
        ({"services": ["a\u0000"]}, "NOT_FOUND", "filter.services.0"),
    ],
)
async def test_what_can_not_be_looked_for_is_refused_by_name(client, given, code, field):
    error = await client.refusal(QUERY, {"f": given})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, field)


async def test_search_and_open_are_served_by_their_indexes(world):
    def plan_of(condition):
        compiled = (
            select(Incident.id)
            .where(condition)
            .compile(dialect=world.database.engine.dialect, compile_kwargs={"literal_binds": True})
        )
        return text(f"explain {compiled}".replace(":", "\\:"))

    async with world.database.reading() as reader:
        await reader.execute(text("select set_config('enable_seqscan', 'off', true)"))
        for condition, index in (
            (has_word("slow", SEARCHED, Incident.id), "ix_incident_search"),
            (MEANINGS["open"](True), "ix_incident_open"),
        ):
            plan = await reader.execute(plan_of(condition))
            assert index in str(plan), plan


@pytest.mark.parametrize("order", ["NEWEST", "OLDEST", "SEVERITY"])
async def test_words_are_found_alike_in_the_same_order_however_frequent_they_are(client, world, monkeypatch, order):
    for number in range(12):
        severity = f"SEV{1 + number % 3}"
        title = f"Slow checkout {'in Oslo' if number % 2 else ''} {number}"
        await world.do(declare_incident, world.ben, title=title, severity=severity)

    async def found(words):
        pages, after = [], None
        while not pages or pages[-1]:
            listed = (await client.ask(PAGED, {"f": {"text": words}, "o": order, "a": after}))["incidents"]
            pages.append([node["title"] for node in listed["nodes"]])
            after = listed["pageInfo"]["endCursor"]
        return pages

    for words in ("slow", "os", "oslo check", "slow 7"):
        ways = []
        for frequent in (1, 4, 1000):
            monkeypatch.setattr(incident_text, "FREQUENT", frequent)
            ways.append(await found(words))
        assert ways[0][0]
        assert ways[0] == ways[1] == ways[2]


async def test_by_severity_every_page_goes_on_where_the_one_before_it_ended_in_both_directions(client, world):
    expected = {"SEV1": [], "SEV2": [], "SEV3": [], None: []}
    for number in range(14):
        severity = ("SEV1", "SEV2", "SEV3", None)[number * 7 % 4]
        if severity is None:
            await world.do(report_incident, world.ben, title=f"{number}")
        else:
            await world.do(declare_incident, world.ben, title=f"{number}", severity=severity)
        expected[severity].insert(0, f"{number}")
    await world.do(save_severity, world.ada, id=encode("Severity", 2), definition="Two versions of SEV2 from now on.")
    await world.do(declare_incident, world.ben, title="newest", severity="SEV2")
    expected["SEV2"].insert(0, "newest")

    async def walk(size, place, end):
        found, cursor = [], None
        query = f"query ($c: Cursor) {{ incidents(orderBy: SEVERITY, {size}: 4, {place}: $c)"
        while not found or found[-1]:
            listed = await client.ask(
                query + " { nodes { title } pageInfo { startCursor endCursor } } }", {"c": cursor}
            )
            found.append([node["title"] for node in listed["incidents"]["nodes"]])
            cursor = listed["incidents"]["pageInfo"][end]
        return found

    everything = [title for titles in expected.values() for title in titles]
    forward = await walk("first", "after", "endCursor")
    assert [title for page in forward for title in page] == everything
    backward = await walk("last", "before", "startCursor")
    assert [title for page in reversed(backward) for title in page] == everything
