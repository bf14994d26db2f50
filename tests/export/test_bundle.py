"""The bundle: everything that is on the page, rendered anew only where it must be, and never other than in full."""

from datetime import timedelta

import pytest

from actions.updates import withdraw_update
from models.words import ComponentStatus, PublicStatus
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
