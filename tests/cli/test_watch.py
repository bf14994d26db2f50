"""`muster incident watch`: nothing is missed and nothing told twice, whatever becomes of the connection."""

import asyncio
import json
import signal
from threading import Thread
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from websockets.sync.server import serve

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.stages import change_stage
from actions.tokens import revoke_token
from auth.secret import digest
from core.ids import encode
from models.access import AccessToken
from models.words import EntryKind, Stage
from server.remote import watching
from server.remote.api import Api
from server.remote.failures import UnreachableError


async def declared(world):
    made = await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")
    return made.reference


async def say(world, ref, *numbers):
    for number in numbers:
        await world.do(add_entry, world.ben, incident=ref, kind=EntryKind.NOTE, text=f"line {number}")


async def lines(child, number):
    async with asyncio.timeout(20):
        return [json.loads(await child.stdout.readline()) for _ in range(number)]


async def heard(child, text):
    async with asyncio.timeout(20):
        while text not in (line := (await child.stderr.readline()).decode()):
            assert line, f"it ended without {text!r}"


async def test_it_goes_on_after_a_lost_connection_where_it_was(cli, world):
    ref = await declared(world)
    await say(world, ref, 1, 2)
    child = await cli.start(
        "incident", "watch", ref, "--events", "2", "--until", "mitigation", MUSTER_URL=cli.through_the_gate()
    )
    seen = []

    async def more(number):
        async with asyncio.timeout(20):
            seen.extend([(await child.stdout.readline()).decode().rstrip("\n").split("\t") for _ in range(number)])

    await more(2)
    await say(world, ref, *range(3, 23))
    await more(20)
    cli.gate.shut()
    await heard(child, "Connection lost")
    await say(world, ref, *range(23, 43))
    cli.gate.up = True
    await heard(child, "Connected again.")
    await say(world, ref, *range(43, 63))
    await more(40)
    cli.gate.shut()
    cli.gate.up = True  # and once more, in the middle of what comes
    await say(world, ref, *range(63, 83))
    await world.do(change_stage, world.ben, incident=ref, stage=Stage.MITIGATION)
    await more(21)
    assert [fields[-1] for fields in seen[:-1]] == [f"line {number}" for number in range(1, 83)]
    assert seen[-1][1] == "incident.stage_changed"
    assert await child.wait() == 0, "it was to end there"
    assert await child.stdout.read() == b""


async def test_in_json_each_event_has_a_cursor_to_go_on_after(cli, world):
    ref = await declared(world)
    await say(world, ref, 1, 2, 3)
    child = await cli.start("incident", "watch", ref, "--events", "3", "--json")
    first = await lines(child, 3)
    assert set(first[0]) == {"cursor", "number", "kind", "occurredAt", "actor", "text", "pinned", "data"}
    child.send_signal(signal.SIGINT)
    assert await child.wait() == 130
    await say(world, ref, 4, 5)
    again = await cli.start("incident", "watch", ref, "--after", first[1]["cursor"], "--json", "--kind", "entry.added")
    assert [event["text"] for event in await lines(again, 3)] == ["line 3", "line 4", "line 5"]
    assert (await cli("incident", "watch", ref, "--after", "nonsense", "--json")).returncode == 1
    await world.do(change_stage, world.ben, incident=ref, stage=Stage.MITIGATION)
    await say(world, ref, 6)
    assert [event["text"] for event in await lines(again, 1)] == ["line 6"], "other kinds were not asked for"
    again.kill()
    await again.wait()


async def test_it_gives_up_when_told_to_and_says_how_to_go_on(cli, world):
    ref = await declared(world)
    child = await cli.start(
        "incident", "watch", ref, "--events", "1", "--json", "--patience", "1", MUSTER_URL=cli.through_the_gate()
    )
    await lines(child, 1)
    cli.gate.shut()
    assert await child.wait() == 4
    error = json.loads((await child.stderr.read()).splitlines()[-1])["error"]
    assert error["code"] == "UNREACHABLE"
    await say(world, ref, 1)
    later = await cli.start("incident", "watch", ref, "--after", error["cursor"], "--json")
    assert [event["text"] for event in await lines(later, 1)] == ["line 1"]
    later.kill()
    await later.wait()


async def test_it_ends_when_its_token_does(cli, world):
    ref = await declared(world)
    child = await cli.start("incident", "watch", ref, "--events", "1", "--json")
    await lines(child, 1)
    async with world.database.unit_of_work() as session:
        key = await session.scalar(select(AccessToken.id).where(AccessToken.digest == digest(cli.tokens["ben"])))
        await revoke_token(session, world.ben, token=encode("Token", key))
    assert await child.wait() == 3
    assert json.loads((await child.stderr.read()).splitlines()[-1])["error"]["code"] == "UNAUTHENTICATED"


def refuse(socket):
    """What a server does that lets us in, and then has no room for what we ask."""
    socket.recv()
    socket.send(json.dumps({"type": "connection_ack"}))
    socket.recv()
    error = {"message": "Later.", "extensions": {"code": "UNAVAILABLE"}}
    socket.send(json.dumps({"type": "error", "payload": [error]}))


def test_who_is_let_in_and_refused_each_time_waits_longer_each_time_and_gives_up(monkeypatch):
    pauses = []
    clock = SimpleNamespace(monotonic=lambda: float(sum(pauses)), sleep=pauses.append)
    monkeypatch.setattr(watching, "time", clock)
    with serve(refuse, "127.0.0.1", 0, subprotocols=[watching.PROTOCOL]) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        api = Api(f"http://127.0.0.1:{server.socket.getsockname()[1]}", "token")
        feed = watching.Feed(api, "subscription { feed { cursor } }", {}, "begin")
        with pytest.raises(UnreachableError, match=r"Later\.") as gone:
            next(feed.messages())
        server.shutdown()
        thread.join()
    assert pauses == [0.5, 1, 2, 4], "after 8 s more it would have waited for longer than it does for what never began"
    assert gone.value.more == {"cursor": "begin"}
