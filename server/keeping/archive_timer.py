"""Archives by itself, once a day, where the settings say so (MUSTER_ARCHIVE_TO): a task of each worker.

One of all workers does it at a time: whose connection has the advisory lock (server.keeping.archiving). Who loses the
connection can neither go on nor hold the others up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import text

from core.db import Database
from core.outage import outage_of, tell
from core.settings import Settings
from server.keeping.archive_place import place_at
from server.keeping.archiving import Archived, BusyError, archive
from server.startup import StartError

LOOK_SECONDS = 60.0
DAILY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""After it could not be done."""
REST = timedelta(days=7)
"""For which what was put back is left alone."""

DUE = text(
    """
    select coalesce((select finished_at is null or taken_at <= :daily from archive order by id desc limit 1), true)
      and not exists (select from archive where restored_at > :rest)
    """
)

log = logging.getLogger(__name__)


class Archiver:
    """Looks each minute whether it is time."""

    def __init__(self, settings: Settings, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        if settings.archive_to is None:
            raise ValueError("there is no MUSTER_ARCHIVE_TO")
        self._settings = settings
        self._address = settings.archive_to
        self._sleep = sleep

    async def run(self, database: Database) -> NoReturn:
        """Archive whenever it is due; what fails is logged, and tried again an hour later. Ends by being cancelled."""
        next_at = database.clock.now()
        while True:
            if database.clock.now() >= next_at:
                next_at = database.clock.now() + await self.look(database)
            await self._sleep(LOOK_SECONDS)

    async def look(self, database: Database) -> timedelta:
        """Archive if it is due; when to look again."""
        now = database.clock.now()
        try:
            async with database.reading() as reader:
                if not await reader.scalar(DUE, {"daily": now - DAILY, "rest": now - REST}):
                    return timedelta(seconds=LOOK_SECONDS)
            days = max(self._settings.archive_after_days, self._settings.replay_days)
            direct = self._settings.database_direct_url
            await archive(database, place_at(self._settings, self._address), days=days, direct=direct, told=_tell)
        except BusyError:
            return timedelta(seconds=LOOK_SECONDS)
        except StartError as error:
            log.error("archive: %s; nothing of it was deleted, trying again in an hour", error)  # noqa: TRY400
            return AGAIN
        except Exception as error:
            if outage_of(error) is None:
                log.exception("archive: failed, trying again in an hour")
            else:
                tell(error, "archive: the database was lost, trying again in an hour")
            return AGAIN
        return DAILY


async def _tell(done: Archived | None) -> None:
    if done is not None:
        counts = ", ".join(f"{count} of {name}" for name, count in done.rows.items())
        log.info("archive: %s holds %s (%.1f MB)", done.name, counts, done.bytes / 1e6)
