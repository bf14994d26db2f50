"""Keeping schedules: versions in time, what is refused, and people who leave."""

from datetime import date, timedelta

import pytest

from actions.catalogue.people import save_user
from actions.schedules.saving import save_schedule
from core import ids
from core.errors import DomainError, ErrorCode
from models.schedule.words import RotationKind
from tests.actions.schedules.calls import called, layer, schedule, shifts_of

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def test_an_edit_holds_from_now_or_later_and_never_before(world, clock):
    began = clock.now()
    row = await schedule(world, "ben", team="payments")
    key = ids.encode("Schedule", row.id)
    assert await called(world) == {"Primary": "ben"}
    clock.advance(days=1)
    swapped = clock.now()
    await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "chi")], expected_version=1)
    assert (await called(world), await called(world, began + MINUTE)) == ({"Primary": "chi"}, {"Primary": "ben"})
    later = clock.now() + 2 * DAY
    await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "ada")], valid_from=later)
    span = (began, began + 5 * DAY)
    people = [who for who, *_ in await shifts_of(world, row, *span)]
    assert list(dict.fromkeys(people)) == ["ben", "chi", "ada"]
    row = await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "dov")])
    people = [who for who, *_ in await shifts_of(world, row, *span)]
    assert list(dict.fromkeys(people)) == ["ben", "dov"], (
        "what was to come is superseded, what began at once never held"
    )
    assert (await shifts_of(world, row, began, swapped))[-1][2] == swapped
    assert row.version == 4
    again = await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "dov")], name="First")
    assert (again.version, await called(world)) == (5, {"First": "dov"})
    await world.do(save_schedule, world.dov, id=key, archived=True)
    assert (await called(world), await called(world, began)) == ({}, {})
    assert clock.now() - (await shifts_of(world, row, *span))[-1][2] < MINUTE


async def test_who_left_is_on_call_no_more_and_may_stay_in_the_list(world, clock):
    row = await schedule(world, layers=[layer(world, "ben"), layer(world, "chi", name="below", end=date(2040, 1, 1))])
    assert await called(world) == {"Primary": "ben"}
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    assert (await called(world), await called(world, clock.now() - DAY)) == ({"Primary": "chi"}, {})
    key = ids.encode("Schedule", row.id)
    await world.do(save_schedule, world.dov, id=key, layers=[layer(world, "ben")])
    assert await called(world) == {}
    with pytest.raises(DomainError, match="is archived") as refused:
        await schedule(world, "ben", name="Second")
    assert refused.value.field == "layers.0.participants.0"


WRONG = [
    ({"zone": "Europe/Bielefeld"}, "zone"),
    ({"country": "XX"}, "country"),
    ({"country": "DE", "part": "XX"}, "part"),
    ({"part": "BY"}, "part"),
    ({"free_days": [{"day": date(1066, 10, 14), "name": "Hastings"}]}, "free_days.0.day"),
    ({"free_days": [{"day": date(2026, 12, 24), "name": " "}]}, "free_days.0.name"),
    ({"layers": [{"name": "x"}]}, "layers.0.start"),
    ({"name": ""}, "name"),
    ({"team": "nobodies"}, "team"),
]
WRONG_LAYERS = [
    ({"name": ""}, "name"),
    ({"length": 0}, "length"),
    ({"length": 367}, "length"),
    ({"hand_over": "25:00"}, "hand_over"),
    ({"hand_over": "9"}, "hand_over"),
    ({"weekday": 1}, "weekday"),
    ({"kind": RotationKind.MONTHLY, "day": 32}, "day"),
    ({"end": date(2025, 1, 1)}, "end"),
    ({"participants": ["x"]}, "participants.0"),
    ({"participants": [ids.encode("User", 999)]}, "participants.0"),
    ({"windows": [{"start": "09:00", "end": "x"}]}, "windows.0.end"),
    ({"windows": [{"start": "09:00", "end": "10:00", "days": [8]}]}, "windows.0.days.0"),
    ({"windows": [{"start": "09:00", "end": "10:00", "until_day": 1}]}, "windows.0.until_day"),
]


async def test_what_is_wrong_is_named(world, clock):
    row = await schedule(world, name="Taken")
    for given, field in WRONG:
        with pytest.raises(DomainError) as refused:
            await world.do(save_schedule, world.dov, **{"name": "New", "layers": [], **given})
        assert (refused.value.field, bool(refused.value.hint)) == (field, True)
    for given, field in WRONG_LAYERS:
        with pytest.raises(DomainError) as refused:
            await schedule(world, name="New", layers=[layer(world, "ben", **given)])
        assert (refused.value.field, bool(refused.value.hint)) == (f"layers.0.{field}", True)
    with pytest.raises(DomainError, match="Two layers are called") as refused:
        await schedule(world, name="New", layers=[layer(world, "ben"), layer(world, "chi", name="FIRST")])
    with pytest.raises(DomainError, match="has passed"):
        await schedule(world, name="New", valid_from=clock.now() - DAY)
    with pytest.raises(DomainError, match="Another schedule has this name"):
        await schedule(world, name="taken")
    with pytest.raises(DomainError) as refused:
        await world.do(save_schedule, world.dov, id=ids.encode("Schedule", row.id), name="x", expected_version=7)
    assert refused.value.code is ErrorCode.VERSION_CONFLICT
    with pytest.raises(DomainError) as refused:
        await world.do(save_schedule, world.ben, name="Mine")
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert await called(world) == {}
