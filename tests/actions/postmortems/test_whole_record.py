"""A postmortem rests on everything: pages and answers, chat, workflows, tasks, what customers saw, promises."""

from sqlalchemy import insert, select, text

from actions.branding.organisation import save_organisation
from actions.chat.marks import mark_message
from actions.endings import reopen_incident
from actions.entries import add_entry
from actions.find import find_incident
from actions.record import record
from actions.roles import assign_role
from actions.tasks import add_task, claim_task, complete_task
from auth.actor import SYSTEM
from core import ids
from models.chat import ChatMessage
from models.facts.outward import OutwardDone, PageHeard
from models.integration import Integration
from models.words import (
    Audience,
    ComponentStatus,
    EntryKind,
    OutwardVerb,
    PageChange,
    PublicStatus,
)
from tests.actions.postmortems.incident import (
    Said,
    assemble,
    declared,
    kinds_behind,
    note,
    publish,
    resolve,
    resolved,
    written,
)


async def vendor(world, key="pager"):
    async with world.database.unit_of_work() as session:
        row = Integration(vendor=key, key=key, name=key.title(), configuration={}, created_at=world.clock.now())
        session.add(row)
        await session.flush()
        return row.id


async def happened(world, incident, *facts):
    async with world.database.unit_of_work() as session:
        row = await find_incident(session, SYSTEM, incident.reference)
        for fact in facts:
            record(session, SYSTEM, fact, incident=row)


async def test_pages_say_who_answered_and_when_by_role(world):
    incident, pager = await declared(world), await vendor(world)
    about = {"integration_id": pager, "verb": OutwardVerb.PAGE}
    await happened(world, incident, *(OutwardDone(action_id=key, **about) for key in (1, 2)))
    world.clock.advance(minutes=3)
    heard = {"integration_id": pager, "delivery": "d1", "user_id": world.users["ben"].id}
    await happened(world, incident, PageHeard(action_id=1, change=PageChange.ACKNOWLEDGED, **heard))
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    answered, unanswered = postmortem.texts("alerts")
    assert answered.endswith("page by Pager: answered by the Incident Commander after 3 min.")
    assert unanswered.endswith("page by Pager: nobody answered it.")
    assert (await kinds_behind(world, postmortem.statements, "alerts"))[0] == ["outward.done", "page.heard"]
    assert any("was answered by nobody" in line for line in postmortem.texts("what_went_badly"))
    lucky = postmortem.texts("where_we_were_lucky")
    assert lucky[0] == "A person noticed it before any alert did: nothing would have told us otherwise."
    assert "although nobody answered a page" in lucky[1]


async def test_the_channel_is_counted_and_what_was_marked_is_referred_to(world):
    incident, slack = await declared(world), await vendor(world, "slack")
    await happened(world, incident, OutwardDone(action_id=1, integration_id=slack, verb=OutwardVerb.OPEN_CHANNEL))
    moment = world.clock.now()
    rows = [
        {
            "incident_id": incident.id,
            "integration_id": slack,
            "channel": "C1",
            "stamp": str(n),
            "posted_at": moment,
            "author": f"U{n % 3}",
            "body": "Ben Silva thinks it is the pool" if n == 0 else "more",
        }
        for n in range(40)
    ]
    async with world.database.unit_of_work() as session:
        await session.execute(insert(ChatMessage), rows)
        message = await session.scalar(select(ChatMessage.id).order_by(ChatMessage.id).limit(1))
        await mark_message(session, world.chi, message=message, author=world.chi, called={})
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    (said,) = (s for s in postmortem.statements if s.text.startswith("In the channel"))
    assert "3 people wrote 40 messages; 1 were put on the timeline. Most was written from" in said.text
    assert said.message_ids == [message]
    (told,) = (s for s in postmortem.statements if s.section == "timeline" and s.message_ids)
    assert "The Incident Commander thinks it is the pool" in told.text, "a name in what was quoted is a role"
    assert "Ben Silva" not in "".join(postmortem.texts("timeline"))


async def test_each_phase_tells_what_was_done_in_it(world):
    incident = await declared(world)
    task = await world.do(add_task, world.ben, incident=incident.reference, title="Look at the pool")
    await world.do(claim_task, world.chi, task=ids.encode("Task", task.id))
    await world.do(complete_task, world.chi, task=ids.encode("Task", task.id))
    await note(world, world.ben, incident, "Rolled back to 4.1", EntryKind.ACTION)
    await resolve(world, incident)
    for _ in range(3):
        await world.do(reopen_incident, world.ben, incident=incident.reference, reason="It came back")
        await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert "Tasks: 1, of them 1 done." in postmortem.texts("response")
    assert "The last action before: Rolled back to 4.1" in postmortem.texts("mitigation")
    assert "It was reopened 3 times." in postmortem.texts("resolution")
    assert len([line for line in postmortem.texts("resolution") if "It came back" in line]) == 3
    assert postmortem.texts("detection")[0] == "2026-11-24 03:04 UTC — reported by a responder."
    assert "From the start of the impact to its detection: 4 min." in postmortem.texts("detection")


async def test_minutes_of_components_are_counted_state_by_state(world):
    incident = await declared(world)
    checkout = ids.encode("Component", world.components["checkout"].id)
    for status, minutes in ((ComponentStatus.MAJOR_OUTAGE, 12), (ComponentStatus.PARTIAL_OUTAGE, 8)):
        said = {"status": PublicStatus.IDENTIFIED, "components": [Said(checkout, status)]}
        await publish(world, world.chi, incident, "…", Audience.PUBLIC, **said)
        world.clock.advance(minutes=minutes)
    await publish(world, world.chi, incident, "Over.", Audience.PUBLIC, status=PublicStatus.RESOLVED)
    await resolve(world, incident)
    told = "On the status page, Checkout had 12 min of major outage, 8 min of partial outage."
    assert told in (await assemble(world, incident.id)).texts("impact")


async def test_a_role_that_was_taken_late_went_badly(world):
    incident = await declared(world)
    world.clock.advance(minutes=30)
    lead = {"incident": incident.reference, "role": "communications_lead", "user": world.id_of("chi")}
    await world.do(assign_role, world.ben, **lead)
    async with world.database.unit_of_work() as session:
        await session.execute(
            text(
                "update severity_version set required_role_ids = (select jsonb_agg(id) from role"
                " where key = 'communications_lead'), fill_roles_within_minutes = 15"
            )
        )
    await resolve(world, incident)
    late = "The role Communications Lead was taken 30 min after the declaration, not within 15 min."
    assert late in (await assemble(world, incident.id)).texts("what_went_badly")


async def test_an_organisation_that_wants_names_gets_them(world):
    await world.do(save_organisation, world.ada, blameless=False)
    incident = await declared(world)
    await note(world, world.ben, incident, "Chi Tran looks at it")
    await resolve(world, incident)
    lines = "\n".join((await assemble(world, incident.id)).texts("timeline"))
    assert "Note by Ben Silva: Chi Tran looks at it" in lines
    assert "Ben Silva took the role Incident Commander." in lines


async def test_an_incident_of_which_nothing_is_known_has_a_postmortem_too(world):
    incident = await resolved(world)
    async with world.database.unit_of_work() as session:
        await session.execute(text("set local session_replication_role = replica"))
        for table in ("event_text", "event_change", "pin"):
            await session.execute(text(f"delete from {table}"))
        await session.execute(text(f"delete from event where incident_id = {incident.id}"))
    postmortem = await assemble(world, incident.id)
    assert all(statement.source_ids for statement in postmortem.statements)
    assert "## Timeline\n\nNothing was recorded." in postmortem.markdown


async def test_a_long_timeline_tells_its_key_moments_and_folds_the_rest(world):
    incident = await declared(world)
    moment = world.clock.now()
    async with world.database.unit_of_work() as session:
        for n in range(400):  # out of order, and many at the same moment
            given = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": f"notiz {n} 你好 مرحبا"}
            await add_entry(session, world.ben, **given, occurred_at=moment.replace(second=59 - n % 60))
    await note(world, world.ben, incident, "We fail over", EntryKind.DECISION, occurred_at=moment)
    await note(world, world.ben, incident, "Keep this one", pinned=True, occurred_at=moment)
    world.clock.advance(minutes=5)
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    lines = postmortem.texts("timeline")
    assert [line[:16] for line in lines] == sorted(line[:16] for line in lines)
    assert len(lines) < 20
    assert any("We fail over" in line for line in lines)
    assert any("Keep this one" in line for line in lines)
    folds = [s for s in postmortem.statements if s.section == "timeline" and "folded: " in s.text]
    assert sum(len(fold.source_ids) for fold in folds) == 400
    assert all("x note" in fold.text for fold in folds)
    again = await assemble(world, incident.id)
    assert [s.text for s in again.statements] == [s.text for s in postmortem.statements]
    assert (await written(world, incident.id)).row.version == 1
