"""Everything is killed while hundreds are being told: who was told is known, and nobody is left out."""

import asyncio
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import asyncpg
import pytest

from bench.figures import note
from core.embedded import EmbeddedPostgres
from jobs.subscribers.attempts import LINES
from models.words import Channel
from tests.conftest import in_memory
from tests.effort import effort
from tests.jobs.postbox import postbox
from tests.server.processes import free_port, launch, pull_the_plug

pytestmark = pytest.mark.slow

READERS = effort(50, 3000)
KILLS = effort(1, 5)

FILL = """
insert into subscriber(channel, digest, email, kinds, every_component, created_at, confirmed_at)
  select 'EMAIL', sha256(n::text::bytea), format('reader%s@example.org', n), '["INCIDENTS"]', true, now(), now()
  from generate_series(1, $1::int) n
"""
LOST_NOW = (
    "update job set lease_until = null where queue = 'bulk'",
    "update subscriber_delivery set due_at = now() where state = 'UNKNOWN'",
)
"""What a minute would do: the leases of the dead run out."""

SAY = """mutation ($incident: String!) { publishUpdate(input: {
  incident: $incident, audience: PUBLIC, status: INVESTIGATING, body: "We look into it."}) { cursor } }"""


async def ask(folder, *statements):
    """Carry out statements on the database itself; the rows of the last one."""
    url = (await asyncio.to_thread(EmbeddedPostgres, folder)).url
    connection = await asyncpg.connect(url)
    try:
        return [await connection.fetch(*(each if isinstance(each, tuple) else (each,))) for each in statements][-1]
    finally:
        await connection.close()


async def until(holds, seconds=120):
    end = asyncio.get_running_loop().time() + seconds
    while not await holds():
        assert asyncio.get_running_loop().time() < end, "nothing happened in time"
        await asyncio.sleep(0.05)


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="muster-told-", dir=in_memory()) as base:
        Path(base).chmod(0o755)  # PostgreSQL runs as another user when root runs the tests
        yield Path(base) / "data"


async def test_a_crash_in_the_middle_leaves_nobody_out_and_repeats_under_the_same_id(folder):
    port = free_port()
    async with postbox() as (box, smtp):
        settings = {"SMTP_URL": f"smtp://127.0.0.1:{smtp}", "MUSTER_MAIL_FROM": "Status <status@example.org>"}
        up = await asyncio.to_thread(launch, folder, port=port, **settings)
        try:
            await asyncio.to_thread(up.wait_ready)
            await ask(folder, (FILL, READERS))
            token = await asyncio.to_thread(up.token)
            declared = await asyncio.to_thread(
                up.graphql,
                'mutation { declareIncident(input: {title: "Down", severity: "SEV3"}) { incident { reference } } }',
                token,
            )
            reference = declared["data"]["declareIncident"]["incident"]["reference"]
            said = await asyncio.to_thread(up.graphql, SAY, token, incident=reference)
            assert said["data"]["publishUpdate"], said
            for kill in range(1, KILLS + 1):
                enough = READERS * kill // (KILLS + 1)

                async def some_are_told(enough=enough):
                    return len(box.arrived) >= enough

                await until(some_are_told)
                await asyncio.to_thread(pull_the_plug, up)
                up = await asyncio.to_thread(launch, folder, port=port, **settings)
                await asyncio.to_thread(up.wait_ready)
                await ask(folder, *LOST_NOW)

            async def all_are_told():
                rows = await ask(folder, "select state, count(*) from subscriber_delivery group by state")
                return [tuple(row) for row in rows] == [("SENT", READERS)]

            await until(all_are_told)
        finally:
            await asyncio.to_thread(pull_the_plug, up)
    ids = defaultdict(Counter)
    for mail in box.arrived:
        if str(mail["To"]).startswith("reader"):
            ids[str(mail["To"])][mail["Message-ID"]] += 1
    assert len(ids) == READERS, "nobody is left out"
    assert all(len(mine) == 1 for mine in ids.values()), "a repeat is known as the same mail"
    repeated = sum(count - 1 for mine in ids.values() for count in mine.values())
    assert repeated <= KILLS * LINES[Channel.EMAIL], "one for each connection that a mail was on"
    note("crash.subscribers", f"{READERS} told over {KILLS} crashes, 0 left out, {repeated} repeated under the same id")
