"""Signing in by link, GraphiQL, and signing out, through the pages."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import console.app
from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.identify import COOKIE, identify
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import ActorKind


@pytest.fixture
def settings():
    return Settings(MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true")


@pytest.fixture
async def browser(database, settings):
    runtime = Runtime(settings, database, Live(database))
    application = Starlette(routes=console.app.routes(runtime))
    application.state.runtime = runtime
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://muster.test") as client:
        yield client


async def link_for(world, name):
    async with world.database.unit_of_work() as session:
        return await create_sign_in_link(session, SYSTEM, world.users[name])


async def test_a_link_signs_in_once_and_leaves_a_safe_cookie(world, browser):
    secret = await link_for(world, "ben")
    answer = await browser.get(f"/auth/link/{secret}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    actor = await identify(world.database, None, browser.cookies[COOKIE])
    assert actor == world.ben
    again = await browser.get(f"/auth/link/{secret}")
    assert again.status_code == 410
    assert "already used" in again.text
    assert "<code>muster link create</code>" in again.text
    signed_in = [event.data["user_id"] for event in await world.events(None, "person.signed_in")]
    assert signed_in == [world.users["ben"].id]


async def test_a_link_is_good_for_a_day(world, browser, clock):
    secret = await link_for(world, "ben")
    clock.advance(hours=24, seconds=1)
    assert (await browser.get(f"/auth/link/{secret}")).status_code == 410
    assert (await browser.get("/auth/link/msl_nonsense")).status_code == 410


async def test_a_new_link_ends_the_one_before(world, browser):
    first, second = await link_for(world, "ben"), await link_for(world, "ben")
    assert (await browser.get(f"/auth/link/{first}")).status_code == 410
    assert (await browser.get(f"/auth/link/{second}")).status_code == 303


async def test_the_console_asks_strangers_in_production_to_sign_in(world, browser):
    assert (await browser.get("/console")).status_code == 401
    await browser.get(f"/auth/link/{await link_for(world, 'ben')}")
    page = await browser.get("/console")
    assert page.status_code == 200
    for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert source.startswith("/console/static/"), "nothing is loaded from elsewhere"
        assert (await browser.get(source)).status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert (await browser.get("/console/incidents/INC-7")).status_code == 200


async def test_signing_out_ends_the_session(world, browser):
    await browser.get(f"/auth/link/{await link_for(world, 'ben')}")
    secret = browser.cookies[COOKIE]
    assert "<button>Sign out</button>" in (await browser.get("/auth/logout")).text
    refused = await browser.post("/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert (await identify(world.database, None, secret)).kind is ActorKind.USER
    assert (await browser.post("/auth/logout")).status_code == 200
    assert (await identify(world.database, None, secret)).kind is ActorKind.ANONYMOUS


async def test_nobody_is_asked_to_sign_out_who_is_not_signed_in(browser):
    page = await browser.get("/auth/logout")
    assert "You are not signed in" in page.text
    assert "<button>" not in page.text


def test_what_we_vendor_comes_with_its_licence():
    folder = Path(console.app.__file__).parent / "static/graphiql"
    for package in ("graphiql", "react", "react-dom", "graphql-ws"):
        assert (folder / f"LICENSE.{package}").stat().st_size > 0
