"""Who is told of what by mail, who is not, and what holds a mail back after all."""

import pytest
from sqlalchemy import select, text

from actions.declarations import declare_incident
from actions.deliveries import mark_failed, mark_sent
from actions.entries import add_entry
from actions.notices import claim_mail, notify_of
from actions.reminders import sweep_due
from actions.roles import assign_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.updates import edit_update, publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from core import ids
from models.delivery import Delivery
from models.words import Audience, DeliveryState, EntryKind, IncidentKind, PublicStatus, Stage, Visibility


async def told(world, kind):
    """Plan the mails of the newest event of a kind: {template: who}."""
    event = (await world.events(None, kind))[-1]
    await world.do(notify_of, event.id)
    async with world.database.reading() as reader:
        rows = await reader.execute(
            select(Delivery.template, Delivery.to).where(Delivery.event_id == event.id).order_by(Delivery.to)
        )
    return [(template, address.removesuffix("@quillhaven.example")) for template, address in rows]


async def declared(world, actor="ben", **given):
    given = {"title": "Checkout is down", "severity": "SEV2", "services": ["checkout-api"], **given}
    return await world.do(declare_incident, getattr(world, actor), **given)


async def test_all_hands_are_all_people_but_the_one_who_declared(world):
    await declared(world, severity="SEV1")
    assert [name for _, name in await told(world, "incident.declared")] == ["ada", "chi", "dov", "eve"]


async def test_on_call_are_the_teams_that_own_the_services(world):
    await declared(world, "ada")
    assert await told(world, "incident.declared") == [("declared", "ben"), ("declared", "chi")]


async def test_on_call_are_all_responders_where_nobody_owns_the_services(world):
    await declared(world, "ada", services=["search-api"])
    assert [name for _, name in await told(world, "incident.declared")] == ["ben", "chi", "dov"]


async def test_a_severity_that_calls_nobody_mails_nobody(world):
    await world.do(
        lambda session: session.execute(text("update severity_version set pages = 'NOBODY' where name = 'SEV3'"))
    )
    await declared(world, severity="SEV3")
    assert await told(world, "incident.declared") == []


async def test_a_private_incident_calls_its_members_only(world):
    await declared(world, severity="SEV1", visibility=Visibility.PRIVATE, members=[world.id_of("dov")])
    assert await told(world, "incident.declared") == [("declared", "dov")]


async def test_a_backfilled_incident_tells_nobody_anything(world):
    incident = await declared(world, severity="SEV1", kind=IncidentKind.BACKFILLED)
    assert await told(world, "incident.declared") == []
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of("chi"))
    assert await told(world, "role.assigned") == []


async def test_a_drill_tells_the_same_people_as_a_real_one(world):
    await declared(world, "ada", kind=IncidentKind.DRILL)
    assert await told(world, "incident.declared") == [("declared", "ben"), ("declared", "chi")]


async def test_an_archived_person_is_told_nothing(world):
    await world.do(
        lambda session: session.execute(text("update app_user set archived_at = now() where email like 'chi@%'"))
    )
    await declared(world, "ada")
    assert await told(world, "incident.declared") == [("declared", "ben")]


async def test_a_role_is_told_to_its_holder_unless_they_took_it_themselves(world):
    incident = await declared(world)
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben"))
    assert await told(world, "role.assigned") == []
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("dov"))
    assert await told(world, "role.assigned") == [("role_given", "dov")]


async def test_raising_the_severity_tells_whom_it_calls_and_lowering_it_nobody(world):
    incident = await declared(world, severity="SEV3")
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV1")
    assert [name for _, name in await told(world, "incident.severity_changed")] == ["ada", "chi", "dov", "eve"]
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV3")
    assert await told(world, "incident.severity_changed") == []


async def test_updates_are_told_to_those_involved_and_only_if_asked_for(world):
    incident = await declared(world)
    await world.do(
        assign_role, world.ben, incident=incident.reference, role="communications_lead", user=world.id_of("dov")
    )
    said = {"incident": incident.reference, "audience": Audience.INTERNAL}
    update = await world.do(publish_update, world.dov, body="We roll back.", **said)
    assert await told(world, "update.published") == [("update_published", "ben"), ("update_published", "chi")]
    reworded = ids.encode("Update", update.id)
    await world.do(edit_update, world.dov, update=reworded, body="We roll back now.")
    assert await told(world, "update.edited") == []
    await world.do(edit_update, world.dov, update=reworded, body="We have rolled back.", notify=True)
    assert await told(world, "update.edited") == [("update_edited", "ben"), ("update_edited", "chi")]
    await world.do(publish_update, world.dov, body="Quietly.", notify=False, **said)
    assert await told(world, "update.published") == []


async def test_a_public_update_is_told_to_those_involved(world):
    incident = await declared(world)
    await world.do(
        publish_update,
        world.dov,
        incident=incident.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="We look into it.",
    )
    assert [name for _, name in await told(world, "update.published")] == ["ben", "chi"]


async def test_the_resolution_is_told_and_the_mitigation_is_not(world):
    incident = await declared(world)
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.MITIGATION)
    assert await told(world, "incident.stage_changed") == []
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESOLUTION)
    assert await told(world, "incident.stage_changed") == [("resolved", "chi")]


async def test_reminders_go_to_whoever_is_responsible_and_then_up_the_ladder(world):
    incident = await declared(world, severity="SEV1")
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    world.clock.advance(days=1)
    await sweep_due(world.database)
    assert await told(world, "reminder.roles_unfilled") == [("roles_unfilled", "chi")]
    assert await told(world, "reminder.update_overdue") == [("update_overdue", "chi")]


async def test_without_a_commander_a_reminder_goes_to_all_members(world):
    await declared(world, severity="SEV1", members=[world.id_of("eve")])
    world.clock.advance(days=1)
    await sweep_due(world.database)
    assert await told(world, "reminder.roles_unfilled") == [("roles_unfilled", "ben"), ("roles_unfilled", "eve")]


async def test_planning_twice_plans_nothing_twice(world):
    await declared(world, "ada")
    (event,) = await world.events(None, "incident.declared")
    assert await world.do(notify_of, event.id) == 2
    assert await world.do(notify_of, event.id) == 0
    assert len(await world.jobs("mail.send")) == 2


async def test_an_event_that_nobody_is_told_of_plans_nothing(world):
    incident = await declared(world, "ada")
    await world.do(add_entry, world.ada, incident=incident.reference, kind=EntryKind.NOTE, text="all quiet")
    assert await told(world, "entry.added") == []


async def planned(world, person):
    """The delivery to one person, planned and not begun."""
    async with world.database.reading() as reader:
        return await reader.scalar(select(Delivery.id).where(Delivery.user_id == world.users[person].id))


async def ledger(world, key):
    async with world.database.reading() as reader:
        return await reader.row(Delivery, select(Delivery).where(Delivery.id == key))


async def test_someone_who_left_before_the_mail_went_out_gets_none(world):
    await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    await world.do(lambda session: session.execute(text("update app_user set archived_at = now()")))
    assert await world.do(claim_mail, key) is None
    row = await ledger(world, key)
    assert (row.state, row.suppressed_because) == (DeliveryState.SUPPRESSED, "The person is archived.")


async def test_an_incident_made_private_before_the_mail_went_out_is_not_told(world):
    incident = await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    await world.do(
        change_visibility,
        world.ada,
        incident=incident.reference,
        visibility=Visibility.PRIVATE,
        reason="a security incident",
        members=[world.id_of("ada"), world.id_of("dov")],
    )
    assert await world.do(claim_mail, key) is None
    row = await ledger(world, key)
    assert row.state is DeliveryState.SUPPRESSED
    assert "became private" in row.suppressed_because


async def test_an_update_withdrawn_before_the_mail_went_out_is_not_told(world):
    incident = await declared(world)
    update = await world.do(
        publish_update, world.ben, incident=incident.reference, audience=Audience.INTERNAL, body="All is lost."
    )
    await told(world, "update.published")
    key = await planned(world, "chi")
    await world.do(withdraw_update, world.ben, update=ids.encode("Update", update.id), reason="It is not.")
    assert await world.do(claim_mail, key) is None
    assert (await ledger(world, key)).suppressed_because == "The update was withdrawn."


async def test_a_claim_that_is_not_marked_leaves_unknown_and_may_be_claimed_again(world):
    await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    assert await world.do(claim_mail, key) is not None
    assert (await ledger(world, key)).state is DeliveryState.UNKNOWN
    assert await world.do(claim_mail, key) is not None
    assert (await ledger(world, key)).attempts == 2


async def test_what_was_sent_is_not_claimed_again_nor_marked_as_failed(world):
    await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    await world.do(claim_mail, key)
    await world.do(mark_sent, key, "<1@example>")
    assert await world.do(claim_mail, key) is None
    assert await world.do(mark_failed, key, "late", reason="late") is None
    row = await ledger(world, key)
    assert (row.state, row.external_id, row.error) == (DeliveryState.SENT, "<1@example>", None)


async def test_failures_pause_longer_and_longer_and_end_after_three_days_in_an_event(world):
    incident = await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    pauses = []
    for _ in range(4):
        await world.do(claim_mail, key)
        pauses.append(await world.do(mark_failed, key, "451 chi@quillhaven.example busy", reason="the server is busy"))
    assert pauses == sorted(pauses)
    assert (await ledger(world, key)).state is DeliveryState.PENDING
    world.clock.advance(days=3)
    await world.do(claim_mail, key)
    assert await world.do(mark_failed, key, "451 busy", reason="the server is busy") is None
    assert (await ledger(world, key)).state is DeliveryState.FAILED
    (event,) = await world.events(incident.id, "delivery.failed")
    assert event.number is None
    assert event.data == {"delivery_id": key, "channel": "mail", "error": "the server is busy"}


@pytest.mark.parametrize("uncertain", [True, False])
async def test_an_attempt_that_may_have_got_through_stays_unknown(world, uncertain):
    await declared(world, "ada")
    await told(world, "incident.declared")
    key = await planned(world, "chi")
    await world.do(claim_mail, key)
    await world.do(mark_failed, key, "cut off", reason="cut off", uncertain=uncertain)
    assert (await ledger(world, key)).state is (DeliveryState.UNKNOWN if uncertain else DeliveryState.PENDING)
