"""What a postmortem offers for learning: hypotheses, promises kept and missed, action items, questions."""

from datetime import date, timedelta

import pytest

from actions.action_items import add_action_item, change_action_item
from actions.reminders import sweep_due
from actions.roles import assign_role
from core import ids
from models.words import (
    ActionItemState,
    EntryKind,
)
from tests.actions.postmortems.incident import assemble, declared, kinds_behind, note, publish, resolve, resolved


async def test_promises_that_were_all_kept_went_well(world):
    incident = await declared(world)
    for _ in range(2):
        world.clock.advance(minutes=20)
        await publish(world, world.chi, incident, "Still at it")
    await resolve(world, incident, after=timedelta(0))
    assert (await assemble(world, incident.id)).texts("what_went_well") == ["Both promised updates came on time."]


async def test_promises_of_which_one_was_forgotten_did_not_go_well(world):
    incident = await declared(world)
    world.clock.advance(minutes=20)
    await publish(world, world.chi, incident, "Still at it")
    world.clock.advance(hours=2)
    assert await sweep_due(world.database)
    await resolve(world, incident, after=timedelta(0))
    assert "came on time" not in " ".join((await assemble(world, incident.id)).texts("what_went_well"))


async def test_roles_that_were_filled_in_time_went_well(world):
    incident = await declared(world)
    for role, person in (("technical_lead", "chi"), ("communications_lead", "dov")):
        await world.do(assign_role, world.ben, incident=incident.reference, role=role, user=world.id_of(person))
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert "Every required role was filled within 10 min." in postmortem.texts("what_went_well")


async def test_reminders_that_had_to_be_sent_went_badly(world):
    incident = await declared(world)
    world.clock.advance(minutes=11)
    assert await sweep_due(world.database)
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("what_went_badly") == [
        "2026-11-24 03:17 UTC — Still vacant: Technical Lead, Communications Lead."
    ]


async def test_hypotheses_are_offered_as_contributing_factors(world):
    incident = await declared(world)
    await note(world, world.chi, incident, "The pool is too small", EntryKind.HYPOTHESIS)
    await note(world, world.chi, incident, "Just a note")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("contributing_factors") == ["Hypothesis at 2026-11-24 03:06 UTC: The pool is too small"]


async def test_action_items_belong_to_teams(world):
    incident = await resolved(world)
    item = await world.do(
        add_action_item,
        world.chi,
        incident=incident.reference,
        title="Load-test pool sizes",
        owner="payments",
        assignee=world.id_of("chi"),
        due_on=date(2026, 12, 1),
    )
    await world.do(
        change_action_item, world.chi, action_item=ids.encode("ActionItem", item.id), state=ActionItemState.IN_PROGRESS
    )
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("action_items") == [
        "Load-test pool sizes — Payments, priority 3, in progress, due on 2026-12-01."
    ]
    assert await kinds_behind(world, postmortem.statements, "action_items") == [
        ["action_item.added", "action_item.changed"]
    ]


@pytest.mark.parametrize("key", ["contributing_factors", "what_went_well", "what_went_badly", "where_we_were_lucky"])
async def test_what_only_people_know_is_asked_for(world, key):
    section = (await assemble(world, (await resolved(world)).id)).sections[key]
    assert "To fill in:" in section.markdown
    assert "?_" in section.markdown
    assert " who " not in section.markdown.lower()
