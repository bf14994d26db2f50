"""Who tries what the tests of rights ask for, and in which role on the incident."""

from dataclasses import replace

from sqlalchemy import select

from auth.actor import Actor
from auth.scope import SCOPES, Scope
from models.role import Role, RoleAssignment
from models.words import AccessRole, ActorKind
from tests.effort import effort

ROLES = (None, "commander", "communications_lead", "scribe")


async def give(world, actor, role, *incidents):
    """Let a person hold one role, or none, on some incidents, whatever their stage."""
    async with world.database.unit_of_work() as session:
        for held in await session.scalars(select(RoleAssignment)):
            await session.delete(held)
        await session.flush()
        if role is None:
            return
        key = await session.scalar(select(Role.id).where(Role.key == role))
        for incident in incidents:
            made = {"role_id": key, "user_id": actor.id, "assumed_at": world.clock.now()}
            session.add(RoleAssignment(incident_id=incident.id, **made))


TURNS = 4
"""One in so many people tries at each stage, and others at the next; in a proof everybody tries at each."""


def people(world, turn):
    """Who tries, and in which role on the incident."""
    narrow = replace(world.ben, limit=frozenset(SCOPES[Scope.UPDATES_PUBLISH]))
    reading = replace(world.eve, limit=frozenset(SCOPES[Scope.INCIDENTS_READ]))
    speaking = replace(world.eve, limit=frozenset(SCOPES[Scope.UPDATES_PUBLISH]))
    script = Actor(ActorKind.SERVICE_ACCOUNT, 1, "Script", AccessRole.VIEWER)
    everybody = [
        *((world.eve, role) for role in ROLES),
        *((who, None) for who in (world.ben, world.dov, world.ada, narrow, script)),
        *((reading, "commander"), (speaking, "commander"), (narrow, "scribe")),
    ]
    return effort(everybody[turn % TURNS :: TURNS], everybody)
