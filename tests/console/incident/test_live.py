"""The open page: what changed comes by itself, each view is rendered once, and nothing is lost in a gap."""

import asyncio
import re
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from actions.declarations import declare_incident
from actions.entries import add_entry, pin_event
from actions.roles import assign_role
from actions.sessions import revoke_sessions
from actions.sign_in import create_sign_in_link
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from console.incident.live import wall_of
from core.ids import encode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import EntryKind, Visibility
from server.asgi import build_app
from tests.console.desk import words
from tests.journeys.product import serving

EVENT = re.compile(r"event: (\w+)\n(?:id: (\d+)\n)?data: (.*?)\n\n", re.DOTALL)


@pytest.fixture
async def runtime(world, tmp_path):
    return Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database))


@pytest.fixture
async def address(runtime):
    async with serving(build_app(runtime)) as found:
        yield found


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


class Open:
    """An open page's stream."""

    def __init__(self, response):
        self.response = response
        self._chunks = response.aiter_text()
        self._text = ""

    async def next(self, wanted="parts"):
        """The next event of a name, (place, data); others are passed over."""
        async with asyncio.timeout(20):
            while True:
                found = EVENT.search(self._text)
                if found:
                    self._text = self._text[found.end() :]
                    if found[1] == wanted:
                        return int(found[2] or 0), found[3]
                    continue
                self._text += await anext(self._chunks)


@asynccontextmanager
async def opened(address, client, incident, **query):
    async with client.stream("GET", f"{address}/console/incidents/{incident.reference}/live", params=query) as response:
        assert response.status_code == 200
        yield Open(response)


@asynccontextmanager
async def browsing(world, address, name):
    """A client with somebody's session."""
    async with httpx.AsyncClient(base_url=address, timeout=20) as client:
        client.headers["Origin"] = address
        async with world.database.unit_of_work() as session:
            secret = await create_sign_in_link(session, SYSTEM, world.users[name])
        answer = await client.post(f"/auth/link/{secret}", headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303
        yield client


async def note(world, incident, text, who="ben"):
    return await world.do(add_entry, getattr(world, who), incident=incident.reference, kind=EntryKind.NOTE, text=text)


async def start_of(client, address, incident):
    page = (await client.get(f"{address}/console/incidents/{incident.reference}")).text
    return int(re.search(r"live\?after=(\d+)", page)[1])


async def test_what_happens_comes_by_itself(world, address, incident):
    async with browsing(world, address, "chi") as chi:
        place = await start_of(chi, address, incident)
        async with opened(address, chi, incident, after=place) as page:
            await page.next("beat")
            await note(world, incident, "The pool is empty")
            _, html = await page.next()
            assert "The pool is empty" in html
            assert "data-lines" in html
            assert "part-roles" not in html
            [event] = await world.events(incident.id, "entry.added")
            await world.do(pin_event, world.ben, event=encode("Event", event.id), pinned=True)
            _, html = await page.next()
            assert f'id="e{event.id}"' in html
            assert "pinned" in html
            await world.do(
                assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben")
            )
            _, html = await page.next()
            assert "part-roles" in html
            assert "Ben Silva" in html
            assert "key-of-this-form" not in html


async def test_a_page_that_was_away_gets_all_that_it_missed(world, address, incident):
    async with browsing(world, address, "chi") as chi:
        place = await start_of(chi, address, incident)
        for number in range(5):
            await note(world, incident, f"missed {number}")
        async with opened(address, chi, incident, after=place) as page:
            now, html = await page.next()
        assert [f"missed {number}" in html for number in range(5)] == [True] * 5
        assert 'id="log-lines"' in html
        async with opened(address, chi, incident, after=now) as page:
            await page.next("beat")


async def test_each_distinct_view_is_rendered_once(world, runtime, address, incident):
    async with browsing(world, address, "chi") as chi, browsing(world, address, "ben") as ben:
        place = await start_of(chi, address, incident)
        await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben"))
        async with AsyncExitStack() as stack:
            clients = [chi] * 6 + [ben] * 2
            pages = [
                await stack.enter_async_context(opened(address, client, incident, after=place)) for client in clients
            ]
            await asyncio.gather(*(page.next() for page in pages))
            wall = wall_of(runtime)
            before = wall.renderings
            await note(world, incident, "to all")
            found = await asyncio.gather(*(page.next() for page in pages))
            assert all("to all" in html for _, html in found)
            assert wall.renderings - before == 2
            assert wall.open == 8


async def test_a_page_ends_when_its_viewer_may_not_see_it_any_more(world, address, incident):
    async with browsing(world, address, "chi") as chi, browsing(world, address, "dov") as dov:
        place = await start_of(chi, address, incident)
        async with opened(address, chi, incident, after=place) as page, opened(address, dov, incident) as other:
            await page.next("beat")
            await other.next()
            await world.do(
                change_visibility,
                world.ben,
                incident=incident.reference,
                visibility=Visibility.PRIVATE,
                reason="Keys",
            )
            _, said = await page.next("over")
            assert said == "You may no longer see this incident."
            await other.next("over")


async def test_who_is_here_is_told_to_those_who_are(world, address, incident):
    async with browsing(world, address, "chi") as chi, browsing(world, address, "ben") as ben:
        place = await start_of(chi, address, incident)
        async with opened(address, chi, incident, after=place) as page:
            _, html = await page.next("here")
            assert words(html) == "1 person here with this page open: Chi Tran"
            async with opened(address, ben, incident, after=place), opened(address, ben, incident, after=place):
                _, html = await page.next("here")
                assert words(html) == "2 people here with this page open: Ben Silva, Chi Tran"
                own = (await ben.get(f"{address}/console/incidents/{incident.reference}")).text
                assert "2 people here with this page open: Ben Silva, Chi Tran" in words(own)
                other = await world.do(declare_incident, world.ben, title="Another", severity="SEV2")
                elsewhere = (await ben.get(f"{address}/console/incidents/{other.reference}")).text
                assert "1 person here with this page open: Ben Silva " in words(elsewhere)
            _, html = await page.next("here")
            assert "1 person here" in words(html)


async def test_what_is_said_in_the_chat_comes_by_itself(world, address, incident, channel):
    await channel.says("Before the page was open", author="U1")
    async with browsing(world, address, "chi") as chi:
        place = await start_of(chi, address, incident)
        await channel.says("Between page and stream", author="U1")
        async with opened(address, chi, incident, after=place) as page:
            _, html = await page.next()
            assert "Between page and stream" in html
            assert "part-roles" not in html
            await channel.says("While it is open", author="U1")
            _, html = await page.next()
            assert "While it is open" in html
            assert "part-roles" not in html


async def test_a_page_ends_with_its_session(world, address, incident):
    async with browsing(world, address, "chi") as chi:
        async with opened(address, chi, incident) as page:
            await page.next()
            await world.do(revoke_sessions, world.ada, user=world.id_of("chi"))
            await note(world, incident, "for those who are in")
            _, said = await page.next("over")
        assert said.startswith("You were signed out.")
        assert (await chi.get(f"/console/incidents/{incident.reference}/live")).status_code == 401
