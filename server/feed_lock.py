"""Who keeps everybody from writing: a process that holds the feed lock for long.

A transaction of Muster takes it with its last statement and gives it back with the commit, so it is held for
milliseconds; one that stops in between is ended by the server after five seconds (core.db.TIMEOUTS). What holds it for
longer is not Muster, or its commit waits for a synchronous replica.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.db import Database
from core.journal import FEED_LOCK

LONG_HELD_SECONDS = 1.0

# A lock with one bigint key has its halves in classid and objid, and objsubid 1; with two keys, objsubid is 2.
# PostgreSQL does not say since when a lock is held. It is at least as long as the session does nothing, and as the
# one who waits longest waits.
HOLDERS = text("""
select a.pid, l.virtualtransaction, a.application_name, a.usename, host(a.client_addr) as address, a.state,
  case when a.wait_event_type <> 'Client' then a.wait_event end as wait_event, left(a.query, 80) as query,
  w.waiting, extract(epoch from greatest(
    case when a.state like 'idle%' then clock_timestamp() - a.state_change end, clock_timestamp() - w.since)) as seconds
from pg_locks l join pg_stat_activity a using (pid) cross join (
  select count(*) as waiting, min(waitstart) as since from pg_locks
  where locktype = 'advisory' and classid = 0 and objid = :lock and objsubid = 1 and not granted
    and database = (select oid from pg_database where datname = current_database())) w
where l.locktype = 'advisory' and l.classid = 0 and l.objid = :lock and l.objsubid = 1 and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
""")


async def long_holders(database: Database) -> list[str]:
    """A line on each process that holds the feed lock for over a second: who it is, and what to do. Empty: all is well.

    It looks twice, a second apart, if anybody holds it at all: nobody is blamed for a lock that was taken just now.
    """
    earlier = {(h.pid, h.virtualtransaction) for h in await _look(database)}
    if not earlier:
        return []
    await asyncio.sleep(LONG_HELD_SECONDS)
    return [_line(h) for h in await _look(database) if (h.pid, h.virtualtransaction) in earlier]


async def _look(database: Database) -> Sequence[Any]:
    async with database.reading() as reader:
        return await reader.execute(HOLDERS, {"lock": FEED_LOCK})


def _line(holder: Any) -> str:
    seconds = max(LONG_HELD_SECONDS, float(holder.seconds or 0))
    who = ", ".join(part for part in (holder.application_name, holder.usename, holder.address) if part)
    doing = f"{holder.state}, waiting for {holder.wait_event}" if holder.wait_event else holder.state
    return (
        f"process {holder.pid} ({who}) has held the feed lock for {seconds:.1f} s or more, {doing}; its last statement:"
        f" {holder.query}; {holder.waiting} wait for it. To end it: select pg_terminate_backend({holder.pid})"
    )
