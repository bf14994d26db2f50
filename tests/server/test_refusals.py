"""Refusals at every doorway of the application as it is served reach the audit trail, when it ends at the latest."""

import httpx
import pytest

from actions.oauth.server import TOKEN_PATH
from core.settings import Settings
from server.asgi import build_app, open_runtime
from tests.actions.test_refusals import refused
from tests.unwrapped import unwrapped


@pytest.fixture
async def served(database_url):
    """The application with its lifespan, and a client of it."""
    runtime = open_runtime(Settings(public_url="https://muster.test"), database_url)
    app = build_app(runtime)
    transport = httpx.ASGITransport(app, client=("198.51.100.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="https://muster.test") as http:
        yield app, http
    await runtime.database.close()


async def test_whoever_is_refused_anywhere_is_in_the_audit_trail(world, served):
    app, http = served
    inside = unwrapped(app)
    async with inside.router.lifespan_context(inside):
        await http.get("/auth/link/msl_nonsense")
        await http.post("/hooks/alertmanager/mhk_nonsense", json={})
        await http.get("/audit.csv")
        await http.post("/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": "Bearer x"})
        await http.post("/graphql", json={"query": "{ severities { id } }"})
        form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
        await http.post(TOKEN_PATH, data=form)
    found = await refused(world.database)
    assert {(doorway, address) for doorway, _, address in found} == {
        (doorway, "198.51.100.7")
        for doorway in (
            *("GET /auth/link", "hook alertmanager", "GET /audit.csv", "POST /graphql"),
            *("/graphql without credentials", f"POST {TOKEN_PATH}"),
        )
    }
