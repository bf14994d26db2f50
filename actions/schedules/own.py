"""Who is on call by our own schedules, in the words in which pagers tell it (models.on_call)."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select

from actions.schedules.remembering import Turn, on_call
from core.db import Reader
from models.on_call import OnCall
from models.person import User
from models.service import Service

NAME = "Muster"
"""What stands where a pager's name does."""


async def own_on_call(reader: Reader, moment: datetime) -> list[OnCall]:
    """Who is on call by our schedules: for the services of a schedule's team, or, without any, for all others."""
    turns = await on_call(reader, moment)
    if not turns:
        return []
    people = await people_of(reader, turns)
    teams = {turn.team_id for turn in turns if turn.team_id is not None}
    owned: dict[int | None, list[str | None]] = defaultdict(list)
    rows = select(Service.owner_id, Service.slug).where(Service.owner_id.in_(teams), Service.archived_at.is_(None))
    for owner, slug in await reader.execute(rows.order_by(Service.slug)) if teams else ():
        owned[owner].append(slug)
    return [
        OnCall(people[turn.shift.person].name, people[turn.shift.person].email, turn.name, turn.shift.ends_at, service)
        for turn in turns
        for service in owned.get(turn.team_id) or [None]
    ]


async def people_of(reader: Reader, turns: list[Turn]) -> dict[int, User]:
    """Who that is, by key."""
    keys = {turn.shift.person for turn in turns}
    return {row.id: row for row in await reader.rows(User, select(User).where(User.id.in_(keys)))}
