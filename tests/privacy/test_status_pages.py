"""A status page tells nothing of what is on others: not in any representation, not by what is missing.

Whatever the story, every answer of a page is the one that an organisation gives that has only its components, and only
the incidents and the planned work that touch them. And our own page is the one of an organisation without what is
exclusive to another.
"""

import asyncio
import json
from datetime import timedelta

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from starlette.applications import Starlette

import statuspage.app
from actions.pages.links import create_page_link
from actions.pages.saving import save_status_page
from actions.updates import edit_update, withdraw_update
from core import ids
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from models.service import Component, ComponentPeriod
from models.tables import metadata
from models.words import ComponentStatus, MaintenanceState, PageAccess, PublicStatus
from statuspage.opaque import opaque
from tests.effort import effort
from tests.privacy.exits import PAGES
from tests.privacy.organisation import StillClock
from tests.privacy.twin import NEVER, orphans
from tests.statuspage.conftest import name_organisation
from tests.statuspage.planning import plan
from tests.telling import make_incident, tell, update_id
from tests.world import World

OWN, THERE = "https://status.quillhaven.example", "https://emea.quillhaven.example"
NAMES = ("checkout", "search", "mail", "billing")
OURS = ("search", "mail")
"""The components of the page; the others are those of our own."""

STORIES = settings(
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
    print_blob=False,
)
TOUCHED = st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple)
STEP = st.tuples(
    st.sampled_from(("say", "say", "work", "withdraw", "edit", "resolve")),
    st.integers(1, 5),
    TOUCHED,
    st.integers(0, 3),
)
FIRST = [
    ("say", 5, ("billing",), 0),
    ("say", 1, ("search", "billing"), 0),
    ("say", 2, ("billing",), 1),
    ("say", 3, (), 2),
    ("say", 4, ("mail",), 3),
    ("work", 1, ("mail", "checkout"), 0),
    ("work", 2, ("checkout",), 1),
]
"""In every story there is something of each kind; at first something that is older than all that the page shows."""

STATUSES = tuple(status for status in ComponentStatus if status is not ComponentStatus.UNDER_MAINTENANCE)


class Story:
    """What happens, and by a count of its own what touches which components."""

    def __init__(self, world):
        self.world = world
        self.said = {}
        """By incident, what its updates named: [(update, names, whether it stands)]."""
        self.works = {}

    @classmethod
    async def begun(cls, database):
        world = await World.create(database, database.clock)
        await world.do(name_organisation)
        async with database.unit_of_work() as session:
            for place, name in enumerate(("mail", "billing"), 2):
                made = Component(name=name.title(), group="Post", position=place, created_at=database.clock.now())
                session.add(made)
                world.components[name] = made
        return cls(world)

    async def lived(self, steps):
        for step, (what, key, names, way) in enumerate((*FIRST, *steps)):
            self.world.clock.moment += timedelta(hours=5)
            await getattr(self, f"_{what}")(key, names, way, step)
            if step == 0:
                self.world.clock.moment += timedelta(days=40)
                await self.world.do(born_now)
        self.world.clock.moment += timedelta(minutes=1)

    async def _say(self, key, names, way, step, status=PublicStatus.INVESTIGATING):
        if key not in self.said:
            await self.world.do(make_incident, key)
            self.said[key] = []
        claims = [(name, STATUSES[(way + place) % 4]) for place, name in enumerate(names)]
        given = {"public_title": f"Title{key}"} if way % 2 else {}
        made = await tell(self.world, key, status, f"Word{step} of many", claims, **given)
        self.said[key].append([made, names, True])

    async def _resolve(self, key, _names, way, step):
        if key in self.said:
            await self._say(key, (), way, step, PublicStatus.RESOLVED)

    async def _withdraw(self, key, _names, _way, _step):
        for each in self.said.get(key, ())[-1:]:
            if each[2]:
                await self.world.do(withdraw_update, self.world.ben, update=update_id(each[0]), reason="Wrong.")
                each[2] = False

    async def _edit(self, key, _names, way, step):
        for each in self.said.get(key, ())[-1:]:
            if each[2]:
                told = {"update": update_id(each[0]), "body": f"Other{step}", "hide_earlier": bool(way % 2)}
                told.pop("hide_earlier")
                await self.world.do(edit_update, self.world.ben, **told)

    async def _work(self, key, names, way, _step):
        if key in self.works or not names:
            return
        keys = [self.world.components[name].id for name in names]
        state = tuple(MaintenanceState)[way]
        await self.world.do(plan, key, components=keys, starts_in=timedelta(days=way - 1), state=state)
        self.works[key] = names

    def touching(self, shown, *, untouched):
        """The incidents and the works that touch what is shown; those that touch nothing if `untouched`."""

        def told(names):
            return bool(set(names) & set(shown)) or (untouched and not names)

        incidents = {
            key: [name for _, names, stands in said if stands for name in names] for key, said in self.said.items()
        }
        return (
            [key for key, names in incidents.items() if told(names)],
            [key for key, names in self.works.items() if told(names)],
        )

    async def leave_only(self, shown, *, untouched):
        """Have a world in which nothing else ever was, nor any further page."""
        incidents, works = self.touching(shown, untouched=untouched)
        keys = [self.world.components[name].id for name in shown]
        async with self.world.database.engine.begin() as connection:
            await connection.execute(text(NEVER))
            for table, left in (("incident", incidents), ("maintenance", works), ("component", keys)):
                await connection.execute(text(f"delete from {table} where id <> all(:left)"), {"left": left})
            for table in metadata.tables.values():
                if "incident_id" in table.columns:
                    gone = f"delete from {table.name} where incident_id <> all(:left)"
                    await connection.execute(text(gone), {"left": incidents})
            await connection.execute(text("delete from status_page"))
            while await orphans(connection):
                pass

    def addresses(self):
        components = [component.id for component in self.world.components.values()]
        yield from PAGES
        yield from (f"/incidents/INC-{key}" for key in range(1, 7))
        yield from (f"/maintenance/MNT-{key}" for key in range(1, 7))
        yield from (f"/history?q={word}" for word in ("many", "title2", "word1", "word2"))
        yield from (f"/history?month=2026-{month}" for month in (11, 12))
        yield "/history?month=2027-01"
        yield from (f"/history?month=2026-11&before=INC-{key}" for key in (1, 2))
        yield from (f"/history?q=of&before=INC-{key}" for key in (2, 3, 4))
        for key in components:
            for name in (ids.encode("Component", key), opaque("Component", key)):
                yield f"/feed.json?component={name}"
            yield f"/maintenance.ics?component={name}"

    async def answers(self, base, cookies=None, own=OWN):
        """Every answer at a host, of a process that nobody asked anything yet."""
        database = self.world.database
        runtime = Runtime(Settings(public_url=own), database, Live(database))
        return await answers(runtime, base, list(self.addresses()), cookies)


async def answers(runtime, base, addresses, cookies=None):
    found = {}
    app = Starlette(routes=statuspage.app.routes(runtime))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base, cookies=cookies) as http:
        for address in addresses:
            answer = await http.get(address)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            found[address] = (answer.status_code, headers, answer.text)
        for key in (ids.encode("Component", number) for number in range(1, 6)):
            form = {"channel": "EMAIL", "address": "a@example.org", "kinds": "INCIDENTS", "components": key}
            answer = await http.post("/subscribe", data=form)
            found[f"POST {key}"] = (answer.status_code, dict(answer.headers), answer.text)
    return found


def equal(there, twin, page_id):
    """All answers are the same, but for the id of the page in /api/v2, and what depends on the bytes of that."""
    assert there.keys() == twin.keys()
    for address, (status, headers, content) in twin.items():
        told = there[address][2].replace(opaque("StatusPage", page_id), opaque("Page", 1))
        assert (there[address][0], told) == (status, content), address
        if opaque("StatusPage", page_id) not in there[address][2]:
            assert there[address][1] == headers, address


def compared(fresh_database, template, compare, examples=effort(1, 60)):  # noqa: B008 (a number)
    @settings(STORIES, max_examples=examples)
    @given(steps=st.lists(STEP, max_size=10))
    def story(steps):
        async def run(url):
            database = Database(url, clock=StillClock(), pool_size=3, secrets=Secrets(["tests"]))
            try:
                told = await Story.begun(database)
                await told.lived(steps)
                await compare(told)
            finally:
                await database.close()

        with fresh_database(template) as url:
            asyncio.run(run(url))

    story()


async def page_of(story, **given):
    return await story.world.do(
        save_status_page,
        story.world.ada,
        slug="emea",
        name="EMEA",
        hosts=[THERE.removeprefix("https://")],
        components=[ids.encode("Component", story.world.components[name].id) for name in OURS],
        **{"time_zone": "Europe/Berlin", "accent_light": "#0b5d1e", **given},
    )


async def born_now(session):
    await session.execute(update(Component).values(created_at=session.info["clock"].now()))
    await session.execute(update(ComponentPeriod).values(started_at=session.info["clock"].now()))


async def become_page(session):
    await name_organisation(session, name="EMEA", time_zone="Europe/Berlin", accent_light="#0b5d1e")


def test_a_page_is_that_of_an_organisation_with_its_components_alone(fresh_database, template):
    async def compare(story):
        page = await page_of(story)
        there = await story.answers(THERE)
        shown = json.loads(there["/status.json"][2])
        assert [component["name"] for component in shown["components"]] == ["Search", "Mail"]
        assert there["/incidents/INC-1"][0] == 200 or not story.said[1][0][2]
        await story.leave_only(OURS, untouched=False)
        await story.world.do(become_page)
        equal(there, await story.answers(THERE, own=THERE), page.id)

    compared(fresh_database, template, compare, effort(2, 60))


def test_our_own_page_is_that_of_an_organisation_without_what_is_exclusive(fresh_database, template):
    async def compare(story):
        await page_of(story, exclusive=True, access=PageAccess.LINK)
        there = await story.answers(OWN)
        rest = [name for name in NAMES if name not in OURS]
        await story.leave_only(rest, untouched=True)
        twin = await story.answers(OWN)
        for address, answer in twin.items():
            assert there[address] == answer, address

    compared(fresh_database, template, compare)


def test_a_page_that_is_read_by_link_says_the_same_to_those_who_have_one_and_one_thing_to_all_others(
    fresh_database, template
):
    async def compare(story):
        page = await page_of(story, access=PageAccess.LINK)
        key = ids.encode("StatusPage", page.id)
        _, token = await story.world.do(create_page_link, story.world.ada, page=key)
        inside = await story.answers(THERE, {"__Host-muster_page": token})
        outside = await story.answers(THERE)
        got = {address: answer for address, answer in outside.items() if not address.startswith("POST")}
        assert len({(status, json.dumps(headers), content) for status, headers, content in got.values()}) == 1
        status, headers, content = outside["/"]
        assert (status, headers["cache-control"]) == (403, "private, no-store")
        for word in ("EMEA", "Search", "Mail", "Quillhaven", "Word0"):
            assert word not in content
        for address, (_, headers, _) in inside.items():
            assert "no-store" in headers["cache-control"], address
            assert "access-control-allow-origin" not in headers, address
        await story.world.do(save_status_page, story.world.ada, id=key, access=PageAccess.PUBLIC)
        public = await story.answers(THERE)
        for address in ("/status.json", "/history.atom", "/maintenance.ics", "/incidents/INC-1", "/incidents/INC-2"):
            assert inside[address][0] == public[address][0], address
        assert inside["/status.json"][2] == public["/status.json"][2]

    compared(fresh_database, template, compare)
