"""What operations tell of themselves: errors by code on every doorway, and the statements that are their own."""

from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from auth.actor import ANONYMOUS
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.incident import Incident
from resolvers.context import Context
from schema import execution, websocket
from schema.errors import ERRORS
from tests.schema.client import Client
from tests.schema.sockets import connected, serving

BAD = '{ incident(ref: "?") { id } }'


@asynccontextmanager
async def counted(code, errors=1):
    """So many more errors of a code are counted while the block runs, and none of any other."""

    def each():
        return {s.labels["code"]: s.value for m in ERRORS.collect() for s in m.samples if s.name.endswith("_total")}

    before = each()
    yield
    more = {name: value - before[name] for name, value in each().items() if value != before[name]}
    assert more == {code: errors}


async def test_an_error_is_counted_by_the_code_that_is_sent_whether_in_an_answer_or_in_its_place(client, monkeypatch):
    async with counted("INVALID_INPUT"):
        assert (await client.refusal(BAD))["extensions"]["code"] == "INVALID_INPUT"
    async with counted("GRAPHQL_INVALID"):
        await client.refusal("{ nonsense }")
    async with counted("UNAUTHENTICATED"):
        await client.refusal("{ incidents(first: 1) { nodes { id } } }", by=None)
    monkeypatch.setattr(execution, "SECONDS", 0)
    async with counted("TIMEOUT"):
        assert (await client.refusal("{ incidents(first: 1) { nodes { id } } }"))["extensions"]["code"] == "TIMEOUT"


async def test_on_sockets_too(world, runtime):
    token = await Client(world, None, runtime).token_of("ben")
    async with serving(websocket.routes(runtime)) as address, connected(address, token) as socket:
        async with counted("INVALID_INPUT"):
            await socket.ask("a", BAD)
        async with counted("NOT_FOUND"):
            await socket.start("b", 'subscription { incidentChanged(ref: "INC-1") { title } }')
            assert await socket.refusal("b") == ("NOT_FOUND", "ref")


@pytest.mark.parametrize("given", [True, False])
async def test_of_a_reader_that_others_use_only_ones_own_statements_count(database, tmp_path, given):
    runtime = Runtime(Settings(data_dir=tmp_path), database, Live(database))
    reader = database.reader() if given else None
    if reader is not None:
        await reader.scalar(select(Incident.id))
    ctx = Context(runtime, ANONYMOUS, reader)
    for count in (1, 2):
        await ctx.reader.scalar(select(Incident.id))
        assert ctx.statements == count
    await ctx.renew()
    assert ctx.statements == 2
    await ctx.reader.scalar(select(Incident.id))
    await ctx.close()
    await ctx.close()
    assert ctx.statements == 3
