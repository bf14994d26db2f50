"""Whom the steps of a policy page, as keys of people: worked out once, when paging begins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.recipients import admitted, present
from actions.schedules.remembering import on_call
from core.db import Reader, Within
from models.incident import Incident, IncidentService
from models.paging.policy import Escalation, Target
from models.paging.words import TargetKind
from models.person import Team, User
from models.service import Service
from models.words import AccessRole

Plan = dict[str, Any]


async def plan_of(
    session: AsyncSession,
    incident: Incident | None,
    escalation: Escalation,
    team_id: int | None,
    moment: datetime,
    *,
    service_id: int | None = None,
) -> Plan:
    """The steps with who is to be paged by each, and the last resort; people stand once in a step.

    Without an incident, for alerts alone, `service_id` is the service that they are of.
    """
    reader = Within(session)
    steps = [
        {"after_minutes": step.after_minutes, "user_ids": await people_of(reader, step.targets, moment)}
        for step in escalation.steps
    ]
    last = await people_of(reader, escalation.last_resort, moment) or await _managers(
        session, incident, team_id, service_id
    )
    return {"steps": steps, "repeat": escalation.repeat, "last_resort": last or await _admins(session)}


async def people_of(reader: Reader, targets: Sequence[Target], moment: datetime) -> list[int]:
    """The keys of the people whom targets stand for at a moment, each once, in order. Empty: nobody is on call."""
    found: list[int] = []
    for target in targets:
        if target.kind is TargetKind.PERSON:
            found.append(target.key)
        elif target.kind is TargetKind.SCHEDULE:
            found += [turn.shift.person for turn in await on_call(reader, moment, [target.key])]
        else:
            manager = select(Team.manager_id).where(Team.id == target.key, Team.archived_at.is_(None))
            found += [row.manager_id for row in await reader.execute(manager) if row.manager_id is not None]
    return list(dict.fromkeys(found))


async def reachable(session: AsyncSession, incident: Incident | None, keys: Sequence[int]) -> list[int]:
    """Those of some people who work here still and may see the incident, in the order given; all may see alerts."""
    may = [admitted(incident)] if incident is not None else []
    known = set(await session.scalars(select(User.id).where(User.id.in_(keys), present(), *may)))
    return [key for key in keys if key in known]


async def _managers(
    session: AsyncSession, incident: Incident | None, team_id: int | None, service_id: int | None
) -> list[int]:
    """The managers of the policy's team and of the teams that own the services."""
    owning = select(Service.owner_id).where(Service.id == service_id)
    if incident is not None:
        of = select(Service.owner_id).join(IncidentService, IncidentService.service_id == Service.id)
        owning = of.where(IncidentService.incident_id == incident.id)
    theirs = Team.id.in_(owning) | (Team.id == team_id)
    managers = select(Team.manager_id).where(theirs, Team.archived_at.is_(None), Team.manager_id.is_not(None))
    return await reachable(session, incident, list(dict.fromkeys(await session.scalars(managers.order_by(Team.id)))))


async def _admins(session: AsyncSession) -> list[int]:
    admins = select(User.id).where(User.access_role == AccessRole.ADMIN, present()).order_by(User.id)
    return list(await session.scalars(admins))
