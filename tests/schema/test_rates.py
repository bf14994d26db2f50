"""How often somebody may ask, by what it costs; and what their neighbours notice of it."""

import httpx
from starlette.applications import Starlette

from auth import limits
from auth.secret import TOKEN, new_secret
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from schema import endpoint
from schema.websocket import routes as sockets
from tests.effort import effort
from tests.schema.sockets import connected, serving, token_of

LIST = "{ incidents(first: 10) { nodes { id title } } }"
HEADERS = {"Accept": "application/graphql-response+json"}


def runtime_of(world, folder, per_minute):
    settings = Settings(data_dir=folder, rate_cost_per_minute=per_minute)
    return Runtime(settings, world.database, Live(world.database))


def client_of(runtime, address="127.0.0.1"):
    transport = httpx.ASGITransport(Starlette(routes=endpoint.routes(runtime)), client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=HEADERS)


async def ask(client, token, document=LIST):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await client.post("/graphql", json={"query": document}, headers=headers)


async def test_a_budget_is_one_actor_s_whatever_token_they_use(world, tmp_path):
    runtime = runtime_of(world, tmp_path, 70)
    one, two, other = [(await token_of(world, who))[0] for who in ("ben", "ben", "chi")]
    async with client_of(runtime) as client:
        first = (await ask(client, one)).json()["extensions"]["cost"]
        assert first["requested"] == 31
        assert 39 <= first["remaining"] <= 42, "it leaks out all the time"
        assert (await ask(client, two)).json()["extensions"]["cost"]["remaining"] <= 12
        refused = await ask(client, one)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        (error,) = refused.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert error["extensions"]["retryAfter"] == int(refused.headers["retry-after"])
        assert error["extensions"]["cost"] == {
            "requested": 31,
            "limit": 70,
            "remaining": error["extensions"]["cost"]["remaining"],
        }
        assert (await ask(client, other)).status_code == 200


async def test_strangers_share_a_tenth_of_it_by_address(world, tmp_path):
    runtime = runtime_of(world, tmp_path, 40)
    async with client_of(runtime, "2001:db8::1") as one, client_of(runtime, "2001:db8::2") as near:
        document = "{ viewer { kind } }"
        assert [(await ask(client, None, document)).status_code for client in (one, near)] == [200, 200]
        assert (await ask(near, None, document)).status_code == 429
    async with client_of(runtime, "2001:db8:0:1::1") as far:
        assert (await ask(far, None, document)).status_code == 200


async def test_failures_of_a_neighbour_never_cost_a_good_token_anything(world, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FAILURES", 10)
    runtime = runtime_of(world, tmp_path, 100_000)
    good, _ = await token_of(world, "ben")
    async with client_of(runtime) as client:
        tried = [(await ask(client, new_secret(TOKEN))).status_code for _ in range(6)]
        tried += [(await ask(client, "mst_garbage")).status_code for _ in range(6)]
        assert tried == [401] * 10 + [429] * 2
        assert (await ask(client, good)).status_code == 200
        assert "retry-after" in (await ask(client, "mst_garbage")).headers


async def test_thousands_of_invented_tokens_cost_the_database_nothing(world, tmp_path):
    """Their checksum tells: a token that we never made is not looked up."""
    runtime = runtime_of(world, tmp_path, 0)
    asked, looking = [], runtime.database.looking
    runtime.database.looking = lambda: asked.append(1) or looking()
    async with client_of(runtime) as client:
        for number in range(effort(1_000, 10_000)):
            answer = await ask(client, f"mst_{number:043}000000")
            assert answer.status_code == 401
        assert asked == []
        assert (await ask(client, new_secret(TOKEN))).status_code == 401
        assert asked == [1], "one that could be ours is"


async def test_over_a_socket_each_operation_is_counted(world, tmp_path):
    runtime = runtime_of(world, tmp_path, 40)
    token, _ = await token_of(world, "ben")
    async with runtime.live.running(), serving(sockets(runtime)) as address, connected(address, token) as client:
        assert "errors" not in await client.ask("a", LIST)
        await client.start("b", LIST)
        assert await client.refusal("b") == ("RATE_LIMITED", None)


async def test_limits_can_be_turned_off(world, tmp_path):
    runtime = runtime_of(world, tmp_path, 0)
    token, _ = await token_of(world, "ben")
    async with client_of(runtime) as client:
        for _ in range(50):
            assert (await ask(client, token)).status_code == 200
