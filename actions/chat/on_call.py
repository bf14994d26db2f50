"""Who answers for a service: who is on call, as far as a pager knows, else the team that owns it."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.places import seen
from actions.chat.wishes import Answer
from actions.find import find_service
from actions.outward.on_call import rosters
from actions.record import now
from actions.schedules.own import NAME, own_on_call
from auth.actor import Actor
from core.db import Within
from models.incident import IncidentService
from models.on_call import OnCall, OnCallRoster, for_service, standing
from models.person import Team, TeamMember, User
from models.service import Service

MOST = 10
"""Services and people that an answer lists."""
RECENT = timedelta(minutes=10)
"""What is older is told with its age."""


async def on_call(session: AsyncSession, actor: Actor, service: str | None, reference: str | None) -> Answer:
    """Who answers for a service, for those that an incident touches, or, without either, at all. NOT_FOUND."""
    incident, services = None, []
    if service is not None:
        services = [await find_service(session, service)]
    elif reference is not None:
        incident = await seen(session, actor, reference)
        touched = select(IncidentService.service_id).where(IncidentService.incident_id == incident.id)
        query = select(Service).where(Service.id.in_(touched)).order_by(Service.name)
        services = list(await session.scalars(query.limit(MOST)))
    moment, reader = now(session), Within(session)
    pagers = [(each.name, roster) for each, roster in await rosters(reader) if roster is not None]
    own = await own_on_call(reader, moment)
    told = [*([(NAME, own)] if own else []), *((name, standing(each.people, moment)) for name, each in pagers)]
    if services:
        lines = [await _answers_for(session, each, told, moment) for each in services]
    else:
        lines = _all(own, moment) + _named("On call", told[bool(own) :], moment) or [
            "Name a service, as in “oncall checkout-api”."
        ]
    return Answer("\n".join([*lines, *_doubts(pagers, moment)]), incident)


Told = list[tuple[str, list[OnCall]]]
"""Whom our schedules and each pager name, by what these are called."""


async def _answers_for(session: AsyncSession, service: Service, told: Told, moment: datetime) -> str:
    lines = _named(service.name, told, moment, service.slug, service.name)
    return "\n".join(lines) if lines else await _owner(session, service, asked=bool(told))


def _named(what: str, told: Told, moment: datetime, *names: str) -> list[str]:
    """A line for each that names somebody."""
    found = [(pager, for_service(people, *names)) for pager, people in told]
    return [
        f"{what}: {'; '.join(_person(each, moment) for each in people[:MOST])} ({pager})"
        for pager, people in found
        if people
    ]


def _person(each: OnCall, moment: datetime) -> str:
    if each.until is None:
        return f"{each.name}, {each.rota}"
    until = each.until.astimezone(moment.tzinfo)
    day = "" if until.date() == moment.date() else f"{until:%d %B }".lstrip("0")
    return f"{each.name}, {each.rota}, until {day}{until:%H:%M} UTC"


def _all(own: list[OnCall], moment: datetime) -> list[str]:
    """A line of everybody who is on call by our schedules, for whatever services."""
    each = list({(one.name, one.rota): one for one in own}.values())
    return [f"On call: {'; '.join(_person(one, moment) for one in each[:MOST])} ({NAME})"] if each else []


def _doubts(told: list[tuple[str, OnCallRoster]], moment: datetime) -> list[str]:
    """What is not sure, of each pager that did not answer, or not lately."""
    lines = []
    for pager, roster in told:
        age = moment - roster.as_of if roster.as_of is not None else None
        if roster.error is None and (age is None or age <= RECENT):
            continue
        known = f"What is told of it is {int(age.total_seconds() // 60)} min old." if age is not None else ""
        lines.append(f"{pager} does not say who is on call now. {roster.error or ''} {known}".strip())
    return lines


async def _owner(session: AsyncSession, service: Service, *, asked: bool) -> str:
    """The team that owns a service; `asked`: a pager knows of nobody."""
    owner = await session.get(Team, service.owner_id) if service.owner_id is not None else None
    if owner is None:
        unknown = "no pager names anybody who is on call for it" if asked else "no pager is connected"
        return f"{service.name}: no team owns it, and {unknown}."
    people = await session.scalars(
        select(User.name)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id == owner.id, User.archived_at.is_(None))
        .order_by(User.name)
        .limit(MOST)
    )
    names = ", ".join(people) or "nobody"
    return f"{service.name}: {owner.name} owns it: {names}."
