"""What only the database can decide is refused in words."""

import asyncio

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from actions.catalogue.teams import save_team
from actions.violations import flush, refusal_of
from core.errors import DomainError
from models.person import Team, TeamMember


async def error_of(world, *statements):
    with pytest.raises(DBAPIError) as caught:
        async with world.database.unit_of_work() as session:
            for statement in statements:
                await session.execute(text(statement))
    return refusal_of(caught.value)


async def test_a_slug_taken_at_the_same_time_is_a_conflict(world):
    outcomes = await asyncio.gather(
        *(world.do(save_team, world.dov, slug="data", name="Data") for _ in range(2)), return_exceptions=True
    )
    (refused,) = (outcome for outcome in outcomes if isinstance(outcome, BaseException))
    assert isinstance(refused, DomainError)
    assert (refused.code, refused.field) == ("CONFLICT", "slug")


async def test_a_row_that_points_nowhere_is_a_conflict(world):
    with pytest.raises(DomainError) as caught:
        async with world.database.unit_of_work() as session:
            session.add(TeamMember(team_id=world.teams["payments"].id, user_id=999))
            await flush(session)
    assert caught.value.code == "CONFLICT"


async def test_a_statement_that_takes_too_long_is_a_timeout(world):
    refused = await error_of(world, "set local statement_timeout = '10ms'", "select pg_sleep(5)")
    assert refused is not None
    assert refused.code == "TIMEOUT"
    assert "idempotencyKey" in refused.hint


async def test_a_lock_that_does_not_come_is_a_timeout(world):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Team).values(name="Busy"))
        refused = await error_of(world, "set local lock_timeout = '10ms'", "update team set name = 'Mine'")
    assert refused is not None
    assert refused.code == "TIMEOUT"


async def test_a_deadlock_is_a_conflict_for_one_of_the_two(world):
    both = asyncio.Barrier(2)

    async def rename(first, second):
        async with world.database.unit_of_work() as session:
            for slug in (first, second):
                await session.execute(update(Team).where(Team.slug == slug).values(name=f"Team {first}"))
                if slug == first:
                    await both.wait()

    outcomes = await asyncio.gather(
        rename("payments", "platform"), rename("platform", "payments"), return_exceptions=True
    )
    (error,) = (outcome for outcome in outcomes if outcome is not None)
    refused = refusal_of(error)
    assert refused is not None
    assert refused.code == "CONFLICT"


async def test_a_fault_of_ours_is_no_refusal(world):
    assert await error_of(world, "select nonsense") is None
