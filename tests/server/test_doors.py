"""An address that knocks too often at the doors for strangers is asked to wait; nobody else is."""

import httpx
import pytest

from auth import limits
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app


@pytest.fixture
def app(world, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "DOORS", 5)
    return build_app(Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database)))


def from_address(app, address):
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


async def test_doors_are_for_so_many_knocks_a_minute_and_address(app):
    async with from_address(app, "203.0.113.7") as guesser, from_address(app, "203.0.113.8") as other:
        answers = [await guesser.get("/auth/link/msl_guess") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [410] * 5 + [429] * 2
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        token = await guesser.post("/oauth/token", data={"grant_type": "client_credentials"})
        assert (token.status_code, token.json()["error"]) == (429, "temporarily_unavailable")
        assert (await other.get("/auth/link/msl_guess")).status_code == 410
        assert (await guesser.get("/")).status_code == 200, "the status page is for everybody, always"
        assert (await guesser.post("/hooks/alertmanager/msh_guess", content="{}")).status_code == 404
