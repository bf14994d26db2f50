"""Telling subscribers of news: listing them, then one channel after the other in slices, beside everything urgent.

At most half of a worker's threads do this at a time, and whatever is urgent goes first whenever a slice ends.
"""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from actions.subscribers.broadcasts import begin_broadcast, list_batch
from actions.subscribers.ledger import claim_rows, earlier_waits, seconds_until_due
from actions.subscribers.links import Links
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.subscribers.attempts import MailAttempt, attempts_of
from jobs.subscribers.lane import SLICE_SECONDS, Lane
from jobs.subscribers.letters import Writer
from jobs.subscribers.pages import base_url_of
from jobs.subscribers.story import read_story
from models.job import JobName
from models.words import Channel

PRIORITY = 100
TURN_SECONDS = 0.5
"""Until a broadcast asks again for its turn."""
AWAY_SECONDS = 15.0
"""Until a mail server that is away is asked again."""
SHORT_SLICE_SECONDS = 1.0
"""Of a worker with one thread: an alarm waits no longer for its turn."""

_running: list[int] = []


@job(JobName.BROADCAST_LIST, priority=PRIORITY)
async def list_subscribers(*, event_id: int) -> None:
    """List whom an event is news for."""
    database = current().database
    async with database.unit_of_work() as session:
        begun = await begin_broadcast(session, event_id)
        # The first of them here: their delivery begins with the commit.
        more = [key for key in begun if await list_batch(session, key)]
    while more:
        async with database.unit_of_work() as session:
            more = [key for key in more if await list_batch(session, key)]


@job(JobName.BROADCAST_DELIVER, priority=PRIORITY)
async def deliver(*, broadcast_id: int, channel: str) -> None:
    """Tell those who are due, for one slice; `Later` if there are more."""
    runtime, through = current(), Channel(channel)
    with _turn(runtime):
        async with runtime.database.unit_of_work() as session:
            if await earlier_waits(session, broadcast_id, through):
                raise Later(TURN_SECONDS, "older news goes first")
        away = await _slice(runtime, broadcast_id, through)
    async with runtime.database.unit_of_work() as session:
        seconds = await seconds_until_due(session, broadcast_id, through)
    if seconds is not None:
        raise Later(max(seconds, AWAY_SECONDS if away else 0.0), "there are more to tell")


@contextmanager
def _turn(runtime: JobRuntime) -> Iterator[None]:
    if len(_running) >= max(1, runtime.settings.worker_threads // 2):
        raise Later(TURN_SECONDS, "other news is being told")
    _running.append(1)
    try:
        yield
    finally:
        _running.pop()


async def _slice(runtime: JobRuntime, broadcast_id: int, channel: Channel) -> bool:
    """Work for the length of a slice; whether the mail server is away."""
    async with runtime.database.reading() as reader:
        broadcast, story = await read_story(reader, broadcast_id)
        base_url = await base_url_of(reader, runtime.settings, broadcast.page_id)
    if story is None:
        async with runtime.database.unit_of_work() as session:
            if await claim_rows(session, broadcast_id, channel, 0):
                raise LookupError(f"nothing is to be told of event {broadcast.event_id}, and nothing holds it back")
        return False
    alone = runtime.settings.worker_threads == 1
    lane = Lane(runtime.database, broadcast_id, channel, SHORT_SLICE_SECONDS if alone else SLICE_SECONDS)
    links = Links(runtime.database.keys, base_url)
    writer = Writer(
        story.organisation, base_url, links, runtime.database.clock.now(), story.look, runtime.settings.mail_from
    )
    gone: list[bool] = []

    def away() -> None:
        gone.append(True)
        lane.stop()

    async with AsyncExitStack() as stack:
        attempts = await attempts_of(stack, runtime, channel, writer, story)
        for attempt in attempts:
            if isinstance(attempt, MailAttempt):
                attempt.away = away
        await lane.run(attempts)
    return bool(gone)
