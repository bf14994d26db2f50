"""Whoever is still needed is not erased: the refusal names every place, of private incidents only that there is one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.action_items import add_action_item, change_action_item
from actions.catalogue.people import save_user
from actions.catalogue.teams import save_team
from actions.erasing.person import erase_person, rehearse_erasure
from actions.paging.sweep import sweep_paging
from actions.reports import report_incident
from actions.roles import assign_role
from actions.schedules.covering import add_override
from actions.schedules.saving import save_schedule
from actions.tasks import add_task, claim_task
from actions.visibility_changes import change_visibility
from actions.workflows.saving import save_workflow
from auth.permission import Permission
from core import ids
from core.errors import DomainError, ErrorCode
from models.words import AccessRole, Visibility
from tests.actions.lifecycle import refused
from tests.actions.paging.calls import declared, policy, step
from tests.actions.schedules.calls import layer, schedule

REASON = "Request 4711"


async def uses(world, person="chi"):
    async with world.database.rehearsal() as session:
        return (await rehearse_erasure(session, world.ada, user=world.id_of(person))).refusals


async def test_every_use_is_named_and_none_is_left_once_others_took_over(world):
    chi = world.id_of("chi")
    incident = await world.do(report_incident, world.ben, title="Odd")
    about = {"incident": incident.reference}
    await world.do(assign_role, world.ada, **about, role="commander", user=chi)
    task = await world.do(add_task, world.ben, **about, title="Look")
    await world.do(claim_task, world.chi, task=ids.encode("Task", task.id))
    item = await world.do(add_action_item, world.ben, title="Mend it", owner="payments", assignee=chi)
    team = ids.encode("Team", world.teams["payments"].id)
    await world.do(save_team, world.dov, id=team, manager=chi)
    plan = await schedule(world, name="Web", layers=[layer(world, "ben", "chi")])
    moment = world.clock.now()
    spell = {"starts_at": moment + timedelta(hours=1), "ends_at": moment + timedelta(hours=2)}
    await schedule(world, name="Data", layers=[layer(world, "ben")])
    await world.do(add_override, world.dov, schedule="Data", user=chi, **spell)
    await policy(world, step(world, "chi"), service=None)
    steps = [{"assign_role": {"role": "scribe", "user": chi}}]
    definition = {"trigger": {"manual": True}, "steps": steps}
    await world.do(save_workflow, world.ada, key="watch", name="Watch", definition=definition)

    found = await uses(world)

    assert found == [
        f"Incident Commander of {incident.reference}",
        f"working on “Look” of {incident.reference}",
        "assignee of “Mend it”",
        "in the schedule Web",
        "on call instead of others in the schedule Data",
        "in the escalation policy Payments",
        "manager of the team Payments",
        "named in the workflow Watch",
    ]
    with pytest.raises(DomainError) as caught:
        await world.do(erase_person, world.ada, user=chi, reason=REASON)
    assert (caught.value.code, caught.value.field) == (ErrorCode.CONFLICT, "user")
    assert all(each in caught.value.message for each in found)

    await world.do(change_action_item, world.ben, action_item=ids.encode("ActionItem", item.id), assignee=None)
    await world.do(save_team, world.dov, id=team, manager=None)
    key = ids.encode("Schedule", plan.id)
    await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "ben")])
    assert "in the schedule Web" not in await uses(world), "who stands in what was is no matter"
    later_on = moment + timedelta(days=3)
    await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "chi")], valid_from=later_on)
    assert "in the schedule Web" in await uses(world), "who is to stand in it is"
    await world.do(save_schedule, world.dov, id=key, archived=True)
    world.clock.advance(hours=3)
    assert "on call instead" not in str(await uses(world)), "it is over"


async def test_who_is_being_paged_is_needed(world):
    await policy(world, step(world, "chi"))
    incident = await declared(world)
    await sweep_paging(world.database)
    assert f"paged for {incident.reference} now" in await uses(world)


async def test_a_private_incident_is_not_named_to_whom_may_not_see_it(world):
    incident = await world.do(report_incident, world.chi, title="A leak")
    about = {"incident": incident.reference}
    await world.do(assign_role, world.chi, **about, role="commander", user=world.id_of("chi"))
    task = await world.do(add_task, world.chi, **about, title="Find out who")
    await world.do(claim_task, world.chi, task=ids.encode("Task", task.id))
    item = {"title": "Tell nobody", "owner": "payments", "assignee": world.id_of("chi")}
    await world.do(add_action_item, world.chi, **about, **item)
    await world.do(change_visibility, world.chi, **about, visibility=Visibility.PRIVATE, reason="Hush")
    found = await uses(world)
    assert found == [
        "Incident Commander of a private incident",
        "working on a task of a private incident",
        "assignee of an item of a private incident",
    ]


async def test_a_limited_credential_erases_no_admin(world):
    await world.do(save_user, world.ada, id=world.id_of("dov"), access_role=AccessRole.ADMIN)
    limited = replace(world.ada, limit=frozenset({Permission.ADMINISTER_PEOPLE}))
    with refused(ErrorCode.FORBIDDEN, None, "can't erase an admin"):
        await world.do(erase_person, limited, user=world.id_of("dov"), reason=REASON)
