"""Who may do what on an incident: by an access role, or by a role on it, as long as that is held."""

from dataclasses import replace

import pytest

from actions.action_items import add_action_item
from actions.alerts.changes import link_alert
from actions.entries import add_entry, pin_event
from actions.merges import merge_incident
from actions.roles import assign_role, relinquish_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.updates import publish_update
from auth.actor import ANONYMOUS
from auth.scope import SCOPES, Scope
from core.errors import ErrorCode
from core.ids import encode
from models.words import Audience, EntryKind, Stage, Visibility
from tests.actions.alerting import Monitor, alerts, firing, id_of
from tests.actions.lifecycle import declared, given, refused
from tests.schema.client import Statements

SAYING = {"audience": Audience.INTERNAL, "body": "We look into it."}


async def led(world, role, person="eve", **fields):
    """An incident on which a person, a viewer, holds a role."""
    return await declared(world, roles=[given(role, world.id_of(person))], **fields)


async def test_the_communications_lead_publishes_there_and_nowhere_else(world):
    own, other = await led(world, "communications_lead"), await declared(world)
    await world.do(publish_update, world.eve, incident=own.reference, **SAYING)
    with refused(ErrorCode.FORBIDDEN, words="communicate"):
        await world.do(publish_update, world.eve, incident=other.reference, **SAYING)
    with refused(ErrorCode.FORBIDDEN, words="command"):
        await world.do(change_severity, world.eve, incident=own.reference, severity="SEV3")


async def test_the_commander_leads_until_the_moment_of_the_hand_over(world):
    own = (await led(world, "commander")).reference
    await world.do(change_severity, world.eve, incident=own, severity="SEV2")
    await world.do(change_stage, world.eve, incident=own, stage=Stage.MITIGATION)
    await world.do(assign_role, world.eve, incident=own, role="scribe", user=world.id_of("dov"))
    task = await world.do(add_task, world.eve, incident=own, title="Look")
    await world.do(claim_task, world.eve, task=encode("Task", task.id), user=world.id_of("chi"))
    await world.do(assign_role, world.eve, incident=own, role="commander", user=world.id_of("chi"))
    for action, fields in ((change_severity, {"severity": "SEV1"}), (add_task, {"title": "More"})):
        with refused(ErrorCode.FORBIDDEN):
            await world.do(action, world.eve, incident=own, **fields)


async def test_whoever_relinquishes_a_role_has_no_more_of_it(world):
    own = (await led(world, "commander")).reference
    await world.do(relinquish_role, world.eve, incident=own, role="commander")
    with refused(ErrorCode.FORBIDDEN):
        await world.do(assign_role, world.eve, incident=own, role="commander", user=world.id_of("eve"))


async def test_any_other_role_lets_its_holder_work(world):
    own = (await led(world, "scribe")).reference
    event = await world.do(add_entry, world.eve, incident=own, kind=EntryKind.NOTE, text="Odd.")
    await world.do(pin_event, world.eve, event=encode("Event", event.id), pinned=True)
    await world.do(add_action_item, world.eve, incident=own, title="Fix", owner="payments")
    with refused(ErrorCode.FORBIDDEN):
        await world.do(add_action_item, world.eve, title="Fix", owner="payments")
    with refused(ErrorCode.FORBIDDEN):
        await world.do(publish_update, world.eve, incident=own, **SAYING)


async def test_a_merge_needs_the_right_on_both(world):
    own, other = (await led(world, "commander")).reference, (await declared(world)).reference
    for source, target in ((own, other), (other, own)):
        with refused(ErrorCode.FORBIDDEN):
            await world.do(merge_incident, world.eve, incident=source, into=target)
    await world.do(assign_role, world.ben, incident=other, role="commander", user=world.id_of("eve"))
    assert (await world.do(merge_incident, world.eve, incident=own, into=other)).stage is Stage.MERGED


async def test_alerts_of_an_incident_are_for_its_roles_and_others_are_not(world):
    own = await led(world, "scribe")
    await (await Monitor.create(world)).sends(firing("a"))
    (alert,) = await alerts(world)
    with refused(ErrorCode.FORBIDDEN):
        await world.do(link_alert, world.eve, alert=id_of(alert), incident=own.reference)
    await world.do(link_alert, world.ben, alert=id_of(alert), incident=own.reference)
    assert (await world.do(link_alert, world.eve, alert=id_of(alert))).incident_id is None


async def test_a_credential_limits_what_a_role_gives(world):
    own = (await led(world, "commander")).reference
    narrow = replace(world.eve, limit=SCOPES[Scope.UPDATES_PUBLISH])
    await world.do(publish_update, narrow, incident=own, **SAYING)
    with refused(ErrorCode.FORBIDDEN):
        await world.do(change_severity, narrow, incident=own, severity="SEV2")


@pytest.mark.parametrize("action", [change_severity, publish_update, merge_incident, add_task])
async def test_refusals_come_in_one_order(world, action):
    hidden = (await declared(world, visibility=Visibility.PRIVATE)).reference
    seen = (await declared(world)).reference
    fields = {
        change_severity: {"severity": "SEV2"},
        publish_update: SAYING,
        merge_incident: {"into": seen},
        add_task: {"title": "Look"},
    }[action]
    for reference in (hidden, seen, "INC-999"):
        with refused(ErrorCode.UNAUTHENTICATED):
            await world.do(action, ANONYMOUS, incident=reference, **fields)
    for person in (world.eve, world.ada):
        for reference in (hidden, "INC-999"):
            with refused(ErrorCode.NOT_FOUND, "incident"):
                await world.do(action, person, incident=reference, **fields)
    with refused(ErrorCode.FORBIDDEN):
        await world.do(action, world.eve, incident=seen, **fields)


async def test_roles_are_looked_up_only_where_the_access_role_does_not_do(world, database):
    own = (await led(world, "commander")).reference
    counts = {}
    for person in (world.ben, world.eve):
        with Statements(database) as statements:
            await world.do(add_entry, person, incident=own, kind=EntryKind.NOTE, text="Odd.")
        counts[person.name] = len(statements.seen)
    assert counts["Eve Novak"] == counts["Ben Silva"] + 1
