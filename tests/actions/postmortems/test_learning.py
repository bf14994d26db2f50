"""What a postmortem offers for learning: hypotheses, promises kept and missed, action items, questions."""

from datetime import date, timedelta

import pytest

from actions.action_items import add_action_item, change_action_item
from actions.linked_changes import link_change
from actions.reminders import sweep_due
from actions.roles import assign_role
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError, ErrorCode
from models.words import (
    ActionItemState,
    EntryKind,
    Visibility,
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


async def test_a_linked_change_stands_where_it_was_made_and_is_a_source(world):
    before = world.clock.now() - timedelta(minutes=3)
    incident = await declared(world)
    change = {"incident": incident.reference, "url": "https://ci.example.org/412", "title": "Release 412 by Chi Tran"}
    await world.do(link_change, world.chi, **change, happened_at=before)
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    said = "Release 412 by a responder"
    assert postmortem.texts("contributing_factors") == [
        f"Changed at 2026-11-24 02:57 UTC: {said} (https://ci.example.org/412)"
    ]
    assert await kinds_behind(world, postmortem.statements, "contributing_factors") == [["change.linked"]]
    first = postmortem.texts("timeline")[0]
    assert first == f"2026-11-24 02:57 UTC — A change was made: “{said}”: https://ci.example.org/412"
    await world.do(
        change_visibility, world.ben, incident=incident.reference, visibility=Visibility.PRIVATE, reason="Security"
    )
    for who, given, code, field in (
        (world.eve, {}, ErrorCode.NOT_FOUND, "incident"),
        (world.ben, {"url": "javascript:alert(1)"}, ErrorCode.INVALID_INPUT, "url"),
        (world.ben, {"url": "https://ci.example.org/\u202e214"}, ErrorCode.INVALID_INPUT, "url"),
        (world.ben, {"title": "a\x00b"}, ErrorCode.INVALID_INPUT, "title"),
        (world.ben, {"happened_at": world.clock.now() + timedelta(hours=1)}, ErrorCode.INVALID_INPUT, "happened_at"),
    ):
        with pytest.raises(DomainError) as refusal:
            await world.do(link_change, who, **{**change, **given})
        assert (refusal.value.code, refusal.value.field) == (code, field)


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
