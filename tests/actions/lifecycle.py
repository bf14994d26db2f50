"""Incidents in every stage, made by the actions that lead there, and what tests ask of them."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from actions.endings import cancel_incident, decline_incident
from actions.merges import merge_incident
from actions.reports import acknowledge_incident, report_incident
from actions.stages import change_stage
from auth.visibility import visible_to
from core.errors import DomainError
from models.incident import Incident, IncidentMember
from models.role import Role
from models.words import Stage

TITLE = "Checkout is down"


@contextmanager
def refused(code, field=None, words=""):
    """The block ends in a refusal with this code, on this field, whose message and hint hold these words."""
    with pytest.raises(DomainError) as caught:
        yield
    error = caught.value
    assert (error.code, error.field) == (code, field), error.message
    assert words in f"{error.message} {error.hint}", f"{error.message} {error.hint}"
    assert error.hint


def given(role, user):
    """A role to be given out on declaration."""
    return SimpleNamespace(role=role, user=user)


async def kinds(world, incident):
    """The kinds of an incident's events, in order."""
    return [event.kind for event in await world.events(incident.id)]


async def last_event(world, incident):
    return (await world.events(incident.id))[-1]


async def member_ids(world, incident):
    """The people who are members, in the order in which they became it."""
    async with world.database.reading() as reader:
        rows = await reader.execute(
            select(IncidentMember.user_id)
            .where(IncidentMember.incident_id == incident.id, IncidentMember.user_id.is_not(None))
            .order_by(IncidentMember.id)
        )
    return [row.user_id for row in rows]


async def members(world, incident):
    """The same by the names that the world gives them."""
    names = {user.id: name for name, user in world.users.items()}
    return [names[key] for key in await member_ids(world, incident)]


async def role_ids(world, *keys):
    async with world.database.reading() as reader:
        rows = await reader.execute(select(Role.key, Role.id))
    by_key = {row.key: row.id for row in rows}
    return [by_key[key] for key in keys]


async def can_see(world, actor, incident):
    async with world.database.reading() as reader:
        return bool(await reader.scalar(select(Incident.id).where(Incident.id == incident.id, visible_to(actor))))


async def reported(world, actor=None, **fields):
    return await world.do(report_incident, actor or world.ben, **{"title": TITLE, **fields})


async def declared(world, actor=None, **fields):
    return await world.do(declare_incident, actor or world.ben, **{"title": TITLE, "severity": "SEV1", **fields})


async def move_to(world, incident, *stages):
    for stage in stages:
        await world.do(change_stage, world.ben, incident=incident.reference, stage=stage)


WAYS = {
    Stage.RESPONSE: (),
    Stage.MITIGATION: (Stage.MITIGATION,),
    Stage.RESOLUTION: (Stage.RESOLUTION,),
    Stage.POSTMORTEM: (Stage.RESOLUTION, Stage.POSTMORTEM),
    Stage.CLOSED: (Stage.RESOLUTION, Stage.CLOSED),
}


async def incident_in(world, stage):
    """An incident in a stage, as it is in the database."""
    if stage in WAYS:
        incident = await declared(world)
        await move_to(world, incident, *WAYS[stage])
    else:
        incident = await reported(world)
        if stage is Stage.TRIAGE:
            await world.do(acknowledge_incident, world.ben, incident=incident.reference)
        elif stage is Stage.DECLINED:
            await world.do(decline_incident, world.ben, incident=incident.reference, reason="a false alarm")
        elif stage is Stage.CANCELLED:
            await world.do(cancel_incident, world.ben, incident=incident.reference, reason="a test")
        elif stage is Stage.MERGED:
            target = await reported(world)
            await world.do(merge_incident, world.ben, incident=incident.reference, into=target.reference)
    found = await world.incident(incident.id)
    assert found.stage is stage
    return found
