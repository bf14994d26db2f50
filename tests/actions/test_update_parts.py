"""The parts of an update against changes of what they name."""

import asyncio

from sqlalchemy import select

from actions.catalogue.components import save_component
from core.errors import DomainError, ErrorCode
from models.service import Component
from models.words import ComponentStatus
from tests.actions.test_lock_order import blocked
from tests.telling import claims_on, component_id, make_incident, tell


async def test_nothing_is_said_of_a_component_that_is_archived_at_that_moment(world, database):
    await world.do(make_incident, 7)
    async with database.unit_of_work() as session:
        await save_component(session, world.dov, id=component_id(world, "checkout"), archived=True)
        await session.flush()
        telling = asyncio.create_task(tell(world, 7, claims=[("checkout", ComponentStatus.MAJOR_OUTAGE)]))
        await blocked(database, 1)
    (refusal,) = await asyncio.gather(telling, return_exceptions=True)
    assert isinstance(refusal, DomainError)
    assert (refusal.code, refusal.field) == (ErrorCode.INVALID_INPUT, "components.0.component")
    assert await claims_on(world, 7) == {}
    async with database.reading() as reader:
        row = await reader.row(Component, select(Component).where(Component.name == "Checkout"))
    assert (row.archived, row.status) == (True, ComponentStatus.OPERATIONAL)
