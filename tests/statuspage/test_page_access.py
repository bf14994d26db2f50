"""Pages that only some may read: by a link, or by signing in on our own host."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import update

from actions.pages.links import create_page_link, revoke_page_links
from actions.pages.saving import archive_status_page, save_status_page
from actions.sessions import revoke_sessions
from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from core import ids
from core.budgets import Budgets
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.status_page import StatusPageLink
from models.words import PageAccess
from server.asgi import build_app
from tests.statuspage.conftest import name_organisation
from tests.statuspage.test_several_pages import page_of
from tests.telling import make_incident, tell

HOME, HOST = "https://muster.quillhaven.example", "https://emea.quillhaven.example"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": HOME}
FEEDS = ("/status.json", "/history.atom", "/history.rss", "/feed.json", "/maintenance.ics", "/api/v2/summary.json")


@pytest.fixture
async def named(world):
    await world.do(name_organisation)
    await world.do(make_incident, 7)
    await tell(world, 7, body="Search is slow.")
    return world


@pytest.fixture
def browse(named):
    """A browser that knows one Muster, with its own cookies."""
    settings = Settings(MUSTER_PUBLIC_URL=HOME, MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true")
    still = Budgets(lambda: 0.0)  # nothing leaks out of them
    app = build_app(Runtime(settings, named.database, Live(named.database), budgets=still))

    def make(**more):
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST, **more)

    return make


async def restricted(world, access=PageAccess.LINK, slug="emea", host="emea.quillhaven.example"):
    return await page_of(world, slug, "search", hosts=[host], access=access)


async def link_to(world, page, **given):
    return (await world.do(create_page_link, world.ada, page=page, **given))[1]


def closed(answer, status=403):
    """It says that the page is closed, and nothing of it."""
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "private, no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "strict-transport-security" in answer.headers
    for word in ("EMEA", "Search", "Quillhaven", "/subscribe", "/history"):
        assert word not in answer.text
    return answer.text


async def test_a_link_asks_first_and_then_lets_the_browser_in(named, browse):
    token = await link_to(named, await restricted(named), note="Auditors")
    async with browse() as browser:
        assert "is opened by link" in closed(await browser.get("/"))
        asked = await browser.get(f"/open/{token}")
        assert (asked.status_code, "EMEA" in asked.text, 'method="post"' in asked.text) == (200, False, True)
        assert "set-cookie" not in asked.headers, "a scanner of mail opens every link"
        closed(await browser.get("/"))
        let_in = await browser.post(f"/open/{token}")
        assert (let_in.status_code, let_in.headers["location"]) == (303, "/")
        cookie = let_in.headers["set-cookie"].lower()
        assert cookie.startswith("__host-muster_page=")
        for flag in ("httponly", "secure", "samesite=lax", "path=/"):
            assert flag in cookie
        assert "domain" not in cookie
        home = await browser.get("/")
        assert "EMEA Status" in home.text
        assert "/subscribe" not in home.text
        assert (home.headers["cache-control"], "noindex" in home.headers["x-robots-tag"]) == ("private, no-store", True)
        assert (await browser.get("/subscribe")).status_code == 404
        assert (await browser.post("/subscribe", data={"channel": "EMAIL"})).status_code == 405
        assert (await browser.options("/status.json")).status_code == 405
        etag = home.headers["etag"]
        assert (await browser.get("/", headers={"If-None-Match": etag})).status_code == 304
    async with browse() as other:
        closed(await other.get("/", headers={"If-None-Match": etag}))
        assert (await other.head("/")).status_code == 403


async def test_feeds_and_documents_take_the_link_s_token_and_pages_do_not(named, browse):
    token = await link_to(named, await restricted(named))
    async with browse() as browser:
        for path in FEEDS:
            answer = await browser.get(path, params={"pass": token})
            assert answer.status_code == 200, path
            assert "access-control-allow-origin" not in answer.headers
            assert token not in answer.text
            closed(await browser.get(path))
            closed(await browser.get(path, params={"pass": f"{token}0"}))
        for path in ("/", "/history", "/incidents/INC-7"):
            closed(await browser.get(path, params={"pass": token}))
        chosen = {"pass": token, "component": ids.encode("Component", named.components["search"].id)}
        assert (await browser.get("/feed.json", params=chosen)).status_code == 200


async def test_a_link_that_is_over_foreign_revoked_or_tampered_with_opens_nothing(named, browse, clock):
    page = await restricted(named)
    other = await restricted(named, slug="north", host="north.quillhaven.example")
    short = await link_to(named, page, expires_at=clock.now() + timedelta(hours=1))
    foreign, good = await link_to(named, other), await link_to(named, page)
    async with browse() as browser:
        for token in (foreign, f"{good[:-1]}{'1' if good[-1] == '0' else '0'}", f"1{good}", "x", "0.0." + "0" * 32):
            for method in ("GET", "POST"):
                closed(await browser.request(method, f"/open/{token}"))
            closed(await browser.get("/", headers={"Cookie": f"__Host-muster_page={token}"}))
        assert "max-age=3600" in (await browser.post(f"/open/{short}")).headers["set-cookie"].lower()
        assert (await browser.get("/")).status_code == 200
        clock.advance(hours=2)
        closed(await browser.get("/"))
        await browser.post(f"/open/{good}")
        assert (await browser.get("/")).status_code == 200
        await named.do(revoke_page_links, named.ada, page=page)
        closed(await browser.get("/"))
        closed(await browser.get("/status.json", params={"pass": good}))
        closed(await browser.post(f"/open/{good}"))
    async with browse(headers={"Host": "north.quillhaven.example"}) as browser:
        assert (await browser.post(f"/open/{foreign}")).status_code == 303, "links to other pages go on"


async def test_a_page_that_becomes_public_or_is_archived_is_so_at_once(named, browse):
    page = await restricted(named)
    token = await link_to(named, page)
    async with browse() as browser:
        closed(await browser.get("/"))
        await named.do(save_status_page, named.ada, id=page, access=PageAccess.PUBLIC)
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["cache-control"][:6]) == (200, "public")
        assert (await browser.get(f"/open/{token}")).status_code == 404
        await named.do(save_status_page, named.ada, id=page, access=PageAccess.LINK)
        closed(await browser.get("/"))
        await browser.post(f"/open/{token}")
        assert (await browser.get("/")).status_code == 200
        await named.do(archive_status_page, named.ada, id=page)
        assert "no longer here" in closed(await browser.get("/"), 404)
        closed(await browser.get(f"/open/{token}"), 404)


async def test_our_own_page_has_no_such_doors(browse):
    async with browse(headers={"Host": "muster.quillhaven.example"}) as browser:
        for path in ("/open/x", "/enter/x"):
            answer = await browser.get(path)
            assert (answer.status_code, "There is no such page." in answer.text) == (404, True)
            assert (await browser.post(path)).status_code == 405


async def test_who_knocks_without_end_is_told_to_wait(named, browse, monkeypatch):
    monkeypatch.setattr("auth.limits.DOORS", 5)
    await restricted(named)
    async with browse() as browser:
        answers = [await browser.get("/") for _ in range(8)]
        assert {answer.status_code for answer in answers[:4]} == {403}
        last = answers[-1]
        assert (last.status_code, int(last.headers["retry-after"]) > 0) == (429, True)
        assert "EMEA" not in last.text


async def signed_in(world, browser, name, status=303):
    """A browser in which somebody signed in on our own host."""
    async with world.database.unit_of_work() as session:
        secret = await create_sign_in_link(session, SYSTEM, world.users[name])
    answer = await browser.post(f"{HOME}/auth/link/{secret}", headers=OURS)
    assert answer.status_code == status


async def test_members_come_in_by_signing_in_and_go_on_where_they_wanted(named, browse):
    await restricted(named, PageAccess.MEMBERS)
    async with browse() as browser:
        sent = await browser.get("/history?month=2026-11")
        assert (sent.status_code, "no-store" in sent.headers["cache-control"]) == (303, True)
        way = sent.headers["location"]
        assert way.startswith(f"{HOME}/auth/pages/emea?state=")
        to_sign_in = await browser.get(way)
        assert to_sign_in.headers["location"].startswith("/auth/login?next=/auth/pages/emea")
        await signed_in(named, browser, "eve")
        onwards = (await browser.get(way)).headers["location"]
        assert onwards.startswith(f"{HOST}/enter/")
        entered = await browser.get(onwards)
        assert (entered.status_code, entered.headers["location"]) == (303, "/history?month=2026-11")
        page = await browser.get("/history?month=2026-11")
        assert (page.status_code, "EMEA" in page.text) == (200, True)
        assert page.headers["cache-control"] == "private, no-store"
        assert "is for people who sign in" in closed(await browse().get("/status.json"))


async def test_the_way_in_is_of_one_browser_for_one_page_within_a_minute(named, browse, clock):
    await restricted(named, PageAccess.MEMBERS)
    await restricted(named, PageAccess.MEMBERS, "north", "north.quillhaven.example")
    async with browse() as browser, browse() as other:
        await signed_in(named, browser, "eve")
        onwards = (await browser.get((await browser.get("/")).headers["location"])).headers["location"]
        await other.get("/")
        closed(await other.get(onwards))
        north = onwards.replace("emea.", "north.")
        await browser.get("https://north.quillhaven.example/")
        closed(await browser.get(north))
        clock.advance(seconds=90)
        closed(await browser.get(onwards))
        assert (await browser.get(f"{HOME}/auth/pages/emea?state=short&to=/")).status_code == 404
        assert (await browser.get(f"{HOME}/auth/pages/nowhere?state={'0' * 64}")).status_code == 404
        aside = await browser.get(f"{HOME}/auth/pages/emea?state={'0' * 64}&to=//evil.example/")
        assert parse_qs(urlsplit(aside.headers["location"]).query)["to"] == ["/"]


async def test_who_leaves_or_signs_out_everywhere_reads_no_more(named, browse):
    await restricted(named, PageAccess.MEMBERS)
    async with browse(follow_redirects=True) as browser:
        await signed_in(named, browser, "eve", 200)
        assert "EMEA" in (await browser.get("/")).text
        await named.do(revoke_sessions, named.ada, user=named.id_of("eve"))
        answer = await browser.get("/", follow_redirects=False)
        assert (answer.status_code, "EMEA" in answer.text) == (303, False)


@pytest.mark.parametrize("access", [PageAccess.LINK, PageAccess.MEMBERS])
async def test_nobody_is_let_in_while_nothing_can_be_looked_up(named, browse, cut, access):
    page = await restricted(named, access)
    token = await link_to(named, page) if access is PageAccess.LINK else "x"
    async with browse() as browser:
        await browser.get("/")
        await cut(answering=False)
        answer = await browser.get("/status.json", params={"pass": token})
        assert answer.status_code in (403, 503)
        assert "EMEA" not in answer.text
        assert (await browser.post(f"/open/{token}")).status_code in (303, 405, 503)
        await cut(answering=True)


async def let_in(world, browser, access, page):
    """A browser that may read, by a link of half an hour or by having signed in."""
    if access is PageAccess.LINK:
        token = await link_to(world, page, expires_at=world.clock.now() + timedelta(minutes=30))
        await browser.post(f"/open/{token}")
        return token
    await signed_in(world, browser, "eve")
    onwards = (await browser.get((await browser.get("/")).headers["location"])).headers["location"]
    await browser.get(onwards)
    return ""


@pytest.mark.parametrize("access", [PageAccess.LINK, PageAccess.MEMBERS])
async def test_who_was_let_in_before_the_database_went_away_reads_on_and_reads_that_it_may_be_old(
    named, browse, cut, clock, monkeypatch, access
):
    monkeypatch.setattr("core.remembered.SECONDS", 0.0)
    monkeypatch.setattr("core.remembered.AGAIN_SECONDS", 0.0)
    page = await restricted(named, access)
    async with browse() as browser, browse() as stranger:
        token = await let_in(named, browser, access, page)
        assert "EMEA" in (await browser.get("/")).text
        await cut(answering=False)
        clock.advance(minutes=2)
        home = await browser.get("/")
        assert (home.status_code, "EMEA" in home.text) == (200, True)
        assert "confirm the current state" in home.text
        assert (home.headers["cache-control"], "checked-at" in home.headers) == ("private, no-store", True)
        closed(await stranger.get("/"), 403 if access is PageAccess.LINK else 303)
        assert (await stranger.post(f"/open/{token}")).status_code in (405, 503), "new passes wait"
        clock.advance(minutes=29)
        if access is PageAccess.LINK:
            closed(await browser.get("/"))
        clock.advance(hours=12)
        closed(await browser.get("/"), 403 if access is PageAccess.LINK else 303)
        await cut(answering=True)


async def test_a_link_that_was_ended_is_not_revived_by_an_outage(named, browse, cut, monkeypatch):
    monkeypatch.setattr("core.remembered.SECONDS", 0.0)
    monkeypatch.setattr("core.remembered.AGAIN_SECONDS", 0.0)
    page = await restricted(named)
    async with browse() as browser:
        for ended in ("unheard", "heard"):
            await browser.post(f"/open/{await link_to(named, page)}")
            assert (await browser.get("/")).status_code == 200
            await cut(answering=False)
            assert (await browser.get("/")).status_code == 200
            await cut(answering=True)
            if ended == "heard":
                await named.do(revoke_page_links, named.ada, page=page)
            else:
                await named.do(end_unheard)
                closed(await browser.get("/"))
            await cut(answering=False)
            answer = await browser.get("/")
            assert (answer.status_code, "EMEA" in answer.text) == (503, False)
            await cut(answering=True)
            closed(await browser.get("/"))


async def end_unheard(session):
    """End every link by another process, whose event was not heard of here."""
    await session.execute(update(StatusPageLink).values(revoked_at=session.info["clock"].now()))
