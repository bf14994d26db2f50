"""Who is on call, as pagers told it last: read, never asked for here, where a snapshot is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from actions.outward.vendors import Port, ports_of
from models.integration import Integration
from models.on_call import OnCall, OnCallRoster, standing
from models.person import User
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is on call."""

    name: str
    email: str | None
    user_id: int | None
    rota: str
    service: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Roster:
    """What a pager told last."""

    people: list[Person]
    as_of: datetime | None
    age: int | None
    error: str | None


async def on_call(ctx: Context, rows: Sequence[Integration]) -> list[Roster | None]:
    """What each told last; None for what carries no pager, is archived, or was not asked yet."""
    pagers = [row.id for row in rows if Port.PAGER in ports_of(row.vendor, row.configuration) and not row.archived]
    if not pagers:
        return [None for _ in rows]
    found = await ctx.reader.rows(OnCallRoster, select(OnCallRoster).where(OnCallRoster.integration_id.in_(pagers)))
    moment = ctx.reader.clock.now()
    told = {row.integration_id: (row, standing(row.people, moment)) for row in found}
    users = await _users(ctx, [each for _, people in told.values() for each in people])
    return [_roster(*told[row.id], users, moment) if row.id in told else None for row in rows]


def _roster(row: OnCallRoster, people: Sequence[OnCall], users: dict[str, int], moment: datetime) -> Roster:
    age = int((moment - row.as_of).total_seconds()) if row.as_of is not None else None
    return Roster([_person(each, users) for each in people], row.as_of, age, row.error)


def _person(each: OnCall, users: dict[str, int]) -> Person:
    key = users.get(each.email.lower()) if each.email else None
    return Person(each.name, each.email, key, each.rota, each.service, each.until)


async def _users(ctx: Context, people: Sequence[OnCall]) -> dict[str, int]:
    """The keys of who has an account, by address: pagers have had theirs confirmed."""
    emails = sorted({each.email.lower() for each in people if each.email})
    if not emails:
        return {}
    address = func.lower(User.email)
    rows = await ctx.reader.execute(
        select(address.label("email"), User.id).where(address.in_(emails), User.archived_at.is_(None))
    )
    return {row.email: row.id for row in rows}
