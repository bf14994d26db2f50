"""How Muster runs: the queue, who works on it, what was given up, and what the database says of its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text

from auth.permission import Permission, require
from core.locks import HELD
from models.backup import Backup
from models.era import FeedEra
from models.export import StatusExport
from models.job import BULK, OLDEST_DUE, RELAY_LOCK, SOON, TAKEN, TIMER_LOCK, WAITS, WORKER_LOCK, Job
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import page

DEAD = Order("jobs.dead", (Job.id,))
MOST = 10_000
"""Counted no further."""
WORDS: dict[str, str] = {
    "mail.notify": "Decide who is told of an event by mail",
    "mail.send": "Send a mail",
    "webhook.send": "Tell a webhook of an event",
    "postmortem.assemble": "Assemble a postmortem",
    "postmortem.word": "Ask a language model for wordings",
    "metric.measure": "Keep the figures of the services of an incident",
    "subscriber.sign_up": "Answer who signed up on the status page",
    "subscriber.write": "Mail a subscriber a link",
    "subscriber.greet": "Greet the address of a subscriber",
    "outward.perform": "Do something at a vendor",
    "page.send": "Page somebody",
    "contact.send": "Send somebody a code, or a test, to be paged by",
    "person.erase": "Erase what was under way when a person was erased",
    "alert_source.confirm": "Confirm to a vendor that its alerts are wanted",
    "alert_source.replay": "Read a delivery of a monitor again",
    "pager.hear": "Take note of what a pager told",
    "pager.on_call": "Ask a pager who is on call",
    "outward.follow": "Bring vendors up to date with an incident",
    "integration.check": "Examine an integration",
    "chat.hear": "Keep what was said in a channel",
    "chat.obey": "Do what somebody asked for in a chat",
    "chat.answer": "Answer somebody in a chat",
    "chat.catch_up": "Read what was said in a channel meanwhile",
    "workflow.match": "Begin workflows",
    "workflow.advance": "Take the next steps of a workflow",
    "broadcast.list": "List who is told of news",
    "broadcast.deliver": "Tell subscribers of news",
}
"""What each job does, for people; a test holds every name to it."""

_STATE = text(
    f"""
    with locks as ({HELD})
    select
      (select count(*) from locks where objid = :worker) as workers,
      exists (select from locks where objid = :timers) as timers,
      (select count(*) from locks where objid = :relay) as relays,
      (select count(*) from (select from job where not dead and queue = any(:queues) and run_at <= now()
        and {WAITS} limit :most) due) as waiting,
      {OLDEST_DUE} as oldest,
      (select count(*) from (select from job where not dead and queue = :bulk limit :most) big) as bulk,
      (select count(*) from (select from job where not dead and {TAKEN} limit :most) busy)
        as leased,
      (select count(*) from (select from job where not dead and queue = any(:queues) and run_at > now()
        limit :most) ahead) as later,
      (select count(*) from (select from job where dead limit :most) gone) as dead,
      now() as moment,
      current_setting('default_transaction_read_only') = 'on' or pg_is_in_recovery() as read_only
    """  # noqa: S608 (a constant)
)
_COPIES = text(
    """
    select pg_database_size(current_database()) as size, current_setting('archive_mode') as archiving,
      a.last_archived_time, a.last_archived_wal, a.last_failed_time, a.last_failed_wal, a.failed_count,
      (select count(*) from pg_stat_replication) as replicas,
      (select max(replay_lag) from pg_stat_replication) as replay_lag,
      pg_is_in_recovery() as replica, current_setting('server_version') as version
    from pg_stat_archiver a
    """
)


@dataclass(frozen=True, slots=True)
class Running:
    """How the work behind the pages stands, by the database's clock."""

    workers: int
    timers: bool
    relays: int
    """How many publish jobs to a broker, which answers them."""
    waiting: int
    oldest: timedelta
    """For how long the oldest due job has waited; none: zero."""
    bulk: int
    leased: int
    later: int
    dead: int
    read_only: bool


@dataclass(frozen=True, slots=True)
class Copies:
    """What the database says of its copies, and the backups of `muster backup`."""

    size: int
    """Bytes."""
    archiving: bool
    """Whether the server hands its log over as it goes (archive_mode)."""
    archived_at: datetime | None
    archived: str | None
    failed_at: datetime | None
    failed: str | None
    replicas: int
    replay_lag: timedelta | None
    replica: bool
    version: str
    eras: list[FeedEra]
    """The times when the database was found taken back to an earlier moment, or promoted, the newest first."""
    backups: list[Backup]
    """The newest first, at most ten."""
    now: datetime


async def running(ctx: Context) -> Running:
    """How the queue stands, and whether workers and timers live. Needs ADMINISTER."""
    require(ctx.actor, Permission.ADMINISTER)
    locks = {"worker": WORKER_LOCK, "timers": TIMER_LOCK, "relay": RELAY_LOCK}
    asked = {**locks, "queues": list(SOON), "bulk": BULK, "most": MOST}
    (row,) = await ctx.reader.execute(_STATE, asked)
    oldest = row.moment - row.oldest if row.oldest is not None else timedelta()
    return Running(
        workers=row.workers,
        timers=row.timers,
        relays=row.relays,
        waiting=row.waiting,
        oldest=oldest,
        bulk=row.bulk,
        leased=row.leased,
        later=row.later,
        dead=row.dead,
        read_only=row.read_only,
    )


async def copies(ctx: Context) -> Copies:
    """What the database says of its size and its copies. Needs ADMINISTER."""
    require(ctx.actor, Permission.ADMINISTER)
    (row,) = await ctx.reader.execute(_COPIES)
    eras = await ctx.reader.rows(FeedEra, select(FeedEra).order_by(FeedEra.first_id.desc()).limit(10))
    return Copies(
        size=row.size,
        archiving=row.archiving != "off",
        archived_at=row.last_archived_time,
        archived=row.last_archived_wal,
        failed_at=row.last_failed_time,
        failed=row.last_failed_wal,
        replicas=row.replicas,
        replay_lag=row.replay_lag,
        replica=row.replica,
        version=row.version,
        eras=eras,
        backups=await ctx.reader.rows(Backup, select(Backup).order_by(Backup.made_at.desc()).limit(10)),
        now=ctx.runtime.database.clock.now(),
    )


async def exported(ctx: Context) -> StatusExport | None:
    """How the static status page was published last; None if it never was, or is not to be. Needs ADMINISTER."""
    require(ctx.actor, Permission.ADMINISTER)
    target = ctx.runtime.settings.export
    return await ctx.reader.row(StatusExport, select(StatusExport).where(StatusExport.target == target))


async def dead_jobs(
    ctx: Context,
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Job]:
    """A page of the jobs that were given up, the oldest first. Needs ADMINISTER."""
    require(ctx.actor, Permission.ADMINISTER)
    window = Window(DEAD, paging(first, after, last, before))
    return await page(ctx, Job, select(Job).where(Job.dead), window)


def about(jobs: Sequence[Any]) -> list[str]:
    """What each job was to do, in words."""
    return [WORDS.get(job.name, job.name) for job in jobs]
