"""Several pages of one process: which one a request is for, and what is rendered anew when something happens."""

import base64
import re
from contextlib import asynccontextmanager

import httpx
import pytest

from actions.branding.logos import save_logo
from actions.pages.saving import archive_status_page, save_status_page
from core import ids
from core.errors import DomainError, ErrorCode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.logo import LogoTheme
from models.words import ComponentStatus, PublicStatus
from server.asgi import build_app
from statuspage.answer import FOR_EVER
from statuspage.bundles import Bundles
from statuspage.pages import MOST_MADE, Pages
from tests.actions.test_branding import svg
from tests.statuspage.conftest import name_organisation
from tests.telling import make_incident, tell

OWN, EMEA = "status.quillhaven.example", "emea.quillhaven.example"
SPLIT = {"MUSTER_STATUSPAGE_HOSTS": OWN, "MUSTER_API_HOSTS": "api.quillhaven.example"}


async def page_of(world, slug="emea", *components, **given):
    """A page that was saved; its id."""
    keys = [ids.encode("Component", world.components[name].id) for name in components]
    saved = {"slug": slug, "name": slug.upper(), "components": keys, **given}
    return ids.encode("StatusPage", (await world.do(save_status_page, world.ada, **saved)).id)


@asynccontextmanager
async def asking(world, **settings):
    """How to ask for an address on a host."""
    runtime = Runtime(Settings(**settings), world.database, Live(world.database))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime))) as client:

        async def ask(host, path="/", method="GET", **more):
            return await client.request(method, f"http://{host}{path}", **more)

        yield ask


@pytest.fixture
async def named(world):
    await world.do(name_organisation)
    await world.do(make_incident, 7)
    await tell(world, 7, body="Search is slow.", claims=[("search", ComponentStatus.DEGRADED_PERFORMANCE)])
    return world


@pytest.mark.parametrize("settings", [{}, SPLIT])
async def test_the_host_says_which_page_is_meant(named, settings):
    await page_of(named, "emea", "search", hosts=[EMEA])
    async with asking(named, **settings) as ask:
        for _ in range(2):  # the second time from what was rendered
            for host in (EMEA, EMEA.upper(), f"{EMEA}:8443", f"{EMEA}."):
                answer = await ask(host)
                assert (answer.status_code, "EMEA Status" in answer.text) == (200, True)
                assert "Checkout" not in answer.text
            assert "Quillhaven Status" in (await ask(OWN)).text
        assert (await ask(EMEA, "/incidents/INC-7")).status_code == 200
        assert f'"url":"http://{EMEA}' in (await ask(EMEA, "/status.json")).text


@pytest.mark.parametrize("path", ["/graphql", "/console", "/auth/login", "/scim/v2/Users", "/hooks/alertmanager/x"])
@pytest.mark.parametrize("settings", [{}, SPLIT])
async def test_a_page_s_host_is_no_door_to_anything_else(named, settings, path):
    await page_of(named, "emea", "search", hosts=[EMEA])
    async with asking(named, **settings) as ask:
        answer = await ask(EMEA, path)
        assert (answer.status_code, "There is no such page." in answer.text) == (404, True)
        assert (await ask(EMEA, "/healthz")).status_code == 200


async def test_hosts_that_are_nobody_s_are_answered_as_before(named):
    async with asking(named) as ask:
        assert "Quillhaven Status" in (await ask("unknown.example")).text
    async with asking(named, **SPLIT) as ask:
        assert (await ask("unknown.example")).status_code == 421
    await page_of(named, "emea", hosts=[EMEA])
    async with asking(named) as ask:
        assert "Quillhaven Status" in (await ask("unknown.example")).text
        assert "Quillhaven Status" in (await ask(f"x.{EMEA}")).text
    async with asking(named, **SPLIT) as ask:
        assert (await ask("unknown.example")).status_code == 421


async def test_in_development_a_page_stands_below_localhost(named):
    await page_of(named, "emea", "search")
    async with asking(named, MUSTER_PORT="8123") as ask:
        assert "EMEA Status" in (await ask("emea.localhost:8123")).text
        assert '"http://emea.localhost:8123/"' in (await ask("emea.localhost:8123", "/status.json")).text
    async with asking(named, MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true") as ask:
        assert "Quillhaven Status" in (await ask("emea.localhost")).text


async def test_a_host_of_our_own_stays_our_own_whatever_a_page_says(named):
    await page_of(named, "emea", "search", hosts=[OWN])
    async with asking(named, MUSTER_PUBLIC_URL=f"https://{OWN}") as ask:
        assert "Quillhaven Status" in (await ask(OWN)).text


async def test_a_page_that_is_archived_is_gone_and_shows_nothing_in_its_place(named):
    key = await page_of(named, "emea", "search", hosts=[EMEA])
    async with asking(named) as ask:
        assert (await ask(EMEA)).status_code == 200
        await named.do(archive_status_page, named.ada, id=key)
        answers = [await ask(EMEA, path) for path in ("/", "/status.json", "/incidents/INC-7")]
        found = {(answer.status_code, answer.text) for answer in answers}
        assert len(found) == 1
        ((status, text),) = found
        assert (status, "This status page is no longer here." in text) == (404, True)
        for word in ("EMEA", "Search", "Quillhaven"):
            assert word not in text
        assert (await ask(EMEA, "/subscribe", "POST")).status_code == 405
        await named.do(save_status_page, named.ada, id=key, archived=False)
        assert (await ask(EMEA)).status_code == 200


async def test_a_page_has_a_language_a_zone_and_a_colour_of_its_own_or_the_organisation_s(named):
    await page_of(named, "emea", hosts=[EMEA], language="de", time_zone="Asia/Tokyo", accent_light="#0b5d1e")
    await page_of(named, "north", hosts=["north.example"])
    async with asking(named) as ask:
        german, same = (await ask(EMEA)).text, (await ask("north.example")).text
        assert '<html lang="de">' in german
        assert "JST" in german or "UTC+09" in german or "Japan" in german
        assert "/theme-" in german
        assert '<html lang="en">' in same
        assert "/theme-" not in same
        sheet = german.partition('href="/theme-')[2].partition('"')[0]
        assert "#0b5d1e" in (await ask(EMEA, f"/theme-{sheet}")).text
        assert (await ask("north.example", f"/theme-{sheet}")).status_code == 404


def logos(text):
    return set(re.findall(r"/logo-[0-9a-f]{24}\.(?:svg|png)", text))


async def test_a_page_has_logos_of_its_own_or_the_organisation_s_and_never_both(named):
    ours, theirs, dark = (svg(f"<path d='M0 0h{width}v9z'/>") for width in (7, 8, 9))
    await named.do(save_logo, named.ada, image=ours)
    await named.do(save_logo, named.ada, image=dark, theme=LogoTheme.DARK)
    key = await page_of(named, "emea", hosts=[EMEA])
    await page_of(named, "north", hosts=["north.example"])
    bundles = Bundles(Settings())
    async with asking(named) as ask:
        own = (await ask(OWN)).text
        assert logos((await ask(EMEA)).text) == logos(own)
        assert len(logos(own)) == 2
        version = (await named.do(save_logo, named.ada, image=theirs, page=key)).version
        assert version == 3, "the organisation is as it was"
        text = (await ask(EMEA)).text
        (path,) = logos(text)
        assert 'data-only="light"' in text, "the organisation's for dark paper is another's"
        assert f'<link rel="icon" href="{path}"' in text
        answer = await ask(EMEA, path)
        assert (answer.status_code, answer.content) == (200, base64.b64decode(theirs))
        assert answer.headers["cache-control"] == FOR_EVER
        for host in (OWN, "north.example"):
            assert (await ask(host, path)).status_code == 404
            assert logos((await ask(host)).text) == logos(own)
        files = (await bundles.build(named.database)).files
        assert files[f"/pages/emea{path}"].body.plain == base64.b64decode(theirs)
        assert path not in files
        assert logos(files["/pages/emea/"].body.plain.decode()) == {path}
        await named.do(save_logo, named.ada, image=None, page=key)
        assert logos((await ask(EMEA)).text) == logos(own)
        await named.do(save_logo, named.ada, image=None, page=key)
    changes = [event.data for event in await named.events() if event.kind == "setting.saved"][-2:]
    assert [(each["noun"], list(each["changed"])) for each in changes] == [("status_page", ["logo_light"])] * 2
    for page, code in ((ids.encode("StatusPage", 99), ErrorCode.NOT_FOUND), ("\0", ErrorCode.INVALID_INPUT)):
        with pytest.raises(DomainError) as refused:
            await named.do(save_logo, named.ada, image=None, page=page)
        assert (refused.value.code, refused.value.field) == (code, "page")


async def test_hsts_and_the_rest_hold_on_every_host(named):
    await page_of(named, "emea", hosts=[EMEA])
    async with asking(named, MUSTER_PUBLIC_URL=f"https://{OWN}") as ask:
        own, theirs = await ask(OWN), await ask(EMEA)
        assert own.headers["strict-transport-security"] == theirs.headers["strict-transport-security"]
        assert own.headers.keys() == theirs.headers.keys()
        assert own.headers["content-security-policy"] == theirs.headers["content-security-policy"]


async def test_only_pages_that_are_touched_are_rendered_anew(named):
    await page_of(named, "emea", "search", hosts=["emea.example"])
    await page_of(named, "north", "checkout", hosts=["north.example"])
    live = Live(named.database)
    named.database.on_commit = live.on_commit
    pages = Pages(Runtime(Settings(), named.database, live))

    def scope(host):
        return {"type": "http", "headers": [(b"host", host.encode())]}

    async def heard():
        """Whether each page's rendering still counts, once what happened is heard of."""
        rows = [row for row in await named.events() if row.id > pages.seen]
        pages.seen = rows[-1].id
        pages.hear(rows)
        found = {}
        for host in ("emea.example", "north.example"):
            page = await pages.page(scope(host))
            found[host.partition(".")[0]] = page.quick("/") is not None
            await page.respond("/")
        return found

    pages.seen = (await named.events())[-1].id
    for host in ("emea.example", "north.example"):
        await (await pages.page(scope(host))).respond("/")
    assert pages.quickly(scope("emea.example")["headers"]).quick("/") is not None
    await tell(named, 7, body="Still slow.")
    assert await heard() == {"emea": False, "north": True}
    await tell(named, 7, PublicStatus.RESOLVED, "It is over.")
    assert await heard() == {"emea": False, "north": True}
    await named.do(name_organisation, name="Fjord")
    await named.do(save_status_page, named.ada, slug="west", name="West")
    assert await heard() == {"emea": False, "north": False}


async def test_what_is_kept_of_many_pages_has_an_end(named):
    for number in range(MOST_MADE + 5):
        await page_of(named, f"page-{number}", hosts=[f"{number}.example"])
    pages = Pages(Runtime(Settings(), named.database, Live(named.database)))
    for number in range(MOST_MADE + 5):
        page = await pages.page({"type": "http", "headers": [(b"host", f"{number}.example".encode())]})
        assert page.known.slug == f"page-{number}"
    assert len(pages) == MOST_MADE


async def test_while_the_database_is_away_pages_go_on_with_what_they_had(named, cut):
    await page_of(named, "emea", "search", hosts=[EMEA])
    async with asking(named) as ask:
        before = (await ask(EMEA)).text
        await cut(answering=False)
        named.clock.advance(seconds=40)
        assert (await ask(EMEA)).text == before
        assert (await ask("unknown.example")).status_code == 503, "our own page was never read"
        await cut(answering=True)
