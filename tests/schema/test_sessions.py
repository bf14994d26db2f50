"""Sign-in links and browser sessions through the API, and how all ways in end with whoever leaves."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from actions.sign_in import open_session, use_sign_in_link
from auth.cookies import SESSION as COOKIE
from core import ids
from core.client import Client
from core.errors import DomainError
from models.access import BrowserSession
from tests.schema.client import HOST, app_of
from tests.schema.credentials import Scripts
from tests.schema.doorway import Doorway

SESSIONS = "{ viewer { sessions { id address userAgent current user { name } } } }"


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
def scripts(api, runtime):
    return Scripts(api, runtime)


async def sign_in(world, person, address="198.51.100.7"):
    """The cookie and the id of a new session."""
    async with world.database.unit_of_work(Client(address, "Firefox")) as session:
        secret = open_session(session, world.users[person], lives=timedelta(days=14))
        await session.flush()
        key = await session.scalar(select(BrowserSession.id).order_by(BrowserSession.id.desc()).limit(1))
    return {"cookie": f"{COOKIE}={secret}", "origin": HOST}, ids.encode("Session", key)


async def ask(runtime, headers, document=SESSIONS):
    transport = httpx.ASGITransport(app_of(runtime))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        return (await http.post("/graphql", json={"query": document}, headers=headers)).json()["data"]


async def test_an_admin_lets_a_person_in_with_a_link(api, world):
    given = {"user": world.id_of("eve"), "idempotencyKey": "k"}
    made = await api.do("ada", "createSignInLink", "user { name } url cursor", **given)
    start, _, secret = made["url"].rpartition("/")
    assert (made["user"], start) == ({"name": "Eve Novak"}, "http://127.0.0.1:8000/auth/link")
    assert await api.do("ada", "createSignInLink", "user { name } url cursor", **given) == {**made, "url": None}
    assert (await world.do(use_sign_in_link, secret)).startswith("mss_")
    assert await api.refused("dov", "createSignInLink", user=world.id_of("eve")) == ("FORBIDDEN", None)
    assert await api.refused("ada", "createSignInLink", user=ids.encode("User", 99)) == ("NOT_FOUND", "user")
    await api.do("ada", "saveUser", "cursor", id=world.id_of("eve"), archived=True)
    assert await api.refused("ada", "createSignInLink", user=world.id_of("eve")) == ("INVALID_INPUT", "user")


async def test_sessions_are_listed_to_their_owner_and_to_admins(api, runtime, world, clock):
    first, one = await sign_in(world, "chi")
    clock.advance(hours=1)
    second, two = await sign_in(world, "chi", "203.0.113.5")
    await sign_in(world, "ben")
    same = {"userAgent": "Firefox", "user": {"name": "Chi Tran"}}
    shown = [
        {"id": two, "address": "203.0.113.5", "current": True, **same},
        {"id": one, "address": "198.51.100.7", "current": False, **same},
    ]
    seen = (await ask(runtime, second))["viewer"]["sessions"]
    assert [{**each, "address": shown[i]["address"]} for i, each in enumerate(seen)] == shown
    data, _ = await api.ask("ada", f'{{ sessions(user: "{world.id_of("chi")}") {{ id }} all: sessions {{ id }} }}')
    assert ([each["id"] for each in data["sessions"]], len(data["all"])) == ([two, one], 3)
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await api.ask("ben", node, id=one))[0] == {"node": None}
    clock.advance(days=15)
    data, _ = await api.ask("ada", "{ sessions { id } }")
    assert data == {"sessions": []}
    assert (await ask(runtime, first))["viewer"]["sessions"] is None


async def test_a_session_is_ended_by_its_owner_and_by_admins(api, runtime, world):
    first, one = await sign_in(world, "chi")
    assert await api.refused("ben", "endSession", session=one) == ("FORBIDDEN", None)
    ended = await api.do("chi", "endSession", "session { id revokedAt } cursor", session=one)
    assert ended["session"]["revokedAt"] is not None
    assert (await api.do("chi", "endSession", "session { id revokedAt }", session=one))["session"] == ended["session"]
    assert (await ask(runtime, first, "{ viewer { kind } }")) == {"viewer": {"kind": "ANONYMOUS"}}
    second, two = await sign_in(world, "chi")
    assert (await ask(runtime, second, "{ viewer { kind } }")) == {"viewer": {"kind": "USER"}}
    await api.do("ada", "endSession", "cursor", session=two)
    assert (await ask(runtime, second, "{ viewer { kind } }")) == {"viewer": {"kind": "ANONYMOUS"}}
    assert await api.refused("ada", "endSession", session=ids.encode("Session", 99)) == ("NOT_FOUND", "session")
    assert [e.actor_id for e in await world.events(None, "person.signed_out")] == [world.chi.id, world.ada.id]


async def test_a_person_is_signed_out_everywhere(api, runtime, world):
    cookies = [(await sign_in(world, "chi"))[0] for _ in range(3)]
    stays, _ = await sign_in(world, "ben")
    chi = world.id_of("chi")
    assert await api.refused("ben", "endSessions", user=chi) == ("FORBIDDEN", None)
    assert await api.do("chi", "endSessions", "user { name }", user=chi) == {"user": {"name": "Chi Tran"}}
    for cookie in cookies:
        assert (await ask(runtime, cookie, "{ viewer { kind } }")) == {"viewer": {"kind": "ANONYMOUS"}}
    assert (await ask(runtime, stays, "{ viewer { kind } }")) == {"viewer": {"kind": "USER"}}
    assert len(await world.events(None, "person.signed_out")) == 3
    assert await api.refused("ada", "endSessions", user=ids.encode("User", 99)) == ("NOT_FOUND", "user")


async def test_whoever_is_archived_loses_every_way_in_at_once_and_for_good(api, scripts, runtime, world):
    cookie, _ = await sign_in(world, "chi")
    _, secret = await scripts.token("chi", accessRole="RESPONDER")
    link = (await api.do("ada", "createSignInLink", "url", user=world.id_of("chi")))["url"].rpartition("/")[2]
    before = len(await world.events())
    await api.do("ada", "saveUser", "cursor", id=world.id_of("chi"), archived=True)
    events = (await world.events())[before:]
    assert sorted(e.kind for e in events) == [
        "access.revoked",
        "access.revoked",
        "access.revoked",
        "person.signed_out",
        "setting.saved",
    ]
    for back in (False, True):
        assert await scripts.code(secret) == (401, "UNAUTHENTICATED")
        assert (await ask(runtime, cookie, "{ viewer { kind } }")) == {"viewer": {"kind": "ANONYMOUS"}}
        with pytest.raises(DomainError, match="already used, or is too old"):
            await world.do(use_sign_in_link, link)
        if not back:
            await api.do("ada", "saveUser", "cursor", id=world.id_of("chi"), archived=False)
