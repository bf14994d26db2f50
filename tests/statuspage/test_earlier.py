"""What an update said before: readers of the incident's page see that it was edited, and how it was put."""

from actions.updates import edit_update, withdraw_update
from models.words import PublicStatus
from statuspage.earlier import MOST
from statuspage.matter import dumped, loaded
from statuspage.views import read_incidents
from tests.telling import make_incident, tell, update_id

PAGE = "/incidents/INC-7"


async def reworded(world, clock, *bodies, **more):
    await world.do(make_incident, 7)
    first, *rest = bodies
    said = await tell(world, 7, body=first)
    for body in rest:
        clock.advance(minutes=10)
        await world.do(edit_update, world.ben, update=update_id(said), body=body, **more)
    return said


async def test_the_page_says_that_an_update_was_edited_and_what_it_said_before(world, clock, now_shown):
    await reworded(world, clock, "Orders are *slow*.", "Orders fail.", "Orders fail in Europe.")
    page = await now_shown(PAGE)
    assert "Edited 03:20 UTC" in page
    assert page.count("<details") == 1
    assert page.index("Orders fail in Europe.") < page.index("Until 03:20 UTC") < page.index("<p>Orders fail.</p>")
    assert page.index("<p>Orders fail.</p>") < page.index("Until 03:10 UTC") < page.index("<em>slow</em>")
    assert "slow" not in await now_shown("/")


async def test_what_is_hidden_stands_nowhere(world, clock, now_shown):
    said = await reworded(world, clock, "The password is hunter2.", "We look into it.")
    assert "hunter2" in await now_shown(PAGE)
    await world.do(edit_update, world.ben, update=update_id(said), body="We look into it.", hide_earlier=True)
    for path in (PAGE, "/", "/status.json", "/history.atom", "/history.rss", "/feed.json"):
        assert "hunter2" not in await now_shown(path)
    assert "INC-7" not in await now_shown("/history?q=hunter2")
    assert "Edited 03:10 UTC" in await now_shown(PAGE)


async def test_a_withdrawn_update_has_no_earlier_words_either(world, clock, now_shown):
    said = await reworded(world, clock, "Something secret.", "Something else.")
    await tell(world, 7, PublicStatus.MONITORING)
    await world.do(withdraw_update, world.ben, update=update_id(said), reason="Wrong.")
    assert "Something" not in await now_shown(PAGE)
    async with world.database.reading() as reader:
        site = (await read_incidents(reader, [7]))[7]
    assert b"Something" not in dumped(site)


async def test_what_pages_are_rendered_from_keeps_earlier_words(world, clock):
    await reworded(world, clock, "Before.", "After.")
    async with world.database.reading() as reader:
        site = (await read_incidents(reader, [7]))[7]
    assert loaded(dumped(site)) == site
    assert [each.body for each in site.threads[0].updates[0].earlier] == ["Before."]


async def test_only_the_newest_of_many_are_shown(world, clock, now_shown):
    await reworded(world, clock, *(f"Version {n}." for n in range(MOST + 3)))
    page = await now_shown(PAGE)
    shown = [n for n in range(MOST + 2) if f"<p>Version {n}.</p>" in page]
    assert shown == list(range(2, MOST + 2))


async def test_earlier_words_are_cleaned_like_all_others(world, clock, now_shown):
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) \u202eabc"
    await reworded(world, clock, hostile, "Better.")
    page = await now_shown(PAGE)
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert "\u202e" not in page
