"""Words that should never have been written are gone everywhere, and the record says that they are."""

import pytest
from sqlalchemy import select, text

from actions.audit_chain import chain
from actions.audit_verify import verify
from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.erasing.text import erase_text
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.words import edit_maintenance_update, publish_maintenance_update
from actions.narrate import narrate
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.public import edit_public_postmortem, publish_postmortem_publicly
from actions.updates import edit_update, publish_update, withdraw_update
from core import ids
from core.errors import ErrorCode
from core.settings import Settings
from models.postmortem import PostmortemSection
from models.words import Audience, EntryKind, PublicStatus, Visibility
from statuspage.bundles import Bundles
from tests.actions.lifecycle import refused
from tests.actions.maintaining import window
from tests.statuspage.conftest import BASE, name_organisation
from tests.subscribers.test_preview import everything
from tests.subscribers.test_public_postmortem import over

SECRET = "hunter2_of_the_database"
LEAK = f"The password is {SECRET}, use it."
WHY = "A password was in it."


async def erase(page, person="ada", **given):
    return await page.world.do(erase_text, getattr(page.world, person), **{"reason": WHY, **given})


def update_id(update):
    return ids.encode("Update", update.id)


async def tables_with(page, words):
    """Which tables hold words."""
    rows = await everything(page.world.database)
    return {name for name, lines in rows.items() if any(words in line for line in lines)}


async def seen(page, *paths):
    page.world.clock.advance(seconds=31)
    addresses = ("/", "/history", "/status.json", "/history.atom", "/history.rss", "/feed.json", *paths)
    return {path: (await page.client.get(path)).text for path in (*addresses, "/api/v2/incidents.json")}


async def told(page, *kinds):
    """The newest event of some kinds in words."""
    found = (await page.world.events(None, *kinds))[-1]
    async with page.world.database.reading() as reader:
        return (await narrate(reader, [found]))[0]


async def test_an_update_that_said_a_secret_says_nothing_any_more(page):
    await page.subscribe()
    reference = await page.declare()
    world, own = page.world, f"/incidents/{reference}"
    bad = await page.say(reference, LEAK, notify=False)
    await world.do(edit_update, world.ada, update=update_id(bad), body=f"{LEAK} Or not.")
    await page.say(reference, f"Once more: {LEAK}")
    mailed = (await world.events(None, "update.published"))[-1]
    await page.work("broadcast.list")
    before = await seen(page, own, f"/history?q={SECRET}")
    assert SECRET in before[own]
    assert reference in before[f"/history?q={SECRET}"]
    page.box.arrived.clear()
    for update in (update_id(bad), ids.encode("Update", mailed.data["update_id"])):
        await erase(page, update=update)
    after = await seen(page, own, f"/history?q={SECRET}")
    assert not any(LEAK in shown for shown in after.values())
    assert reference not in after[f"/history?q={SECRET}"]
    for path in (own, "/status.json", "/feed.json", "/api/v2/incidents.json"):
        assert "[erased]" in after[path], path
    assert "Edited" in after[own]
    assert "Earlier wording" not in after[own]
    assert await tables_with(page, SECRET) == set()
    files = (await Bundles(Settings(public_url=BASE)).build(world.database)).files
    assert not any(SECRET.encode() in file.body.plain for file in files.values())
    await page.work()
    (mail,) = page.box.arrived
    assert "[erased]" in mail.get_body(("plain",)).get_content()
    assert SECRET not in mail.as_string()
    await world.do(name_organisation, language="de")
    assert "[gelöscht]" in (await seen(page, own))[own]
    assert await chain(world.database) > 0
    assert (await verify(world.database)).fault is None
    with refused(ErrorCode.CONFLICT, None, "erased before"):
        await erase(page, update=update_id(bad))
    await world.do(edit_update, world.ada, update=update_id(bad), body="We look.")
    assert "We look." in (await seen(page, own))[own]


async def test_a_withdrawn_and_an_internal_update_and_an_entry_are_erased_as_well(page):
    reference, world = await page.declare(), page.world
    taken = await page.say(reference, LEAK)
    await world.do(withdraw_update, world.ada, update=update_id(taken), reason="Oh no.")
    await world.do(publish_update, world.ada, incident=reference, audience=Audience.INTERNAL, body=LEAK)
    entry = {"incident": reference, "kind": EntryKind.NOTE, "text": LEAK}
    await world.do(add_entry, world.chi, **entry)
    for kind in ("update.published", "entry.added"):
        for event in await world.events(None, kind):
            await erase(page, event=ids.encode("Event", event.id))
    assert await tables_with(page, SECRET) == set()
    assert await told(page, "entry.added") == "[erased]"
    assert await told(page, "update.published") == "Ada Okafor published an internal update.\n\n[erased]"
    number = (await world.events(None, "entry.added"))[0].number
    assert await told(page, "text.erased") == f"Ada Okafor erased the text of entry {number}: {WHY}"
    assert await chain(world.database) > 0
    assert (await verify(world.database)).fault is None


async def test_what_was_learned_does_not_keep_it_nor_does_what_customers_read_of_that(page):
    world = page.world
    reference = await over(page)
    incident = int(reference.removeprefix("INC-"))
    await world.do(add_entry, world.chi, incident=reference, kind=EntryKind.OBSERVATION, text=LEAK)
    update = await page.say(reference, f"First line.\n\n{LEAK}", PublicStatus.RESOLVED, notify=False)
    await assemble_postmortem(world.database, incident)
    given = {"incident": reference, "section": "summary", "markdown": f"It began when {LEAK}", "expected_version": 1}
    await world.do(edit_postmortem, world.ada, **given)
    await world.do(publish_postmortem, world.ada, incident=reference)
    await world.do(publish_postmortem_publicly, world.ada, incident=reference, body="We learned.", notify=False)
    await world.do(edit_public_postmortem, world.ada, incident=reference, body=LEAK)
    assert "postmortem_section" in await tables_with(page, "hunter2")
    (entry,) = await world.events(None, "entry.added")
    (learned,) = await world.events(None, "public_postmortem.edited")
    await erase(page, event=ids.encode("Event", entry.id))
    await erase(page, update=update_id(update))
    await erase(page, event=ids.encode("Event", learned.id))
    assert await tables_with(page, "hunter2") == set()
    shown = await seen(page, f"/incidents/{reference}")
    assert "[erased]" in shown[f"/incidents/{reference}"].partition('id="postmortem"')[2]
    async with world.database.reading() as reader:
        sections = await reader.rows(PostmortemSection, select(PostmortemSection))
    by_key = {section.key: section for section in sections}
    assert by_key["summary"].edited == "It began when [erased]"
    assert "First line" not in by_key["updates"].generated
    assert "Checkout" in (await seen(page))["/"], "and all else stays"


async def test_an_update_of_planned_work_is_erased_with_its_wordings(page):
    world = page.world
    work = {"title": "Disks", "body": "New.", "components": [page.component("search")], **window(world, hours=2)}
    made = await world.do(schedule_maintenance, world.dov, **work)
    said = await world.do(publish_maintenance_update, world.dov, maintenance=made.reference, body=LEAK)
    key = ids.encode("MaintenanceUpdate", said.id)
    world.clock.advance(minutes=3)
    await world.do(edit_maintenance_update, world.dov, update=key, body=f"{LEAK} Twice.")
    own = f"/maintenance/{made.reference}"
    assert SECRET in (await seen(page, own))[own]
    await erase(page, maintenance_update=key)
    after = await seen(page, own, "/maintenance.ics", "/api/v2/scheduled-maintenances.json")
    assert "[erased]" in after[own]
    assert not any(SECRET in shown for shown in after.values())
    assert await tables_with(page, SECRET) == set()
    assert await told(page, "text.erased") == f"Ada Okafor erased the text of an update of planned work: {WHY}"


async def test_who_may_not_and_what_can_not_be_erased_is_refused_with_its_field(page):
    reference, world = await page.declare(), page.world
    update = update_id(await page.say(reference))
    declared = (await world.events(None, "incident.declared"))[0]
    with refused(ErrorCode.FORBIDDEN):
        await erase(page, "dov", update=update)
    for given, code, field in (
        ({}, ErrorCode.INVALID_INPUT, "update"),
        ({"update": update, "event": update}, ErrorCode.INVALID_INPUT, "update"),
        ({"update": ids.encode("Update", 999)}, ErrorCode.NOT_FOUND, "update"),
        ({"update": "\x00"}, ErrorCode.INVALID_INPUT, "update"),
        ({"event": ids.encode("Event", declared.id)}, ErrorCode.INVALID_INPUT, "event"),
        ({"event": ids.encode("Event", 99_999)}, ErrorCode.NOT_FOUND, "event"),
        ({"maintenance_update": ids.encode("MaintenanceUpdate", 9)}, ErrorCode.NOT_FOUND, "maintenance_update"),
        ({"update": update, "reason": " "}, ErrorCode.INVALID_INPUT, "reason"),
    ):
        with refused(code, field):
            await erase(page, **given)
    secret = {"title": "A break-in", "severity": "SEV1", "visibility": Visibility.PRIVATE}
    hidden = (await world.do(declare_incident, world.chi, **secret)).reference
    await world.do(add_entry, world.chi, incident=hidden, kind=EntryKind.NOTE, text=LEAK)
    (entry,) = await world.events(None, "entry.added")
    with refused(ErrorCode.NOT_FOUND, "event"):
        await erase(page, event=ids.encode("Event", entry.id))


@pytest.mark.parametrize("statement", ["delete from event_text", "update event_change set rows = '{}'"])
async def test_nothing_else_can_take_words_from_the_record(page, statement):
    await page.say(await page.declare())
    with pytest.raises(Exception, match="events are never changed"):
        async with page.world.database.unit_of_work() as session:
            await session.execute(text(statement))
