"""The bundle: everything that is on the page, rendered anew only where it must be, and never other than in full."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import update

from actions.updates import edit_update, withdraw_update
from models.incident import Incident
from models.organisation import Organisation
from models.words import ComponentStatus, PublicStatus, Visibility
from statuspage.builder import Builder
from statuspage.matter import loaded
from statuspage.static_files import FILES
from statuspage.views import FAMILIES, MISSING, views
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell, update_id


class Still:
    """A clock that stands, so that two bundles are of one moment."""

    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


def contents(bundle):
    return {address: file.body.plain for address, file in bundle.files.items()}


async def test_it_holds_every_view_each_as_the_process_answers_it(named, make_client):
    for key in (7, 8):
        await named.do(make_incident, key)
        await tell(named, key, body=f"Orders fail: {key}.", claims=[("checkout", ComponentStatus.MAJOR_OUTAGE)])
    named.database.clock = Still(named.clock.advance(minutes=3))
    bundle = await Builder(BASE).build(named.database)
    exported = [path for path, view in views(BASE).items() if view.exported]
    assert set(bundle.files) == {*exported, *FILES, MISSING, "/incidents/INC-7", "/incidents/INC-8"}
    async with make_client() as client:
        for address, file in bundle.files.items():
            answer = await client.get(address)
            assert answer.status_code == (404 if address == MISSING else 200)
            assert answer.content.partition(b"Checked")[0] == file.body.plain.partition(b"Checked")[0], address
            assert answer.headers["content-type"] == file.media_type


def test_every_view_has_a_name_that_a_web_server_knows_the_type_of():
    for address, view in views(BASE).items():
        assert "html" in view.media_type or "." in address.rpartition("/")[2], address
    assert all("." not in family.address(1) for family in FAMILIES)


async def test_what_is_rendered_bit_by_bit_is_what_is_rendered_at_once(named, clock):
    """A long random story: after every step, the remembered bundle and a fresh one are equal."""
    chance, told = random.Random(5), {}  # noqa: S311 (always the same story)
    builder = Builder(BASE)
    await builder.build(named.database)
    for key in range(1, 9):
        await named.do(make_incident, key, public_title=f"Trouble {key}" if key % 2 else None)
    for step in range(60):
        clock.advance(minutes=chance.choice([1, 50, 60 * 11, 60 * 24 * 40]))
        key = chance.randint(1, 8)
        changed = await _something_happens(named, chance, key, told)
        named.database.clock = Still(clock.advance(seconds=1))
        remembered = contents(await builder.build(named.database, changed))
        fresh = contents(await Builder(BASE).build(named.database))
        named.database.clock = clock
        assert remembered.keys() == fresh.keys(), step
        for address, content in fresh.items():
            assert _unchecked(remembered[address]) == _unchecked(content), f"{address} after step {step}"


async def _something_happens(world, chance, key, told):
    """One of what can change pages; the incidents that the feed would tell of."""
    said = told.setdefault(key, [])
    what = chance.choice(["tell", "tell", "tell", "edit", "withdraw", "hide", "show", "rename"])
    if what == "rename":
        async with world.database.unit_of_work() as session:
            await session.execute(update(Organisation).values(name=f"Quillhaven {chance.randint(1, 9)}"))
        return set()
    if what in ("hide", "show"):
        visibility = Visibility.PRIVATE if what == "hide" else Visibility.ORGANISATION
        async with world.database.unit_of_work() as session:
            await session.execute(update(Incident).where(Incident.id == key).values(visibility=visibility))
        return {key}
    async with world.database.reading() as reader:
        row = await reader.row(Incident, Incident.__table__.select().where(Incident.id == key))
    if row.visibility is Visibility.PRIVATE:
        return {key}
    if what == "tell" or not said:
        status = chance.choice([PublicStatus.IDENTIFIED, PublicStatus.MONITORING, PublicStatus.RESOLVED])
        worst = chance.choice(list(ComponentStatus)[:4])
        claims = [] if status is PublicStatus.RESOLVED else [(chance.choice(["checkout", "search"]), worst)]
        said.append(update_id(await tell(world, key, status, f"Words {chance.random()}", claims=claims)))
    elif what == "edit":
        await world.do(edit_update, world.ben, update=said[-1], body=f"Better words {chance.random()}")
    else:
        await world.do(withdraw_update, world.ben, update=said.pop(), reason="wrong")
    return {key}


def _unchecked(content):
    """Without the line that says when it was checked: a page that has not changed was checked before."""
    return content.partition(b"<p>Checked")[0]


async def test_pages_that_can_not_have_changed_are_the_same_files(named):
    for key in range(1, 6):
        await named.do(make_incident, key)
        await tell(named, key)
        await tell(named, key, PublicStatus.RESOLVED, "Over.")
    builder = Builder(BASE)
    before = await builder.build(named.database)
    await tell(named, 3, PublicStatus.IDENTIFIED, "Again.")
    after = await builder.build(named.database, {3})
    same = {address for address, file in after.files.items() if before.files.get(address) is file}
    assert same >= {f"/incidents/INC-{key}" for key in (1, 2, 4, 5)} | {MISSING, *FILES}
    assert "/incidents/INC-3" not in same


async def test_a_promise_that_falls_due_is_known_before(named, clock):
    await named.do(make_incident, 7)
    due = clock.now() + timedelta(minutes=20)
    await tell(named, 7, next_update_by=due)
    builder = Builder(BASE)
    await builder.build(named.database)
    assert builder.due == due
    clock.advance(minutes=21)
    late = await builder.build(named.database, set())
    assert b"have not posted it yet" in late.files["/incidents/INC-7"].body.plain
    assert b"have not posted it yet" in late.files["/"].body.plain


@pytest.mark.parametrize("address", ["/", "/history", "/incidents/INC-7"])
async def test_what_is_kept_renders_the_same_page_and_holds_nothing_that_was_withdrawn(named, address):
    await named.do(make_incident, 7)
    gone = await tell(named, 7, body="Taken back at once.", claims=[("checkout", ComponentStatus.MAJOR_OUTAGE)])
    await tell(named, 7, PublicStatus.IDENTIFIED, "We know more.")
    await named.do(withdraw_update, named.ben, update=update_id(gone), reason="wrong")
    named.database.clock = Still(named.clock.advance(minutes=3))
    bundle = await Builder(BASE).build(named.database)
    assert b"Taken back" not in b"".join(bundle.matter.values())
    view = views(BASE).get(address) or FAMILIES[0].view(7)
    site = loaded(bundle.matter[address])
    assert view.render(site, site.read_at, True) == bundle.files[address].body.plain
