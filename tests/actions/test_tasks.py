"""Tasks: one does it, and the others know who."""

import asyncio

import pytest
from sqlalchemy import select

from actions.endings import cancel_incident
from actions.merges import merge_incident
from actions.tasks import add_task, claim_task, complete_task, drop_task, release_task
from auth.actor import Actor
from core import ids
from core.errors import DomainError, ErrorCode
from models.access import ServiceAccount
from models.task import Task
from models.words import AccessRole, ActorKind, Stage, TaskState, Visibility
from tests.actions.lifecycle import declared, incident_in, kinds, last_event, refused, reported

VERBS = (claim_task, release_task, complete_task, drop_task)


async def new_task(world, incident=None, title="Roll back the deploy"):
    incident = incident or await declared(world)
    return await world.do(add_task, world.ben, incident=incident.reference, title=title)


async def do(world, verb, task, actor=None, **fields):
    return await world.do(verb, actor or world.ben, task=ids.encode("Task", task.id), **fields)


async def stored(world, task):
    async with world.database.reading() as reader:
        return await reader.row(Task, select(Task).where(Task.id == task.id))


async def of_incident(world, task):
    return await world.incident((await stored(world, task)).incident_id)


async def test_a_task_is_added_claimed_and_completed(world):
    task = await new_task(world)
    assert (await stored(world, task)).state is TaskState.OPEN
    await do(world, claim_task, task)
    row = await stored(world, task)
    assert (row.state, row.claimed_by_kind, row.claimed_by_id) == (TaskState.CLAIMED, ActorKind.USER, world.ben.id)
    await do(world, complete_task, task)
    row = await stored(world, task)
    assert (row.state, row.claimed_by_id) == (TaskState.DONE, world.ben.id)
    assert row.created_at < row.claimed_at < row.done_at
    incident = await of_incident(world, task)
    assert await kinds(world, incident) == ["incident.declared", "task.added", "task.claimed", "task.completed"]
    assert (await last_event(world, incident)).data == {"task_id": task.id, "title": "Roll back the deploy"}


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({"seconds": 4}, "Ben Silva claimed this 4 s ago."),
        ({"seconds": 119}, "1 min ago"),
        ({"hours": 3}, "3 h ago"),
        ({"days": 2}, "2 d ago"),
    ],
)
async def test_a_second_claim_is_told_who_has_it_and_since_when(world, clock, units, words):
    task = await new_task(world)
    await do(world, claim_task, task)
    clock.advance(**units)
    with refused(ErrorCode.CONFLICT, "task", words):
        await do(world, claim_task, task, world.chi)
    assert (await stored(world, task)).claimed_by_id == world.ben.id


async def test_a_claim_by_a_script_names_the_script(world):
    async with world.database.unit_of_work() as session:
        account = ServiceAccount(name="deploy-bot", access_role="RESPONDER", created_at=world.clock.now())
        session.add(account)
    task = await new_task(world)
    await do(world, claim_task, task, Actor(ActorKind.SERVICE_ACCOUNT, account.id, "x", AccessRole.RESPONDER))
    with refused(ErrorCode.CONFLICT, "task", "deploy-bot claimed this"):
        await do(world, claim_task, task)


async def test_of_twenty_parallel_claims_one_wins_and_the_rest_are_told(world):
    task = await new_task(world)
    actors = [getattr(world, name) for name in ("ada", "ben", "chi", "dov")] * 5
    results = await asyncio.gather(*(do(world, claim_task, task, actor) for actor in actors), return_exceptions=True)
    holder = (await stored(world, task)).claimed_by_id
    for actor, result in zip(actors, results, strict=True):
        if actor.id == holder:  # the holder's own repeats change nothing
            assert not isinstance(result, Exception)
        else:
            assert isinstance(result, DomainError)
            assert result.code is ErrorCode.CONFLICT
    assert (await kinds(world, await of_incident(world, task))).count("task.claimed") == 1


async def test_what_is_so_already_leaves_no_trace(world):
    task = await new_task(world)
    incident = await of_incident(world, task)
    await do(world, release_task, task)
    await do(world, claim_task, task)
    await do(world, claim_task, task)
    await do(world, complete_task, task)
    await do(world, complete_task, task, world.chi)
    dropped = await new_task(world, incident)
    await do(world, drop_task, dropped)
    await do(world, drop_task, dropped, world.chi)
    assert await kinds(world, incident) == [
        "incident.declared",
        "task.added",
        "task.claimed",
        "task.completed",
        "task.added",
        "task.dropped",
    ]


async def test_a_released_task_is_free(world):
    task = await new_task(world)
    await do(world, claim_task, task)
    await do(world, release_task, task)
    row = await stored(world, task)
    assert (row.state, row.claimed_by_kind, row.claimed_by_id, row.claimed_at) == (TaskState.OPEN, None, None, None)
    await do(world, claim_task, task, world.chi)


async def test_what_nobody_held_was_done_by_whoever_says_so(world):
    task = await new_task(world)
    await do(world, complete_task, task, world.chi)
    row = await stored(world, task)
    assert (row.state, row.claimed_by_id, row.claimed_at) == (TaskState.DONE, world.chi.id, row.done_at)


@pytest.mark.parametrize("verb", VERBS)
async def test_nobody_takes_anothers_task_out_of_their_hands(world, verb):
    task = await new_task(world)
    await do(world, claim_task, task)
    for actor in (world.chi, world.dov):
        with refused(ErrorCode.CONFLICT, "task", "Ben Silva claimed this"):
            await do(world, verb, task, actor)
    assert (await stored(world, task)).state is TaskState.CLAIMED


@pytest.mark.parametrize(
    ("verb", "state"),
    [(release_task, TaskState.OPEN), (complete_task, TaskState.DONE), (drop_task, TaskState.DROPPED)],
)
async def test_a_manager_acts_on_behalf_of_the_holder(world, verb, state):
    task = await new_task(world)
    await do(world, claim_task, task)
    await do(world, verb, task, world.dov, user=world.id_of("ben"))
    assert (await stored(world, task)).state is state


async def test_a_manager_gives_a_task_to_somebody(world):
    task = await new_task(world)
    await do(world, claim_task, task, world.dov, user=world.id_of("chi"))
    assert (await stored(world, task)).claimed_by_id == world.chi.id
    event = await last_event(world, await of_incident(world, task))
    assert (event.actor_id, event.data["user_id"]) == (world.dov.id, world.chi.id)


async def test_acting_on_behalf_of_another_needs_the_permission_and_of_oneself_does_not(world):
    task = await new_task(world)
    for verb in VERBS:
        with refused(ErrorCode.FORBIDDEN):
            await do(world, verb, task, world.ben, user=world.id_of("chi"))
    await do(world, claim_task, task, world.ben, user=world.id_of("ben"))
    assert "user_id" not in (await last_event(world, await of_incident(world, task))).data


@pytest.mark.parametrize(("over", "state"), [(complete_task, "done"), (drop_task, "dropped")])
async def test_what_is_over_stays_over(world, over, state):
    task = await new_task(world)
    await do(world, over, task)
    for verb in VERBS:
        if verb is not over:
            with refused(ErrorCode.CONFLICT, "task", f"is {state}"):
                await do(world, verb, task)


async def test_where_nobody_works_tasks_are_finished_but_not_begun(world):
    incident = await declared(world)
    task, other = await new_task(world, incident), await new_task(world, incident)
    await world.do(cancel_incident, world.ben, incident=incident.reference, reason="a false alarm")
    with refused(ErrorCode.CONFLICT, "incident", "cancelled"):
        await new_task(world, incident)
    with refused(ErrorCode.CONFLICT, "task", "cancelled"):
        await do(world, claim_task, task)
    await do(world, complete_task, task)
    await do(world, drop_task, other)


async def test_a_refused_claim_names_the_task_which_is_all_that_its_input_has(world):
    incident = await declared(world)
    task = await new_task(world, incident)
    await world.do(cancel_incident, world.ben, incident=incident.reference, reason="a false alarm")
    with refused(ErrorCode.CONFLICT, "task", incident.reference):
        await do(world, claim_task, task, world.chi)


async def test_a_task_goes_with_its_incident_into_another(world):
    task = await new_task(world)
    source, target = await of_incident(world, task), await declared(world)
    await world.do(merge_incident, world.ben, incident=source.reference, into=target.reference)
    await do(world, claim_task, task)
    assert (await of_incident(world, task)).id == target.id
    assert (await last_event(world, target)).kind == "task.claimed"
    with refused(ErrorCode.CONFLICT, "incident", target.reference):
        await new_task(world, source)


async def test_claims_while_the_incident_is_being_merged_find_the_task(world):
    task = await new_task(world)
    source, target = await of_incident(world, task), await declared(world)
    await asyncio.gather(
        world.do(merge_incident, world.ben, incident=source.reference, into=target.reference),
        *(do(world, claim_task, task, world.chi) for _ in range(5)),
    )
    row = await stored(world, task)
    assert (row.incident_id, row.claimed_by_id) == (target.id, world.chi.id)


async def test_tasks_of_private_incidents_are_for_members(world):
    incident = await declared(world, visibility=Visibility.PRIVATE, members=[world.id_of("dov")])
    task = await new_task(world, incident)
    for verb in VERBS:
        with refused(ErrorCode.NOT_FOUND, "task", "no task"):
            await do(world, verb, task, world.chi)
    with refused(ErrorCode.CONFLICT, "user", "no member"):
        await do(world, claim_task, task, world.dov, user=world.id_of("chi"))
    await do(world, claim_task, task, world.dov, user=world.id_of("ben"))


async def test_refusals(world):
    incident = await reported(world)
    for title in ("", "x" * 201):
        with refused(ErrorCode.INVALID_INPUT, "title"):
            await new_task(world, incident, title)
    for verb in VERBS:
        with refused(ErrorCode.NOT_FOUND, "task"):
            await world.do(verb, world.ben, task=ids.encode("Task", 999))
        with refused(ErrorCode.INVALID_INPUT, "task"):
            await world.do(verb, world.ben, task="7")
    task = await new_task(world, incident)
    for verb in VERBS:
        with refused(ErrorCode.FORBIDDEN):
            await do(world, verb, task, world.eve)
    with refused(ErrorCode.NOT_FOUND, "user"):
        await do(world, claim_task, task, world.dov, user=ids.encode("User", 999))
    merged = await incident_in(world, Stage.MERGED)
    with refused(ErrorCode.CONFLICT, "incident"):
        await new_task(world, merged)
