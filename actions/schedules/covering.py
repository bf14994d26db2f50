"""Who is on call instead: overrides, taking over a shift, and swapping two."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.find import find_user
from actions.named import find_schedule
from actions.record import enqueue, now, record
from actions.schedules.reading import rotas
from auth.actor import Actor
from auth.permission import Permission, may, require
from core.db import Reader, Within
from core.errors import DomainError, ErrorCode, conflict, invalid, not_found
from core.ids import decode_as
from models.facts.schedule import OverrideAdded, OverrideRemoved, ShiftsSwapped
from models.job import JobName
from models.person import TeamMember
from models.schedule.findings import gaps
from models.schedule.table import Schedule, ScheduleOverride

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when until when."""

    starts_at: datetime
    ends_at: datetime


async def add_override(
    session: AsyncSession,
    actor: Actor,
    *,
    schedule: str,
    ends_at: datetime,
    starts_at: datetime | None = None,
    user: str | None = None,
    reason: str | None = None,
) -> ScheduleOverride:
    """Put somebody, or with no user nobody, on call instead of whom the schedule names. It begins now at the earliest.

    Managers, admins and the members of the schedule's team may put anybody; others themselves, or somebody else for a
    stretch that is wholly their own: FORBIDDEN otherwise. INVALID_INPUT for one that is over, that ends before it
    starts or lasts for more than a year, and for a person who is archived. Of two at once the later made one counts.
    """
    require(actor, Permission.RESPOND)
    found = await find_schedule(session, schedule)
    stretch = _stretch(session, starts_at, ends_at)
    person = (await find_user(session, user)).id if user is not None else None
    if not await keeps(Within(session), actor, found) and not (person is not None and person == actor.user_id):
        await _own(session, actor, found, stretch, nobody=person is None)
    return await _add(session, actor, found, stretch, person, check.optional_text(reason, "reason", limit=check.LINE))


async def remove_override(session: AsyncSession, actor: Actor, *, override: str) -> ScheduleOverride:
    """Take an override back; one that has begun ends now, so that it stays true who was on call.

    The same people may who may add one, and whoever is on call by it. CONFLICT for one that is over.
    """
    require(actor, Permission.RESPOND)
    key = decode_as("ScheduleOverride", override, "override")
    known = await session.get(ScheduleOverride, key)
    if known is None:
        raise not_found("override", "override", override)
    schedule = await session.get_one(Schedule, known.schedule_id, with_for_update=True, populate_existing=True)
    row = await session.get_one(ScheduleOverride, key, populate_existing=True)
    if row.user_id != actor.user_id and not await keeps(Within(session), actor, schedule):
        raise _foreign(actor)
    moment = now(session)
    if row.removed_at is not None or row.ends_at <= moment:
        raise conflict("This override is over, or was taken back already.", hint="What was stays as it was.")
    begun = row.starts_at < moment
    if begun:
        row.ends_at = moment
    else:
        row.removed_at = moment
    schedule.stamp = uuid4()
    ended = moment.isoformat() if begun else None
    record(
        session, actor, OverrideRemoved(schedule_id=schedule.id, override_id=key, user_id=row.user_id, ends_at=ended)
    )
    return row


async def swap_shifts(
    session: AsyncSession,
    actor: Actor,
    *,
    schedule: str,
    starts_at: datetime,
    ends_at: datetime,
    other_starts_at: datetime,
    other_ends_at: datetime,
    reason: str | None = None,
) -> list[ScheduleOverride]:
    """Have the two people who are on call in two stretches take over from each other: two overrides, or none.

    One of the two has to be the actor, unless they keep the schedule. CONFLICT unless each stretch is one person's,
    and they are two people.
    """
    require(actor, Permission.RESPOND)
    found = await find_schedule(session, schedule)
    first = _stretch(session, starts_at, ends_at)
    second = _stretch(session, other_starts_at, other_ends_at, "other_")
    if first.starts_at < second.ends_at and second.starts_at < first.ends_at:
        raise invalid("other_starts_at", "The two stretches overlap.", "Choose two that do not.")
    one = await _holder(session, found, first, "starts_at")
    other = await _holder(session, found, second, "other_starts_at")
    if one == other:
        raise conflict("Both shifts are the same person's.", hint="Choose a shift of somebody else.")
    if actor.user_id not in (one, other) and not await keeps(Within(session), actor, found):
        raise _foreign(actor)
    why = check.optional_text(reason, "reason", limit=check.LINE)
    made = [
        await _add(session, actor, found, first, other, why),
        await _add(session, actor, found, second, one, why),
    ]
    keys = (made[0].id, made[1].id)
    record(session, actor, ShiftsSwapped(schedule_id=found.id, override_ids=keys, user_id=one, other_user_id=other))
    return made


async def keeps(reader: Reader, actor: Actor, schedule: Schedule) -> bool:
    """Whether an actor may put anybody on call by a schedule: who keeps the catalogue, and the members of its team."""
    if may(actor, Permission.CATALOGUE):
        return True
    if actor.user_id is None or schedule.team_id is None:
        return False
    its = TeamMember.team_id == schedule.team_id
    mine = select(TeamMember.user_id).where(its, TeamMember.user_id == actor.user_id)
    return await reader.scalar(mine) is not None


def _stretch(session: AsyncSession, starts_at: datetime | None, ends_at: datetime, prefix: str = "") -> Stretch:
    moment = now(session)
    begins = max(moment, starts_at or moment)
    if starts_at is not None and ends_at <= starts_at:
        raise invalid(f"{prefix}ends_at", "It ends before it starts.", "Send a later end.")
    if ends_at <= moment:
        raise invalid(
            f"{prefix}ends_at", f"{ends_at.isoformat()} has passed.", "What was stays as it was; send a later end."
        )
    if ends_at - begins > LONGEST:
        raise invalid(f"{prefix}ends_at", "It lasts for more than a year.", "Change the schedule instead.")
    return Stretch(begins, ends_at)


async def _add(
    session: AsyncSession, actor: Actor, schedule: Schedule, stretch: Stretch, person: int | None, reason: str | None
) -> ScheduleOverride:
    row = ScheduleOverride(
        schedule_id=schedule.id,
        starts_at=stretch.starts_at,
        ends_at=stretch.ends_at,
        user_id=person,
        reason=reason,
        created_at=now(session),
    )
    session.add(row)
    schedule.stamp = uuid4()
    await session.flush()
    told = OverrideAdded(
        schedule_id=schedule.id,
        override_id=row.id,
        user_id=person,
        starts_at=stretch.starts_at.isoformat(),
        ends_at=stretch.ends_at.isoformat(),
        reason=reason,
    )
    event = record(session, actor, told)
    if person is not None and person != actor.user_id:
        enqueue(session, JobName.MAIL_NOTIFY, event=event)
    return row


async def _own(session: AsyncSession, actor: Actor, schedule: Schedule, stretch: Stretch, *, nobody: bool) -> None:
    """FORBIDDEN unless a stretch is wholly the actor's, who hands it over to somebody."""
    if nobody or await _held_by(session, schedule, stretch) != actor.user_id:
        raise _foreign(actor)


async def _holder(session: AsyncSession, schedule: Schedule, stretch: Stretch, field: str) -> int:
    """Who is on call for the whole of a stretch; CONFLICT if that is not one person."""
    person = await _held_by(session, schedule, stretch)
    if person is None:
        message = "This stretch is not one person's shift."
        raise conflict(message, field=field, hint="Choose a stretch in which one person is on call throughout.")
    return person


async def _held_by(session: AsyncSession, schedule: Schedule, stretch: Stretch) -> int | None:
    """Who is on call for the whole of a stretch, if that is one person."""
    rota = (await rotas(Within(session), [schedule.id], stretch.starts_at, stretch.ends_at))[0]
    found = rota.shifts(stretch.starts_at, stretch.ends_at)
    people = {each.person for each in found}
    whole = len(people) == 1 and not gaps(rota.plans, found, stretch.starts_at, stretch.ends_at)
    return people.pop() if whole else None


def _foreign(actor: Actor) -> DomainError:
    return DomainError(
        ErrorCode.FORBIDDEN,
        f"{actor.name} may not put others on call here.",
        hint="Take a shift yourself, hand over your own, or ask the schedule's team, a manager or an admin.",
    )
