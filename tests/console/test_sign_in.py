"""Signing in by link, GraphiQL, and signing out, through the pages."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import console.app
from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.cookies import SESSION
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import ActorKind
from tests.identity import actor_of


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


OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "http://muster.test"}


async def follow(browser, secret, headers=OURS):
    """What the button of the page behind a link does."""
    return await browser.post(f"/auth/link/{secret}", headers=headers)


async def link_for(world, name):
    async with world.database.unit_of_work() as session:
        return await create_sign_in_link(session, SYSTEM, world.users[name])


async def test_a_link_signs_in_once_and_leaves_a_safe_cookie(world, browser):
    secret = await link_for(world, "ben")
    answer = await follow(browser, secret)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    actor = await actor_of(world.database, None, browser.cookies[SESSION])
    assert actor == world.ben
    for again in (await browser.get(f"/auth/link/{secret}"), await follow(browser, secret)):
        assert again.status_code == 410
        assert "already used" in again.text
        assert "<code>muster link create</code>" in again.text
    signed_in = [event.data["user_id"] for event in await world.events(None, "person.signed_in")]
    assert signed_in == [world.users["ben"].id]


async def test_a_link_is_good_for_a_day(world, browser, clock):
    secret = await link_for(world, "ben")
    clock.advance(hours=24, seconds=1)
    for nothing in (secret, "msl_nonsense"):
        assert (await browser.get(f"/auth/link/{nothing}")).status_code == 410
        assert (await follow(browser, nothing)).status_code == 410


async def test_a_new_link_ends_the_one_before(world, browser):
    first, second = await link_for(world, "ben"), await link_for(world, "ben")
    assert (await follow(browser, first)).status_code == 410
    assert (await follow(browser, second)).status_code == 303


async def test_looking_at_a_link_does_not_use_it_up(world, browser):
    """Mail is scanned, and addresses are previewed, by programs that open everything."""
    secret = await link_for(world, "ben")
    for method in ("HEAD", "GET", "GET", "OPTIONS", "PUT"):
        answer = await browser.request(method, f"/auth/link/{secret}")
        assert "set-cookie" not in answer.headers
        assert answer.status_code == (200 if method in ("HEAD", "GET") else 405)
    page = (await browser.get(f"/auth/link/{secret}")).text
    assert "Sign in as Ben Silva?" in page
    assert f'<form method="post" action="/auth/link/{secret}"><button type="submit">Sign in</button>' in page
    assert "<script" not in page
    assert "You are signed in here" not in page
    assert (await follow(browser, secret)).status_code == 303


async def test_a_link_says_whose_session_it_ends_and_ends_it(world, browser):
    await follow(browser, await link_for(world, "ben"))
    before, secret = browser.cookies[SESSION], await link_for(world, "chi")
    assert "You are signed in here as Ben Silva. That session ends." in (await browser.get(f"/auth/link/{secret}")).text
    assert await actor_of(world.database, None, before) == world.ben
    await follow(browser, secret)
    assert await actor_of(world.database, None, browser.cookies[SESSION]) == world.chi
    assert (await actor_of(world.database, None, before)).kind is ActorKind.ANONYMOUS


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://blog.muster.test", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://muster.test", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_no_page_of_another_site_signs_anybody_in(world, browser, headers):
    """Else somebody could be made to work in another's account unawares (login CSRF)."""
    secret = await link_for(world, "ben")
    assert (await follow(browser, secret, headers)).status_code == 403
    assert SESSION not in browser.cookies
    assert (await follow(browser, secret)).status_code == 303, "it was not used up"


async def test_who_has_left_has_no_link(world, browser):
    secret = await link_for(world, "ben")
    async with world.database.unit_of_work() as session:
        (await session.merge(world.users["ben"])).archived_at = world.clock.now()
    assert (await browser.get(f"/auth/link/{secret}")).status_code == 410
    assert (await follow(browser, secret)).status_code == 410


async def test_the_console_asks_strangers_in_production_to_sign_in(world, browser):
    assert (await browser.get("/console/graphiql")).status_code == 401
    assert (await browser.get("/console")).headers["location"] == "/auth/login?next=/console"
    await follow(browser, await link_for(world, "ben"))
    page = await browser.get("/console/graphiql")
    assert page.status_code == 200
    for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert source.startswith("/console/static/"), "nothing is loaded from elsewhere"
        assert (await browser.get(source)).status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert (await browser.get("/console/incidents/INC-7")).status_code == 404


async def test_signing_out_ends_the_session(world, browser):
    await follow(browser, await link_for(world, "ben"))
    secret = browser.cookies[SESSION]
    assert '<button type="submit">Sign out</button>' in (await browser.get("/auth/logout")).text
    refused = await browser.post("/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert (await actor_of(world.database, None, secret)).kind is ActorKind.USER
    assert (await browser.post("/auth/logout")).status_code == 403, "a browser says where its requests come from"
    assert (await browser.post("/auth/logout", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200
    assert (await actor_of(world.database, None, secret)).kind is ActorKind.ANONYMOUS


async def test_nobody_is_asked_to_sign_out_who_is_not_signed_in(browser):
    page = await browser.get("/auth/logout")
    assert "You are not signed in" in page.text
    assert "<button" not in page.text


def test_what_we_vendor_comes_with_its_licence():
    folder = Path(console.app.__file__).parent / "static/graphiql"
    for package in ("graphiql", "react", "react-dom", "graphql-ws"):
        assert (folder / f"LICENSE.{package}").stat().st_size > 0
