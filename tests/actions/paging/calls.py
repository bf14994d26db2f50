"""Escalation policies as tests write them, and what became of the pages."""

from sqlalchemy import select

from actions.catalogue.services import save_service
from actions.declarations import declare_incident
from actions.paging.given import Then, Whom
from actions.paging.policies import save_escalation_policy
from actions.paging.sweep import sweep_paging
from core import ids
from models.paging.run import Page, PageAttempt, PagingRun
from tests.jobs.inline import run_jobs


def step(world, *people, minutes=5, **others):
    named = [Whom(person=world.id_of(person)) for person in people]
    return Then(minutes, named + [Whom(**{kind: key}) for kind, key in others.items()])


async def policy(world, *steps, name="Payments", service="checkout-api", **given):
    """A policy, which pages for a service."""
    saved = await world.do(save_escalation_policy, world.dov, name=name, steps=list(steps), **given)
    if service is not None:
        row = world.services[service]
        await world.do(save_service, world.dov, id=ids.encode("Service", row.id), escalation_policy=name)
    return saved


async def declared(world, actor="ada", **given):
    given = {"title": "Checkout is down", "severity": "SEV2", "services": ["checkout-api"], **given}
    return await world.do(declare_incident, getattr(world, actor), **given)


async def pages(world):
    """(who, step, state) of each page, in order."""
    names = {row.id: key for key, row in world.users.items()}
    return [(names[page.user_id], page.step, page.state.value) for page in await rows(world, Page)]


async def rows(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).order_by(model.id))


async def runs(world):
    return [run.state.value for run in await rows(world, PagingRun)]


async def attempts(world):
    return [attempt.state.value for attempt in await rows(world, PageAttempt)]


async def later(world, **units):
    """Some time goes by, and what became due is done."""
    world.clock.advance(**units)
    await sweep_paging(world.database)
    return await run_jobs(world.database)
