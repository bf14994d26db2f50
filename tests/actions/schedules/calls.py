"""Schedules as tests write them, and who is on call by them."""

from datetime import date, timedelta

from actions.schedules.reading import rotas
from actions.schedules.remembering import on_call
from actions.schedules.saving import save_schedule
from models.schedule.words import RotationKind

MOMENT = timedelta(seconds=1)
"""The clock of tests moves on by a microsecond with each look at it."""


def layer(world, *people, **given):
    """A layer whose people take a day each, from 2026-01-01 on at 00:00."""
    turns = {"name": "first", "kind": RotationKind.DAILY, "start": date(2026, 1, 1), "hand_over": "00:00"}
    return {**turns, "participants": [world.id_of(person) for person in people], **given}


async def schedule(world, *people, name="Primary", zone="UTC", **given):
    layers = given.pop("layers", None) or [layer(world, *people)]
    return await world.do(save_schedule, world.dov, name=name, zone=zone, layers=layers, **given)


async def called(world, moment=None):
    """Names of schedules, and of who is on call by them."""
    names = {row.id: key for key, row in world.users.items()}
    async with world.database.reading() as reader:
        found = await on_call(reader, moment or world.clock.now())
    return {turn.name: names[turn.shift.person] for turn in found}


async def shifts_of(world, row, since, until):
    names = {user.id: key for key, user in world.users.items()}
    async with world.database.reading() as reader:
        rota = (await rotas(reader, [row.id], since, until))[0]
    found = [(names[each.person], each.starts_at, each.ends_at) for each in rota.shifts(since, until)]
    return [each for each in found if each[2] - each[1] > MOMENT]
