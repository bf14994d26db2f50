"""npm's graphql-ws and graphql-sse, as their authors wrote them: they ask, are refused, are cut off and go on."""

import asyncio
import itertools
import json
import signal
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from actions.entries import add_entry
from auth.cookies import SESSION as COOKIE
from auth.secret import SESSION, digest, new_secret
from bench.figures import note
from core.cursor import encode_cursor
from models.access import BrowserSession
from models.words import EntryKind
from tests.effort import effort
from tests.npm.tools import package
from tests.protocols.processes import Wire, program

WAYS = ("ws", "sse")
EVENTS = effort(60, 5_000)
CUTS = effort(3, 150)
RESTARTS = effort(1, 12)
SECONDS = effort(60, 900)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _installed():
    package("graphql-ws")
    package("graphql-sse")


async def say(world, words):
    await world.do(add_entry, world.ada, incident="INC-1", kind=EntryKind.NOTE, text=words)


async def ask(way, api, query, **who):
    """What came of one operation."""
    given = json.dumps({"way": way, "address": api.address, "query": query, **who})
    async with program("ask.mjs", given) as asking:
        (line,) = await asking.ended(20)
    return json.loads(line)


# ---- asking


SAY = 'mutation { addEntry(input: {incident: "%s", kind: NOTE, text: "x"}) { event { number } } }'


async def test_queries_mutations_and_refusals_come_as_the_clients_expect_them(world, api, token):
    await asyncio.gather(*(asks_and_is_refused(way, api, token) for way in WAYS))
    assert len(await world.events(1)) == len(WAYS)


async def asks_and_is_refused(way, api, token):
    def asked(query, **more):
        return ask(way, api, query, token=token, **more)

    read, written, refused, wrong, hidden = await asyncio.gather(
        asked(
            "query ($ref: String!) { incident(ref: $ref) { reference } viewer { name } }", variables={"ref": "INC-1"}
        ),
        asked(SAY % "INC-1"),
        asked(SAY % "INC-99"),
        asked("{ nonsense }"),
        asked('subscription { incidentChanged(ref: "INC-99") { title } }'),
    )
    assert [a["data"] for a in read["answers"]] == [
        {"incident": {"reference": "INC-1"}, "viewer": {"name": "Ben Silva"}}
    ]
    assert written["answers"][0]["data"]["addEntry"]["event"]["number"] in (1, 2)
    (answer,) = refused["answers"]
    assert answer["data"] == {"addEntry": None}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    for ended, code in ((wrong, "GRAPHQL_INVALID"), (hidden, "NOT_FOUND")):
        (error,) = ended["error"] if way == "ws" else ended["answers"][0]["errors"]
        assert error["extensions"]["code"] == code


async def test_credentials_that_are_no_good_are_refused_as_the_clients_expect_it(world, api):
    secret, now = new_secret(SESSION), datetime.now(UTC)  # the API runs by the true time
    row = BrowserSession(
        digest=digest(secret),
        user_id=world.users["ben"].id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(days=3650),
    )
    async with world.database.unit_of_work() as session:
        session.add(row)
    await asyncio.gather(*(is_turned_away(way, api, f"{COOKIE}={secret}") for way in WAYS))


async def is_turned_away(way, api, cookie):
    query = "{ viewer { name } }"
    unknown, theirs, ours = await asyncio.gather(
        ask(way, api, query, token="mst_unknown"),
        ask(way, api, query, cookie=cookie, origin="http://evil.example"),
        ask(way, api, query, cookie=cookie, origin=api.address),
    )
    assert unknown == {"closed": 4403 if way == "ws" else 401}
    assert theirs == {"closed": 4403 if way == "ws" else 403}
    assert [a["data"] for a in ours["answers"]] == [{"viewer": {"name": "Ben Silva"}}]


# ---- following


async def followed(world, token, address, disturb):
    """How often both clients connected and gave up while they were disturbed, and that nothing was lost by it.

    `disturb(clients, written)` returns when it has done its work; events are written until then, and EVENTS at least.
    """
    place = encode_cursor((await world.events())[-1].id if await world.events() else 0)
    async with AsyncExitStack() as running:
        clients = [await running.enter_async_context(program("follow.mjs", way, address, token, place)) for way in WAYS]
        written = []
        disturbing = asyncio.create_task(disturb(clients, written))
        for key in itertools.count():
            if key >= EVENTS and disturbing.done():
                break
            await say(world, f"{key}")
            written.append(f"{key}")
        await disturbing
        await say(world, "end")
        outputs = [await client.ended(SECONDS) for client in clients]
    told = {}
    for way, (*texts, summary) in zip(WAYS, outputs, strict=True):
        assert texts == [*written, "end"], f"{way}: {len(texts)} events of {len(written) + 1}"
        told[way] = json.loads(summary)
    return told, len(written)


async def further(clients, by=1):
    """Returns when every client has received so many more events."""
    goals = [len(client.lines) + by for client in clients]
    async with asyncio.timeout(SECONDS):
        while any(len(client.lines) < goal for client, goal in zip(clients, goals, strict=True)):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_clients_whose_connection_is_cut_again_and_again_miss_and_double_nothing(world, api, token):
    async with Wire(api.port).laid() as wire:

        async def disturb(clients, _):
            for _ in range(CUTS):
                await further(clients)
                wire.cut()

        told, written = await followed(world, token, wire.address, disturb)
    for way, counts in told.items():
        assert counts["connected"] > CUTS // 2, counts
        note(f"protocols.cuts.{way}", f"{counts['connected'] - 1} reconnections in {written} events, none lost")
        note(f"protocols.cuts.{way}.gave_up", f"{counts['gaveUp']} times")


async def test_clients_of_a_process_that_is_restarted_miss_and_double_nothing(world, api, token):
    async def disturb(clients, _):
        for how in ([signal.SIGKILL, signal.SIGTERM] * RESTARTS)[:RESTARTS]:
            await further(clients, 3)
            code = await api.stop(how)
            assert code in (0, -how), api.log
            await api.start()
        await further(clients, 3)

    told, written = await followed(world, token, api.address, disturb)
    for way, counts in told.items():
        assert counts["connected"] >= 1 + RESTARTS
        note(f"protocols.restarts.{way}", f"{counts['connected'] - 1} reconnections in {written} events, none lost")
