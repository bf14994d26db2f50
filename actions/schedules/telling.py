"""Telling of schedules: who left a hole in one, and who was put on call by others."""

from datetime import datetime, timedelta

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.recipients import present
from actions.record import enqueue, now, record
from actions.schedules.reading import Rota, rotas
from auth.actor import SYSTEM
from auth.permission import PERMISSIONS, Permission
from core.db import Database, Within
from models.event import Event
from models.facts.schedule import GapFound, OverrideAdded
from models.job import JobName
from models.person import TeamMember, User
from models.schedule.findings import gaps
from models.schedule.shifts import shifts
from models.schedule.spans import Span, without
from models.schedule.table import Schedule
from models.words import AccessRole, ActorKind

AHEAD = timedelta(days=14)
TEMPLATES = {GapFound.kind: "schedule_gap", OverrideAdded.kind: "shift_given"}
"""Mails by the event that causes them."""

LEFT_IN = text(
    "select s.id from schedule s where s.archived_at is null and (s.hole_told_at is null or s.hole_told_at <= :since)"
    " and exists (select 1 from schedule_version v,"
    " jsonb_path_query(v.definition, '$.layers[*].participants[*]') person"
    " join app_user u on u.id = cast(person as bigint)"
    " where v.schedule_id = s.id and v.superseded_at is null and u.archived_at is not null) order by s.id"
)
"""Schedules in which somebody stands who has left, and of which nothing was told lately."""
AGAIN = timedelta(days=7)
"""After so long it is told once more, if the hole is still there."""


async def sweep_holes(database: Database) -> int:
    """Tell of each schedule that has a hole within two weeks, because somebody left, once a week; of how many.

    Hours that nobody was ever to cover are no hole: they stand on the schedule's page.
    """
    async with database.looking() as reader:
        moment = database.clock.now()
        keys = [row.id for row in await reader.execute(LEFT_IN, {"since": moment - AGAIN})]
    told = 0
    for key in keys:
        async with database.unit_of_work() as session:
            told += await _tell(session, key)
    return told


async def _tell(session: AsyncSession, key: int) -> bool:
    moment = now(session)
    row = await session.get_one(Schedule, key, with_for_update=True, populate_existing=True)
    if row.archived or (row.hole_told_at is not None and row.hole_told_at > moment - AGAIN):
        return False
    (rota,) = await rotas(Within(session), [key], moment, moment + AHEAD)
    found = holes(rota, moment, moment + AHEAD)
    if not found:
        return False
    row.hole_told_at = moment
    begins, ends = found[0]
    gap = GapFound(schedule_id=key, starts_at=begins.isoformat(), ends_at=ends.isoformat())
    enqueue(session, JobName.MAIL_NOTIFY, event=record(session, SYSTEM, gap))
    return True


def holes(rota: Rota, since: datetime, until: datetime) -> list[Span]:
    """When nobody is on call who would be, had nobody left."""
    whole = shifts(rota.plans, rota.overrides, since, until)
    before = gaps(rota.plans, whole, since, until)
    return without(gaps(rota.plans, rota.shifts(since, until), since, until), before)


async def told_of_schedule(session: AsyncSession, event: Event) -> Select[int, str] | None:
    """Who is told of an event of a schedule: its team, or whoever keeps schedules; who was put on call by others."""
    people = select(User.id, User.email).where(present()).order_by(User.id)
    if event.kind == OverrideAdded.kind:
        person = event.data.get("user_id")
        if person is None or (event.actor_kind == ActorKind.USER and event.actor_id == person):
            return None
        return people.where(User.id == person)
    row = await session.get_one(Schedule, event.data["schedule_id"])
    members = select(TeamMember.user_id).where(TeamMember.team_id == row.team_id)
    if row.team_id is not None and await session.scalar(
        select(User.id).where(User.id.in_(members), present()).limit(1)
    ):
        return people.where(User.id.in_(members))
    keepers = [role for role in AccessRole if Permission.CATALOGUE in PERMISSIONS[role]]
    return people.where(User.access_role.in_(keepers))
