"""Overrides: who may put whom on call, what the past keeps, and swapping shifts."""

from datetime import timedelta

import pytest

from actions.schedules.covering import add_override, remove_override, swap_shifts
from actions.schedules.saving import save_schedule
from core import ids
from core.errors import DomainError, ErrorCode
from tests.actions.schedules.calls import called, layer, schedule, shifts_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def refused(awaited):
    with pytest.raises(DomainError) as error:
        await awaited
    return error.value.code, error.value.field


async def test_people_cover_for_others_and_hand_over_their_own(world, clock):
    began = clock.now()
    row = await schedule(world, "ben", team="platform")

    def add(actor, **given):
        return world.do(add_override, actor, **{"schedule": "primary", "ends_at": clock.now() + HOUR, **given})

    mine = await add(world.chi, user=world.id_of("chi"), starts_at=began - HOUR, reason="Ben is at the dentist")
    assert await called(world) == {"Primary": "chi"}
    forbidden = (ErrorCode.FORBIDDEN, None)
    assert await refused(add(world.ben, user=world.id_of("ada"))) == forbidden, "it is chi's by now"
    assert await refused(add(world.ben)) == forbidden
    own = {"starts_at": began + 2 * HOUR, "ends_at": began + 3 * HOUR}
    assert await refused(add(world.ben, **own)) == forbidden, "nobody at all is for those who keep the schedule"
    assert await refused(add(world.eve, user=world.id_of("eve"))) == forbidden
    await add(world.ben, user=world.id_of("ada"), **own)
    await add(world.dov, starts_at=began + 2.5 * HOUR, ends_at=began + 2.75 * HOUR)
    await world.do(save_schedule, world.dov, id=ids.encode("Schedule", row.id), team="payments")
    await add(world.chi, user=world.id_of("dov"), starts_at=began + 5 * HOUR, ends_at=began + 6 * HOUR)
    found = [
        (who, round((since - began) / HOUR, 3))
        for who, since, _ in await shifts_of(world, row, began, began + 6 * HOUR)
    ]
    assert found == [("chi", 0), ("ben", 1), ("ada", 2), ("ada", 2.75), ("ben", 3), ("dov", 5)]
    clock.advance(minutes=30)
    ended = await world.do(remove_override, world.chi, override=ids.encode("ScheduleOverride", mine.id))
    assert (ended.ends_at < clock.now(), await called(world)) == (True, {"Primary": "ben"})
    assert await called(world, began + HOUR / 4) == {"Primary": "chi"}
    gone = remove_override, world.dov
    assert (await refused(world.do(*gone, override=ids.encode("ScheduleOverride", mine.id))))[0] is ErrorCode.CONFLICT
    assert (await refused(world.do(*gone, override=ids.encode("ScheduleOverride", 999))))[0] is ErrorCode.NOT_FOUND
    events = [event.kind for event in await world.events() if event.kind.startswith("schedule.")]
    assert events == ["schedule.override_added"] * 4 + ["schedule.override_removed"]


async def test_what_an_override_may_not_be(world, clock):
    moment = clock.now()
    await schedule(world, "ben")

    def add(**given):
        return world.do(add_override, world.dov, **{"schedule": "Primary", "user": world.id_of("chi"), **given})

    invalid = (ErrorCode.INVALID_INPUT, "ends_at")
    assert await refused(add(starts_at=moment - 2 * DAY, ends_at=moment - DAY)) == invalid
    assert await refused(add(starts_at=moment + DAY, ends_at=moment)) == invalid
    assert await refused(add(ends_at=moment + 400 * DAY)) == invalid
    assert await refused(add(schedule="None", ends_at=moment + DAY)) == (ErrorCode.NOT_FOUND, "schedule")
    later = await add(starts_at=moment + HOUR, ends_at=moment + DAY)
    taken_back = await world.do(remove_override, world.chi, override=ids.encode("ScheduleOverride", later.id))
    assert taken_back.removed_at
    assert await called(world, moment + 2 * HOUR) == {"Primary": "ben"}


async def test_two_people_swap_their_shifts(world, clock):
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    row = await schedule(world, layers=[layer(world, "ben", "chi", start=midnight.date())])
    swap = {"schedule": "Primary", "starts_at": midnight, "ends_at": midnight + DAY}
    swap |= {"other_starts_at": midnight + DAY, "other_ends_at": midnight + 2 * DAY}
    assert await refused(world.do(swap_shifts, world.ada, **swap | {"other_ends_at": midnight + 3 * DAY})) == (
        ErrorCode.CONFLICT,
        "other_starts_at",
    )
    same = {"other_starts_at": midnight + 2 * DAY, "other_ends_at": midnight + 3 * DAY}
    assert (await refused(world.do(swap_shifts, world.ben, **swap | same)))[0] is ErrorCode.CONFLICT
    overlap = {"other_starts_at": midnight + HOUR}
    assert (await refused(world.do(swap_shifts, world.ben, **swap | overlap)))[0] is ErrorCode.INVALID_INPUT
    await world.do(swap_shifts, world.chi, **swap)
    found = [who for who, *_ in await shifts_of(world, row, midnight, midnight + 3 * DAY)]
    assert found == ["chi", "ben", "ben"]
