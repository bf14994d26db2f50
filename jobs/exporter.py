"""Keeps the static status page up to date (ADR 0015).

It is published after every event that can change a page, when a promise falls due, and every two minutes, so that "last
checked" is honest. It follows the feed, not the job table: a publication is not one job but the newest state, however
many events led to it. What came in within a moment makes one publication, at most half a second after the first.
Failures are tried again with growing pauses, hold up nothing else, and are told once (actions.exports).
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from actions.exports import note_export_failed, note_exported
from core.backoff import backoff
from core.db import Database
from core.live import Live
from core.outage import outage_of, tell
from core.publication import OvertakenError, Written
from core.settings import Settings
from integrations.bucket import in_a_line
from jobs.export_places import CopyPlace, Lead, Place, place_of
from statuspage.bundle import Bundle
from statuspage.bundles import Bundles
from statuspage.cache import changes_pages

QUIET, LATEST = 0.05, 0.5
"""Seconds: a publication waits for a pause in the events so long, and at most so long."""

TICK = 1.0
REFRESH = timedelta(minutes=2)
LONGEST = 60.0
"""Seconds between two attempts of a place that fails."""

MOST_CHANGED = 1000
"""With more incidents to read anew, everything is."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Standing:
    """How a place stands: how often publishing failed in a row, when it is tried again, and what it has."""

    place: Place
    noted: bool
    """Whether it is told of in the database: not the copy of each machine."""
    failures: int = 0
    retry_at: float = 0.0
    published: int = -1
    """The generation that it has."""


class Exporter:
    """Publishes to the place of the settings while it leads, and keeps the copy of its machine."""

    def __init__(self, database: Database, direct_url: str, settings: Settings) -> None:
        self._database = database
        self._live = Live(database, direct_url)
        self._lead = Lead(direct_url)
        self._copy = CopyPlace(settings.data_dir)
        place = place_of(settings)
        self._place = Standing(place, noted=True) if place else None
        self._copied = Standing(self._copy, noted=False)
        self._builder = Bundles(settings)
        self._changed: set[int] | None = None
        """The incidents to be read anew; None: all."""
        self._generation = 0
        """Counts what was heard of."""
        self._refresh_at: datetime | None = None
        self._heard = asyncio.Event()
        self._turn = asyncio.Lock()
        self._latest: tuple[int, Bundle] | None = None
        self._running: asyncio.Task[None] | None = None
        self._live.watch(self.hear)

    @property
    def failures(self) -> int:
        """How often in a row publishing to the place of the settings has failed."""
        return self._place.failures if self._place else 0

    def hear(self, rows: Sequence[Any]) -> None:
        """Take note of new events; of none when the database was restored."""
        telling = [row for row in rows if changes_pages(row.kind)]
        if rows and not telling:
            return
        self._generation += 1
        if self._changed is not None and rows:
            self._changed |= {row.incident_id for row in telling if row.incident_id is not None}
        if not rows or any(map(_of_work, telling)) or len(self._changed or ()) > MOST_CHANGED:
            self._changed = None
        self._heard.set()

    async def run(self) -> NoReturn:
        """Publish until cancelled."""
        try:
            while True:
                try:
                    async with self._live.running():
                        await self._follow()
                except (OSError, TimeoutError) as error:
                    tell(error, "the export lost the database, trying again")
                except Exception as error:
                    if outage_of(error) is None:
                        log.exception("the export of the status page failed, trying again")
                    else:
                        tell(error, "the export lost the database, trying again")
                await asyncio.sleep(TICK)
        finally:
            if self._running is not None:
                self._running.cancel()
                await asyncio.gather(self._running, return_exceptions=True)
            self._lead.close()
            self._copy.close()

    async def _follow(self) -> NoReturn:
        while True:
            await self.publish_due()
            try:
                async with asyncio.timeout(TICK):
                    await self._heard.wait()
            except TimeoutError:
                continue
            await self._settle()

    async def _settle(self) -> None:
        """Wait for a pause in the events, so that many of one moment make one publication."""
        latest = time.monotonic() + LATEST
        while self._heard.is_set() and time.monotonic() < latest:
            self._heard.clear()
            await asyncio.sleep(QUIET)
        self._heard.clear()

    async def publish_due(self) -> None:
        """Publish to every place that has something to get and whose turn it is. A slow one holds up no other."""
        self._look_at_the_clock()
        if self._running is not None and self._running.done():
            ended, self._running = self._running, None
            ended.result()
        if self._place and self._running is None and self._wants(self._place) and await self._lead.held():
            self._running = asyncio.create_task(self._to_place(self._place))
            self._running.add_done_callback(lambda _: self._heard.set())
        if self._wants(self._copied) and self._may_copy():
            await self._to_copy()

    def _look_at_the_clock(self) -> None:
        now = self._database.clock.now()
        if self._refresh_at is None or now >= min(self._refresh_at, self._builder.due or self._refresh_at):
            self._refresh_at = now + REFRESH
            self._generation += 1

    def _wants(self, standing: Standing) -> bool:
        return standing.published != self._generation and time.monotonic() >= standing.retry_at

    def _may_copy(self) -> bool:
        try:
            return self._copy.lead()
        except OSError as error:
            tell(error, "the copy of the status page can't be kept")
            return False

    async def _to_place(self, standing: Standing) -> None:
        held = await self._attempt(standing, standing.place.held())
        if held is not None:
            await self._publish(standing, held, *await self._built())

    async def _to_copy(self) -> None:
        """Keep what the place got, most often: it need not be rendered twice."""
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=TICK)
        latest = self._latest
        generation, bundle = latest if latest and latest[0] == self._generation else await self._built()
        await self._publish(self._copied, 0, generation, bundle)

    async def _built(self) -> tuple[int, Bundle]:
        """The bundle as of now, and the generation that it holds."""
        async with self._turn:
            generation, changed, self._changed = self._generation, self._changed, set()
            try:
                self._latest = generation, await self._builder.build(self._database, changed)
            except BaseException:
                self._changed = None if changed is None or self._changed is None else self._changed | changed
                raise
            return self._latest

    async def _publish(self, standing: Standing, held: Any, generation: int, bundle: Bundle) -> None:
        written = await self._attempt(standing, standing.place.publish(held, bundle))
        if not isinstance(written, Written):
            return
        if standing.failures:
            log.info("the status page is exported to %s again", standing.place.name)
        standing.published, standing.failures = generation, 0
        if standing.noted:
            async with self._database.unit_of_work() as session:
                files = len(bundle.files)
                await note_exported(session, target=standing.place.name, cursor=bundle.cursor, files=files)

    async def _attempt(self, standing: Standing, doing: Any) -> Any:
        """What came of it; None if it failed, which was then noted."""
        try:
            return await doing
        except OvertakenError:
            return None  # read and published again at the next tick
        except Exception as error:  # noqa: BLE001 (a place fails in as many ways as there are places)
            standing.failures += 1
            standing.retry_at = time.monotonic() + backoff(standing.failures, first=1.0, longest=LONGEST)
            line = in_a_line(error)
        if standing.failures == 1:
            log.error("the status page can't be exported to %s, trying again: %s", standing.place.name, line)
        if standing.noted:
            async with self._database.unit_of_work() as session:
                await note_export_failed(session, target=standing.place.name, error=line)
        return None


def _of_work(row: Any) -> bool:
    """Whether an event is of planned work, whose page is not told: erased words that are of no incident are, too."""
    return row.kind.startswith("maintenance.") or (row.kind.startswith("text.") and row.incident_id is None)
