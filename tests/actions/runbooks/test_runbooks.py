"""Runbooks: kept by managers, offered where they fit, and worked by as they read when they were opened."""

import asyncio

import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from actions.merges import merge_incident
from actions.narrate import sentences
from actions.runbooks.opening import MOST, fitting, open_runbook
from actions.runbooks.saving import save_runbook
from actions.stages import change_stage
from actions.tasks import add_task, complete_task
from core.errors import DomainError
from core.ids import encode
from models.runbook import OpenedRunbook
from models.task import Task
from models.words import Stage, Visibility

BODY = "Breathe.\n\n- [ ] Look at the queue\n- [ ] Restart the worker"


async def save(world, name="Slow checkout", who="dov", **given):
    row = await world.do(save_runbook, getattr(world, who), **{"name": name, "body": BODY, **given})
    return encode("Runbook", row.id)


async def declare(world, **given):
    made = await world.do(declare_incident, world.ben, **{"title": "Slow", "severity": "SEV1", **given})
    return made.reference


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    return caught.value.code, caught.value.field


async def tasks(world):
    async with world.database.reading() as reader:
        return [row.title for row in await reader.rows(Task, select(Task).order_by(Task.id))]


async def offered(world, reference):
    async with world.database.unit_of_work() as session:
        return [row.name for row in await session.scalars(fitting(int(reference[4:])))]


async def test_its_checks_become_tasks_and_the_timeline_says_so(world):
    book, ref = await save(world), await declare(world)
    opened = await world.do(open_runbook, world.chi, incident=ref, runbook=book)
    assert (opened.name, opened.version, opened.body) == ("Slow checkout", 1, BODY)
    assert await tasks(world) == ["Look at the queue", "Restart the worker"]
    (told,) = await world.events(int(ref[4:]), "runbook.opened")
    async with world.database.reading() as reader:
        assert await sentences(reader, [told]) == ["Chi Tran opened the runbook Slow checkout."]
    assert len(await world.events(int(ref[4:]), "task.added")) == 2


async def test_opened_again_it_stays_as_it_is(world):
    book, ref = await save(world), await declare(world)
    first = await world.do(open_runbook, world.ben, incident=ref, runbook="slow CHECKOUT")
    await save(world, id=book, body="- [ ] Something else", name="Renamed")
    again = await world.do(open_runbook, world.chi, incident=ref, runbook=book)
    assert (again.id, again.body, again.name, again.version) == (first.id, BODY, "Slow checkout", 1)
    assert len(await tasks(world)) == 2
    async with world.database.reading() as reader:
        assert len(await reader.rows(OpenedRunbook, select(OpenedRunbook))) == 1


async def test_ten_at_once_open_it_once(world):
    book, ref = await save(world), await declare(world)
    at_once = [world.do(open_runbook, world.ben, incident=ref, runbook=book) for _ in range(10)]
    assert len({row.id for row in await asyncio.gather(*at_once)}) == 1
    assert len(await tasks(world)) == 2


async def test_what_is_open_already_is_no_second_task_but_what_is_done_is(world):
    book, ref = await save(world), await declare(world)
    await world.do(add_task, world.ben, incident=ref, title="look at the QUEUE")
    done = await world.do(add_task, world.ben, incident=ref, title="Restart the worker")
    await world.do(complete_task, world.ben, task=encode("Task", done.id))
    await world.do(open_runbook, world.ben, incident=ref, runbook=book)
    assert await tasks(world) == ["look at the QUEUE", "Restart the worker", "Restart the worker"]


async def test_the_closest_are_offered_first_and_those_for_others_not(world):
    for name, given in {
        "Any": {},
        "Of SEV1": {"severity": "SEV1"},
        "Of SEV2": {"severity": "sev2"},
        "Checkout": {"service": "checkout-api"},
        "Checkout SEV1": {"service": "checkout-api", "severity": "SEV1"},
        "Search": {"service": "search-api"},
    }.items():
        await save(world, name, **given)
    gone = await save(world, "Gone")
    await save(world, "Gone", id=gone, archived=True)
    ref = await declare(world, services=["checkout-api"])
    assert await offered(world, ref) == ["Checkout SEV1", "Checkout", "Of SEV1", "Any"]
    assert await offered(world, await declare(world, severity="SEV3")) == ["Any"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "INVALID_INPUT", "name"),
        ({"body": ""}, "INVALID_INPUT", "body"),
        ({"body": "x" * 20_001}, "INVALID_INPUT", "body"),
        ({"body": "- [ ] " + "x" * 201}, "INVALID_INPUT", "body"),
        ({"service": "nowhere"}, "NOT_FOUND", "service"),
        ({"severity": "SEV9"}, "NOT_FOUND", "severity"),
        ({"id": encode("Runbook", 99)}, "NOT_FOUND", "id"),
        ({"name": "SLOW checkout"}, "CONFLICT", "name"),
    ],
)
async def test_what_is_no_runbook_is_refused_by_field(world, given, code, field):
    await save(world)
    assert await refusal(save(world, **{"name": "Another", **given})) == (code, field)


async def test_edits_of_what_was_edited_meanwhile_are_refused(world):
    book = await save(world)
    await save(world, id=book, body="Anew.", expected_version=1)
    assert await refusal(save(world, id=book, body="Older.", expected_version=1)) == (
        "VERSION_CONFLICT",
        "expected_version",
    )
    assert await refusal(save(world, who="ben")) == ("FORBIDDEN", None)


async def test_what_can_not_be_opened_is_refused(world):
    book, ref = await save(world), await declare(world)
    assert await refusal(world.do(open_runbook, world.eve, incident=ref, runbook=book)) == ("FORBIDDEN", None)
    for unknown in ("No such", "\x00", encode("Runbook", 99), encode("Task", 1)):
        assert await refusal(world.do(open_runbook, world.ben, incident=ref, runbook=unknown)) == (
            "NOT_FOUND",
            "runbook",
        )
    secret = await declare(world, visibility=Visibility.PRIVATE)
    assert await refusal(world.do(open_runbook, world.chi, incident=secret, runbook=book)) == ("NOT_FOUND", "incident")
    await save(world, id=book, archived=True)
    assert await refusal(world.do(open_runbook, world.ben, incident=ref, runbook=book)) == ("INVALID_INPUT", "runbook")


async def test_nobody_begins_to_work_by_one_when_it_is_over(world):
    book, ref, other = await save(world), await declare(world), await declare(world)
    await world.do(merge_incident, world.ben, incident=other, into=ref)
    assert await refusal(world.do(open_runbook, world.ben, incident=other, runbook=book)) == ("CONFLICT", "incident")
    for stage in (Stage.MITIGATION, Stage.RESOLUTION, Stage.CLOSED):
        await world.do(change_stage, world.ben, incident=ref, stage=stage)
    assert await refusal(world.do(open_runbook, world.ben, incident=ref, runbook=book)) == ("CONFLICT", "incident")


async def test_an_incident_is_worked_by_twenty_at_most(world):
    ref = await declare(world)
    for n in range(MOST):
        await save(world, f"Book {n}", body="Read.")
        await world.do(open_runbook, world.ben, incident=ref, runbook=f"Book {n}")
    await save(world, "One more")
    assert await refusal(world.do(open_runbook, world.ben, incident=ref, runbook="One more")) == ("CONFLICT", "runbook")
