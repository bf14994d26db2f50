"""`muster doctor`: how large the tables that grow are, what of them could be archived, and whether that is done."""

from datetime import timedelta

from sqlalchemy import select, text

from core.db import Database
from core.settings import Settings
from models.archive import Archive
from server.examining.finding import Finding

LATE = timedelta(days=3)
"""Workers archive once a day."""
MOST = 100_000
"""Counted no further."""

SIZES = text(
    "select pg_total_relation_size('alert') as alert, pg_total_relation_size('event') as event,"
    " pg_total_relation_size('event_text') + pg_total_relation_size('event_change') as beside,"
    " pg_total_relation_size('delivery') as delivery"
)
_OVER = f"""
select
  (select count(*) from (select from alert where incident_id is null and paging_run_id is null
    and (state = 'RESOLVED' and resolved_at < :before or state = 'SUPPRESSED')
    and last_seen_at < :before limit {MOST}) a) as alerts,
  (select count(*) from (select from event where incident_id is null and origin_digest is null
    and recorded_at < :before limit {MOST}) e) as events
"""  # noqa: S608 (constants)
OVER = text(_OVER)


async def examine_archive(database: Database, settings: Settings) -> Finding:
    """How large the log is with all that hangs on it, and whether the archive that is wanted is kept up."""
    async with database.reading() as reader:
        ((alert, event, beside, delivery),) = await reader.execute(SIZES)
        newest = await reader.row(Archive, select(Archive).order_by(Archive.id.desc()).limit(1))
    sizes = f"alerts {_mb(alert)}, events {_mb(event + beside)}, deliveries {_mb(delivery)}"
    if settings.archive_to is None:
        return True, f"{sizes}; nothing is archived by itself (MUSTER_ARCHIVE_TO)"
    wanted = f"{sizes}; archived to {settings.archive_to} after {settings.archive_after_days} days"
    if newest is None:
        return True, f"{wanted}: nothing so far"
    line = f"{wanted}, last at {newest.taken_at:%Y-%m-%d %H:%M} UTC"
    if newest.finished_at is None and database.clock.now() - newest.taken_at > LATE:
        return False, f"{line}, and was interrupted: see the worker's log"
    return True, line


async def examine_growth(database: Database, settings: Settings) -> Finding:
    """How many alerts and events are old enough to be archived; both are looked through."""
    days = max(settings.archive_after_days, settings.replay_days)
    before = database.clock.now() - timedelta(days=days)
    async with database.reading() as reader:
        ((alerts, events),) = await reader.execute(OVER, {"before": before})
        newest = await reader.row(Archive, select(Archive).order_by(Archive.id.desc()).limit(1))
    line = f"about {_many(alerts)} alerts and {_many(events)} events without an incident are older than {days} days"
    if settings.archive_to is None:
        return True, line + (": `muster archive` can move most of them out" if alerts or events else "")
    quiet = newest is None or database.clock.now() - newest.taken_at > LATE
    late = alerts >= MOST and quiet
    return (None, f"{line}, and nothing was archived for days: see the worker's log") if late else (True, line)


def _many(count: int) -> str:
    return f"more than {MOST:,}" if count >= MOST else f"{count:,}"


def _mb(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004 (a gigabyte)
