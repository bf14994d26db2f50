"""What customers read: open incidents, components, past days, an incident's own page, the history."""

from datetime import timedelta

from sqlalchemy import update

from actions.updates import edit_update, withdraw_update
from models.service import Component
from models.words import ComponentStatus, PublicStatus, Stage
from tests.statuspage.conftest import name_organisation
from tests.telling import make_incident, tell, update_id

MAJOR, FINE = ComponentStatus.MAJOR_OUTAGE, ComponentStatus.OPERATIONAL
MONITORING, RESOLVED = PublicStatus.MONITORING, PublicStatus.RESOLVED


async def test_all_is_well(now_shown):
    page = await now_shown()
    assert "<title>Everything is working. – Quillhaven Status</title>" in page
    assert "All 2 components are operational." in page
    assert "No incidents<span" in page
    assert "100 % uptime" in page
    assert "style=" not in page
    assert "<script" not in page


async def test_an_open_incident_with_its_updates_newest_first_and_its_promise(world, clock, now_shown):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7, body="We **look** into it.", claims=[("checkout", MAJOR)], public_title="Orders fail")
    clock.advance(minutes=20)
    await tell(world, 7, PublicStatus.IDENTIFIED, "Found it.")
    page = await now_shown()
    assert "Checkout is down." in page
    assert "Major outage since 03:00 UTC, 20 min" in page
    assert page.index("Found it.") < page.index("We <strong>look</strong> into it.")
    assert "Next update by 03:50 UTC" in page
    assert "Promised by 03:30, kept" in page
    assert "Affects <bdi>Checkout</bdi>" in page
    assert "Checkout</bdi>: major outage" in page
    assert "Not over yet: cause found." in page


async def test_a_stage_publishes_nothing(world, now_shown):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    async with world.database.unit_of_work() as session:
        incident = await make_incident(session, 8)
        incident.stage = Stage.RESOLUTION
    page = await now_shown("/incidents/INC-7")
    assert "We are investigating" in page
    assert "Resolved" not in page


async def test_a_resolved_incident_moves_to_the_past_days(world, clock, now_shown):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    clock.advance(minutes=35)
    await tell(world, 7, RESOLVED, "All is well.")
    clock.advance(days=1)
    page = await now_shown()
    assert "Everything is working." in page
    assert "Disruption of Checkout" in page
    assert "03:00–03:35 UTC" in page
    assert "Major outage, 35 min." in page
    assert "All is well." not in page
    own = await now_shown("/incidents/INC-7")
    assert "Resolved. Tue 24 Nov" in own
    assert "All is well." in own
    clock.advance(days=14)
    assert "Disruption of Checkout" not in await now_shown()
    history = await now_shown("/history")
    assert "Disruption of Checkout" in history
    assert "November 2026" in history
    assert "No incidents in December 2026." in history


async def test_an_incident_that_ended_lately_but_began_before_is_not_lost(world, clock, now_shown):
    await world.do(make_incident, 7)
    await tell(world, 7, public_title="A long one")
    clock.advance(days=20)
    await tell(world, 7, RESOLVED)
    assert "A long one" in await now_shown()


async def test_no_day_before_the_beginning_is_called_free_of_incidents(clock, now_shown):
    clock.advance(days=2)
    assert "Past 3 days" in await now_shown()
    assert "No incidents in October" not in await now_shown("/history")


async def test_a_withdrawn_update_leaves_a_line_and_no_words(world, now_shown):
    await world.do(make_incident, 7)
    await tell(world, 7, body="First words.")
    wrong = await tell(world, 7, MONITORING, "Utterly wrong words.")
    await world.do(withdraw_update, world.ben, update=update_id(wrong), reason="Secret reason")
    for path in ("/", "/incidents/INC-7"):
        page = await now_shown(path)
        assert "First words." in page
        assert "An update was withdrawn." in page
        assert "wrong" not in page
        assert "Secret" not in page


async def test_an_edited_update_says_so_and_shows_only_its_new_words(world, clock, now_shown):
    await world.do(make_incident, 7)
    written = await tell(world, 7, body="Odrers fail.")
    clock.advance(minutes=5)
    await world.do(edit_update, world.ben, update=update_id(written), body="Orders fail.")
    page = await now_shown()
    assert "Orders fail." in page
    assert "Odrers" not in page
    assert "Edited 03:05 UTC" in page


async def test_html_and_direction_characters_are_shown_harmlessly(world, now_shown):
    await world.do(make_incident, 7)
    await world.do(name_organisation, name="<b>Quill\u202ehaven</b>", support_url="javascript:alert(1)")
    await tell(world, 7, body="<script>alert(1)</script> \u202egnp", public_title='"><img src=x>\u2066')
    async with world.database.unit_of_work() as session:
        await session.execute(
            update(Component).where(Component.id == world.components["search"].id).values(name="<i>Search</i>\x1b")
        )
    for path in ("/", "/incidents/INC-7", "/history"):
        page = await now_shown(path)
        assert "<script" not in page
        assert "<img" not in page
        assert "<i>" not in page
        assert "javascript:" not in page
        assert not set("\u202e\u2066\x1b") & set(page)
    assert "&lt;b&gt;Quillhaven&lt;/b&gt;" in await now_shown()


async def test_the_organisation_decides_name_time_zone_and_where_to_ask(world, now_shown):
    await world.do(name_organisation, name="Fjord", time_zone="Europe/Oslo", support_url="https://fjord.example/help")
    page = await now_shown()
    assert "Fjord" in page
    assert "All times in CET." in page
    assert '<a href="https://fjord.example/help" rel="nofollow noopener">Contact us</a>' in page


async def test_troubled_groups_come_first_and_archived_components_not_at_all(world, clock, now_shown):
    async with world.database.unit_of_work() as session:
        session.add_all(
            [
                Component(
                    name="Partner API", group="Partners", position=9, created_at=clock.now(), manual_status=MAJOR
                ),
                Component(name="Old thing", position=8, created_at=clock.now(), archived_at=clock.now(), status=MAJOR),
                Component(name="Alone", position=7, created_at=clock.now()),
            ]
        )
        await session.execute(update(Component).where(Component.name == "Partner API").values(status=MAJOR))
    page = await now_shown()
    assert page.index("<bdi>Partners</bdi>") < page.index("<bdi>Shop</bdi>") < page.index("<bdi>Alone</bdi>")
    assert "Old thing" not in page
    assert "Partner API is down." in page
    assert "1 major outage" in page
    assert "All 2 operational" in page


async def test_a_page_without_components_teaches_what_will_stand_there(world, now_shown):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(archived_at=world.clock.now()))
    assert "No components yet." in await now_shown()


async def test_several_open_incidents_each_show_their_promise(world, clock, now_shown):
    for key, minutes in ((7, 30), (8, 60)):
        await world.do(make_incident, key)
        await tell(world, key, next_update_by=clock.now() + timedelta(minutes=minutes))
    page = await now_shown()
    assert page.count("Next update by 03:30 UTC") == 2  # in the banner, as the first, and at its incident
    assert page.count("Next update by 04:00 UTC") == 1
