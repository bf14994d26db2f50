"""A long random story: whatever happens, the bundle that remembers is the one that is made from nothing."""

import contextlib
import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.branding.organisation import save_organisation
from actions.catalogue.components import save_component
from actions.edits import edit_incident
from actions.erasing.text import erase_text
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.words import edit_maintenance_update, publish_maintenance_update, withdraw_maintenance_update
from actions.merges import merge_incident
from actions.pages.saving import save_status_page
from actions.postmortems.public import edit_public_postmortem, publish_postmortem_publicly, withdraw_public_postmortem
from actions.updates import edit_update, withdraw_update
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError
from jobs.exporter import Exporter
from models.event import Event
from models.incident import Incident
from models.status_page import StatusPage
from models.words import ComponentStatus, PageAccess, PublicStatus, Stage, Visibility
from statuspage.bundles import Bundles
from tests.actions.maintaining import given, window
from tests.effort import effort
from tests.export.conftest import settings_of
from tests.export.test_bundle import Still
from tests.telling import component_id, make_incident, tell

KEYS = range(1, 9)
COMPONENTS = ("checkout", "search")
CHECKED = re.compile(rb"<p>(?:Checked|Gepr\xc3\xbcft).*")
EDITED = ("name", "time_zone", "language", "accent_light", "support_url")


class Story:
    """What happened so far, and what happens next. `random`: decides; the same story for the same seed."""

    def __init__(self, world, chance):
        self.world, self.random = world, chance
        self.told, self.works, self.work_told = {key: [] for key in KEYS}, [], []

    def words(self):
        return f"Words {self.random.random()}"

    async def do(self, action, person="ada", **inputs):
        return await self.world.do(action, getattr(self.world, person), **inputs)

    async def happens(self):
        """One of what can change pages; what is not allowed as things stand does not happen."""
        names = [name for name in dir(self) if name.startswith("on_")]
        name = self.random.choice([*names, *["on_tell"] * 8, *["on_erase"] * 2])
        with contextlib.suppress(DomainError):
            await getattr(self, name)(self.random.choice(KEYS))
        return name

    async def on_tell(self, key):
        status = self.random.choice([PublicStatus.IDENTIFIED, PublicStatus.MONITORING, PublicStatus.RESOLVED])
        worst = self.random.choice(list(ComponentStatus)[:4])
        claims = [] if status is PublicStatus.RESOLVED else [(self.random.choice(COMPONENTS), worst)]
        back = {"published_at": self.world.clock.now() - timedelta(days=3)} if self.random.random() < 0.2 else {}
        said = await tell(self.world, key, status, self.words(), claims=claims, **back)
        self.told[key].append(ids.encode("Update", said.id))

    async def on_edit(self, key):
        if self.told[key]:
            await self.do(edit_update, update=self.random.choice(self.told[key]), body=self.words())

    async def on_withdraw(self, key):
        if self.told[key]:
            await self.do(withdraw_update, update=self.random.choice(self.told[key]), reason="wrong")

    async def on_erase(self, key):
        if self.told[key]:
            await self.do(erase_text, update=self.random.choice(self.told[key]), reason="secret")

    async def on_title(self, key):
        await self.do(edit_incident, incident=f"INC-{key}", public_title=self.random.choice([None, self.words()]))

    async def on_hide(self, key):
        visibility = self.random.choice(list(Visibility))
        await self.do(change_visibility, incident=f"INC-{key}", visibility=visibility, reason="careful")

    async def on_merge(self, key):
        if self.random.random() < 0.3:
            await self.do(merge_incident, incident=f"INC-{key}", into=f"INC-{self.random.choice(KEYS)}")

    async def on_learn(self, key):
        async with self.world.database.unit_of_work() as session:
            standing = Incident.stage != Stage.MERGED
            await session.execute(update(Incident).where(Incident.id == key, standing).values(stage=Stage.RESOLUTION))
        for action in (publish_postmortem_publicly, edit_public_postmortem):
            with contextlib.suppress(DomainError):
                await self.do(action, incident=f"INC-{key}", body=self.words())

    async def on_unlearn(self, key):
        await self.do(withdraw_public_postmortem, incident=f"INC-{key}", reason="wrong")

    async def on_erase_learned(self, key):
        found = await self.world.events(key, "public_postmortem.published")
        if found:
            await self.do(erase_text, event=ids.encode("Event", found[-1].id), reason="secret")

    async def on_component(self, _):
        field = self.random.choice(["name", "group", "description", "position", "status"])
        value = {"position": self.random.randint(0, 9), "status": self.random.choice(list(ComponentStatus)[:4])}
        name = self.random.choice(COMPONENTS)
        await self.do(save_component, id=component_id(self.world, name), **{field: value.get(field, self.words())})

    async def on_organisation(self, _):
        field = self.random.choice(EDITED)
        value = {
            "time_zone": self.random.choice(["UTC", "Asia/Tokyo"]),
            "language": self.random.choice(["en", "de"]),
            "accent_light": self.random.choice([None, "#004488"]),
            "support_url": f"https://{self.random.randint(1, 9)}.example",
        }
        await self.do(save_organisation, **{field: value.get(field, self.words())})

    async def on_page(self, _):
        async with self.world.database.reading() as reader:
            key = await reader.scalar(select(StatusPage.id))
        new = {"id": ids.encode("StatusPage", key)} if key else {"slug": "eu", "name": "Europe"}
        some = self.random.sample(COMPONENTS, self.random.randint(0, 2))
        shown = {
            "components": [component_id(self.world, name) for name in some],
            "exclusive": bool(some) and self.random.random() < 0.5,
            "access": self.random.choice([PageAccess.PUBLIC, PageAccess.PUBLIC, PageAccess.LINK]),
            "language": self.random.choice([None, "de"]),
        }
        await self.do(save_status_page, **new, **shown)

    async def on_plan(self, _):
        days = (len(self.works) + 1) * self.random.choice([1, -1])
        planned = given(self.world, self.random.choice(COMPONENTS), **window(self.world, days=days))
        self.works.append((await self.do(schedule_maintenance, **planned, already_done=days < 0)).reference)

    async def on_work_told(self, _):
        if self.works:
            work = self.random.choice(self.works)
            said = await self.do(publish_maintenance_update, maintenance=work, body=self.words())
            self.work_told.append(ids.encode("MaintenanceUpdate", said.id))

    async def on_work_changed(self, _):
        if self.work_told:
            key, what = self.random.choice(self.work_told), self.random.randint(0, 3)
            if what == 0:
                await self.do(edit_maintenance_update, update=key, body=self.words())
            elif what == 1:
                await self.do(withdraw_maintenance_update, update=key, reason="wrong")
            else:
                await self.do(erase_text, maintenance_update=key, reason="secret")


class Heard(Exporter):
    """The exporter that is told of the real events, for what it would have read anew."""

    last = 0

    async def next(self, world):
        async with world.database.reading() as reader:
            statement = select(Event.id, Event.kind, Event.incident_id).where(Event.id > self.last).order_by(Event.id)
            rows = list(await reader.execute(statement))
        if rows:
            self.last = rows[-1].id
            self.hear(rows)
        changed, self._changed = self._changed, set()
        return changed


@pytest.mark.parametrize("seed", range(effort(1, 4)))
async def test_what_is_rendered_bit_by_bit_is_what_is_rendered_at_once(named, clock, tmp_path, seed):
    """Published, edited, withdrawn, erased, hidden, merged, renamed: after every step both bundles are equal."""
    settings = settings_of(MUSTER_DATA_DIR=tmp_path)
    story, builder = Story(named, random.Random(seed)), Bundles(settings)  # noqa: S311 (always the same story)
    heard = Heard(named.database, named.database.url.render_as_string(hide_password=False), settings)
    for key in KEYS:
        await named.do(make_incident, key, public_title=f"Trouble {key}" if key % 2 else None)
    for step in range(effort(12, 150)):
        clock.advance(minutes=story.random.choice([1, 1, 50, 60 * 11, 60 * 24 * 40]))
        what = [await story.happens() for _ in range(effort(4, 1))]
        named.database.clock = Still(clock.advance(seconds=1))
        remembered = _contents(await builder.build(named.database, await heard.next(named)))
        fresh = _contents(await Bundles(settings).build(named.database))
        named.database.clock = clock
        assert remembered.keys() == fresh.keys(), (step, what)
        for address, content in fresh.items():
            assert _apart(remembered[address], content) is None, f"{address} after step {step}, {what}"


async def test_words_that_are_erased_on_planned_work_that_is_over_leave_the_bundle(named, tmp_path):
    """No event of an incident tells of them, and the page of such work is rendered anew on another day only."""
    settings = settings_of(MUSTER_DATA_DIR=tmp_path)
    story, builder = Story(named, random.Random(1)), Bundles(settings)  # noqa: S311
    heard = Heard(named.database, named.database.url.render_as_string(hide_password=False), settings)
    work = await story.do(schedule_maintenance, **given(named, **window(named, days=-1)), already_done=True)
    said = await story.do(publish_maintenance_update, maintenance=work.reference, body="The password is hunter2.")
    before = _contents(await builder.build(named.database, await heard.next(named)))
    assert b"hunter2" in before[f"/maintenance/{work.reference}"]
    key = ids.encode("MaintenanceUpdate", said.id)
    await story.do(erase_text, maintenance_update=key, reason="A password was in it.")
    bundle = await builder.build(named.database, await heard.next(named))
    assert not [address for address, content in _contents(bundle).items() if b"hunter2" in content]
    assert b"hunter2" not in b"".join(bundle.matter.values())


def _contents(bundle):
    """Without the line that says when it was checked: a page that has not changed was checked before."""
    return {address: CHECKED.sub(b"", file.body.plain) for address, file in bundle.files.items()}


def _apart(one, other):
    """The first line in which they are not the same."""
    lines = zip(one.decode().splitlines(), other.decode().splitlines(), strict=False)
    return next((pair for pair in lines if pair[0] != pair[1]), None if one == other else "one is longer")
