"""A request that is sent twice is carried out once (DESIGN §4)."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from actions.catalogue.teams import save_team
from actions.idempotency import Earlier, claim, fingerprint, keep, purge_claims
from auth.actor import ANONYMOUS, SYSTEM
from core.errors import DomainError
from models.idempotency import IdempotencyClaim
from models.person import Team
from models.words import EntryKind


async def save_once(world, actor, key, **request):
    """Save a team as a doorway does: an Earlier if it was done before, else the row's key."""
    async with world.database.unit_of_work() as session:
        earlier = await claim(session, actor, mutation="saveTeam", key=key, request=request)
        if earlier is not None:
            return earlier
        row = await save_team(session, actor, **request)
        await keep(session, row.id)
        return row.id


async def count(world, model):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(model))


async def refusal(work):
    with pytest.raises(DomainError) as caught:
        await work
    return caught.value.code, caught.value.field


async def test_the_same_request_again_gives_the_first_result_and_its_cursor(world):
    before = await count(world, Team)
    key = await save_once(world, world.dov, "k1", slug="data", name="Data")
    (event,) = await world.events(None, "setting.saved")
    assert await save_once(world, world.dov, "k1", slug="data", name="Data") == Earlier(key, event.id)
    assert await count(world, Team) == before + 1
    assert len(await world.events(None, "setting.saved")) == 1


async def test_the_same_key_for_another_request_is_refused(world):
    await save_once(world, world.dov, "k1", slug="data", name="Data")
    assert await refusal(save_once(world, world.dov, "k1", slug="data", name="Other")) == (
        "IDEMPOTENCY_CONFLICT",
        "idempotency_key",
    )


async def test_a_key_belongs_to_one_actor_and_one_mutation(world):
    await save_once(world, world.dov, "k1", slug="data", name="Data")
    assert isinstance(await save_once(world, world.ada, "k1", slug="web", name="Web"), int)
    async with world.database.unit_of_work() as session:
        assert await claim(session, world.dov, mutation="saveRole", key="k1", request={}) is None


async def test_a_refusal_is_not_remembered(world):
    assert await refusal(save_once(world, world.dov, "k1", slug="payments", name="Again")) == ("CONFLICT", "slug")
    assert await count(world, IdempotencyClaim) == 0
    assert isinstance(await save_once(world, world.dov, "k1", slug="data", name="Data"), int)


async def test_twenty_at_the_same_time_have_one_effect(world):
    before = await count(world, Team)
    results = await asyncio.gather(
        *(save_once(world, world.dov, "k1", slug="data", name="Data") for _ in range(20)),
    )
    (first,) = (result for result in results if isinstance(result, int))
    assert [r.entity_id for r in results if isinstance(r, Earlier)] == [first] * 19
    assert len({r.cursor for r in results if isinstance(r, Earlier)}) == 1
    assert await count(world, Team) == before + 1


async def test_the_second_takes_the_place_of_a_first_that_failed(world):
    entered, fail = asyncio.Event(), asyncio.Event()

    async def first():
        async with world.database.unit_of_work() as session:
            await claim(session, world.dov, mutation="saveTeam", key="k1", request={"slug": "data", "name": "Data"})
            entered.set()
            await fail.wait()
            raise RuntimeError

    failing = asyncio.create_task(first())
    await entered.wait()
    second = asyncio.create_task(save_once(world, world.dov, "k1", slug="data", name="Data"))
    fail.set()
    with pytest.raises(RuntimeError):
        await failing
    assert isinstance(await second, int)


async def test_a_key_is_kept_for_24_hours(world, clock):
    await save_once(world, world.dov, "k1", slug="data", name="Data")
    clock.advance(hours=23, minutes=59)
    assert await purge_claims(world.database) == 0
    assert isinstance(await save_once(world, world.dov, "k1", slug="data", name="Data"), Earlier)
    clock.advance(minutes=2)
    assert isinstance(await save_once(world, world.dov, "k1", slug="web", name="Web"), int), "even before the purge"
    clock.advance(hours=24, minutes=1)
    assert await purge_claims(world.database) == 1
    assert await count(world, IdempotencyClaim) == 0


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb", "a\x00b", "\ud800"])
async def test_a_key_has_1_to_200_printable_characters(world, key):
    assert await refusal(save_once(world, world.dov, key, slug="data", name="Data")) == (
        "INVALID_INPUT",
        "idempotency_key",
    )


async def test_a_key_of_200_characters_in_any_script_is_kept(world):
    assert isinstance(await save_once(world, world.dov, "鍵" * 200, slug="data", name="Data"), int)


async def test_nobody_in_particular_has_no_keys(world):
    assert await refusal(save_once(world, ANONYMOUS, "k1", slug="data", name="Data")) == ("UNAUTHENTICATED", None)
    assert await refusal(save_once(world, SYSTEM, "k1", slug="data", name="Data")) == (
        "INVALID_INPUT",
        "idempotency_key",
    )


def test_a_request_has_one_fingerprint_however_it_is_spelt():
    moment = datetime(2026, 11, 24, 3, tzinfo=UTC)
    there = moment.astimezone(timezone(timedelta(hours=9)))
    one = fingerprint({"kind": EntryKind.NOTE, "at": moment, "labels": {"a": "1", "b": "2"}})
    assert one == fingerprint({"labels": {"b": "2", "a": "1"}, "at": there, "kind": "NOTE"})
    assert one != fingerprint({"labels": {"b": "2", "a": "1"}, "at": there, "kind": "ACTION"})
    assert fingerprint({"title": None}) != fingerprint({}), "cleared is not absent"
