"""Planned work as customers read it: on the page of the current state, on its own, and in the past."""

from datetime import timedelta

import pytest

from actions.maintenance.steps import cancel_maintenance, start_maintenance
from actions.maintenance.sweep import sweep_maintenance
from actions.maintenance.words import publish_maintenance_update, withdraw_maintenance_update
from core import ids
from models.words import ComponentStatus, MaintenanceState
from tests.actions.maintaining import planned, window
from tests.pages.stories import set_by_hand
from tests.telling import make_incident, tell


async def sweep(world):
    await sweep_maintenance(world.database)


async def test_what_is_to_come_within_14_days_is_announced_and_nothing_is_wrong(world, now_shown):
    soon = await planned(world, "checkout", "search", **window(world, days=2, hours=1))
    await planned(world, title="Far away", **window(world, days=15))
    page = await now_shown()
    assert '<h2 id="planned">Planned work</h2>' in page
    assert f'<a href="/maintenance/{soon.reference}"><bdi>New disks</bdi></a>' in page
    assert "Thu 26 Nov" in page
    assert "04:00–06:00 UTC" in page
    assert "Affects <bdi>Checkout</bdi>, <bdi>Search</bdi>" in page
    assert "Everything is working." in page
    assert "Far away" not in page
    assert "<script" not in page


async def test_nothing_planned_is_no_section(now_shown):
    assert "Planned work</h2>" not in await now_shown()


async def test_under_way_it_is_the_message_with_its_end_and_its_words(world, clock, now_shown):
    made = await planned(world)
    clock.advance(hours=1, seconds=1)
    assert "it has not begun yet." in await now_shown(), "the timers have not looked yet, and nothing else is said"
    await sweep(world)
    page = await now_shown()
    assert "<title>Planned work is under way. – Quillhaven Status</title>" in page
    assert '<p class="kicker">Until 06:00 UTC</p>' in page
    assert "We <em>replace</em> disks" in page
    say = {"maintenance": made.reference, "body": "We _check_ it."}
    await world.do(publish_maintenance_update, world.dov, **say, status=MaintenanceState.VERIFYING)
    page = await now_shown()
    assert "We <em>check</em> it." in page
    assert "Done, and being checked. Until 06:00 UTC." in page


async def test_what_takes_longer_says_so(world, clock, now_shown):
    await planned(world, auto_end=False)
    clock.advance(hours=3, minutes=1)
    await sweep(world)
    assert '<p class="kicker">Planned until 06:00 UTC, and taking longer</p>' in await now_shown()


async def test_a_component_under_maintenance_by_hand_needs_no_plan(world, now_shown):
    await set_by_hand(world, "search", ComponentStatus.UNDER_MAINTENANCE)
    assert "Maintenance since 03:00 UTC" in await now_shown()


async def test_its_own_page_has_all_that_was_said_but_what_was_taken_back(world, clock, now_shown):
    made = await planned(world)
    ref = made.reference
    await world.do(start_maintenance, world.dov, maintenance=ref, body="We begin.")
    clock.advance(minutes=10)
    wrong = await world.do(publish_maintenance_update, world.dov, maintenance=ref, body="All is done.")
    key = ids.encode("MaintenanceUpdate", wrong.id)
    await world.do(withdraw_maintenance_update, world.dov, update=key, reason="It is not.")
    page = await now_shown(f"/maintenance/{ref}")
    assert "<title>New disks – Quillhaven Status</title>" in page
    assert "Under way. Until 06:00 UTC." in page
    assert "We begin." in page
    assert "All is done." not in page
    assert "It is not." not in page, "why it was withdrawn is for colleagues"


async def test_cancelled_it_keeps_its_page_and_leaves_the_others(world, now_shown):
    made = await planned(world)
    await world.do(cancel_maintenance, world.dov, maintenance=made.reference, body="The disks are late.")
    page = await now_shown(f"/maintenance/{made.reference}")
    assert "Cancelled: it does not take place." in page
    assert "The disks are late." in page
    for path in ("/", "/history"):
        assert "New disks" not in await now_shown(path)


async def test_over_it_stands_in_the_past_days_and_in_its_month(world, clock, now_shown):
    made = await planned(world)
    await world.do(make_incident, 7)
    await tell(world, 7)
    for hours in (1, 2):
        clock.advance(hours=hours, seconds=1)
        await sweep(world)
    clock.advance(days=2)
    for path in ("/", "/history"):
        page = await now_shown(path)
        assert f'<a href="/maintenance/{made.reference}"><bdi>New disks</bdi></a>' in page
        assert "Planned work. Completed after 2 h." in page
        if path == "/history":
            assert page.index("New disks</bdi>") < page.index('href="/incidents/INC-7"'), "the newest first"
        assert 'href="/incidents/INC-7"' in page
    clock.advance(days=20)
    assert "New disks" not in await now_shown()
    assert "New disks" in await now_shown("/history")


@pytest.mark.parametrize("reference", ["MNT-999", "MNT-0", "x", f"MNT-{2**63}", "INC-1", "mnt-1"])
async def test_what_is_not_there_is_not_there(client, reference):
    answer = await client.get(f"/maintenance/{reference}")
    assert (answer.status_code, answer.text) == (404, (await client.get("/nothing")).text)


async def test_the_page_is_new_when_it_is_told_of_and_when_its_time_comes(world, clock, client):
    made = await planned(world, **window(world, minutes=1))
    before = (await client.get("/")).text
    assert "Planned, 2\u00a0h." in before
    clock.moment = made.starts_at - timedelta(milliseconds=1)
    clock.advance(milliseconds=2)
    assert "it has not begun yet." in (await client.get("/")).text, "no event came; the page knew when"
    await sweep(world)


async def test_words_of_every_kind_are_shown_harmlessly(world, now_shown):
    made = await planned(
        world,
        title="<b>New</b> \u202edisks",
        body="<script>alert(1)</script> [a](javascript:alert(1)) ![b](https://x.example/p.png)\n\n" + "| a " * 2000,
    )
    for path in ("/", f"/maintenance/{made.reference}"):
        page = await now_shown(path)
        assert "<script" not in page
        assert "javascript:" not in page.replace("(javascript:", "")
        assert "<img" not in page
        assert "\u202e" not in page
        assert "&lt;b&gt;New&lt;/b&gt; disks" in page
