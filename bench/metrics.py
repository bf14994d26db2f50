"""Metrics over 100,000 incidents, about two years: each against a hand-written SQL of the same run.

The hand-written ones (bench.metrics_by_hand) do the same for somebody who sees all that is not private.
`python -m bench.metrics`; BENCH_INCIDENTS and BENCH_ROUNDS change the size, BENCH_KEEP names a folder in which the
filled cluster is kept for next time.
"""

import asyncio
import json
import os
import statistics
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg
from sqlalchemy import func, select

from actions.declarations import declare_incident
from actions.metrics import remembering
from actions.metrics.answer import Answer
from actions.metrics.question import read_question
from auth.actor import SYSTEM, Actor
from bench.data import load
from bench.figures import note
from bench.metrics_by_hand import BY_HAND, COUNTED
from bench.metrics_rows import ROWS
from bench.servers import cluster, process
from bench.token import make_token
from core.cursor import encode_cursor
from core.db import Database
from migrations.apply import migrate
from models.event import Event
from models.metrics.definitions import DEFINITIONS
from models.words import AccessRole, ActorKind, MetricDimension, MetricPeriod

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
DAYS = 724
ALLOWED_MS, ALLOWED_TIMES = 300, 3

DIMENSIONS = {"severity": MetricDimension.SEVERITY, "service": MetricDimension.SERVICE}
ASKED = """query ($input: MetricInput!) { metric(input: $input) { cursor
  total { count median p90 p95 } before { count } buckets { firstDay figures { count mean median p90 p95 } }
  groups { parts { name } total { count mean median p90 p95 } change } } }"""
EVE = Actor(ActorKind.USER, 7, "Eve", AccessRole.VIEWER)


async def fill(url: str) -> None:
    """Incidents with all that metrics look at."""
    await load(url, incidents=INCIDENTS, events_each=1)
    connection = await asyncpg.connect(url, command_timeout=3600)
    for statement in (*ROWS, COUNTED):
        await connection.execute(statement)
    await connection.execute("vacuum analyze")  # as PostgreSQL does by itself with tables that grow
    await connection.close()


async def _best(work: Callable[[], Awaitable[object]]) -> float:
    """The median of some rounds, in milliseconds, the first left out."""
    taken = []
    for _ in range(ROUNDS + 1):
        begun = perf_counter()
        await work()
        taken.append((perf_counter() - begun) * 1000)
    return statistics.median(taken[1:])


async def _compare(url: str) -> float:
    """How many times the hand-written statement each takes; the worst."""
    database = Database(url, pool_size=2)
    bare = await asyncpg.connect(url, server_settings={"jit": "off"})
    last = database.clock.now().date()
    worst = 0.0
    try:
        for label, statement in BY_HAND.items():
            key, _, by = label.partition(" by ")
            dimensions = [DIMENSIONS[word] for word in by.replace(" and ", ", ").split(", ") if word in DIMENSIONS]
            given = {"metric": key, "first_day": last - timedelta(days=DAYS - 1), "last_day": last, "time_zone": "UTC"}

            async def ours(given=given, dimensions=dimensions, weekly="week" in by) -> None:
                remembering.forget()
                async with database.reading() as reader:
                    asked = await read_question(reader, EVE, **given, group_by=dimensions, period=MetricPeriod.WEEK)
                    answer = Answer(reader, asked)
                    await (answer._read(series=True, grouped=bool(dimensions)) if weekly else answer.groups())  # noqa: SLF001

            edges = [datetime.combine(day, time.min, UTC) for day in (given["first_day"], last + timedelta(days=1))]
            own = await _best(ours)
            theirs = await _best(lambda s=statement, e=edges: bare.fetch(s, *e))
            worst = max(worst, own / theirs)
            note(
                f"metrics.{label.replace(' ', '_')}", f"{own:.0f} ms, by hand {theirs:.0f} ms: {own / theirs:.2f} times"
            )
        await _as_of(database, last)
        return worst
    finally:
        await bare.close()
        await database.close()


async def _as_of(database: Database, last: date) -> None:
    """A question as of before the newest corrections, of one incident in a hundred."""

    async def asked() -> None:
        async with database.reading() as reader:
            newest = await reader.scalar(select(func.min(Event.id)).where(Event.kind == "incident.timestamp_corrected"))
            given = {"metric": "mttr", "first_day": last - timedelta(days=DAYS - 1), "last_day": last}
            question = await read_question(reader, EVE, **given, as_of=encode_cursor(newest - 1))
            await Answer(reader, question).series()

    note("metrics.as_of", f"{await _best(asked):.0f} ms, with one incident in a hundred changed since")


async def _something_happens(url: str) -> None:
    """Somebody declares an incident."""
    database = Database(url, pool_size=1)
    async with database.unit_of_work() as session:
        await declare_incident(session, SYSTEM, title="Checkout is down", severity="SEV1")
    await database.close()


def processor_ms(url: str, api: int) -> float:
    """The processor time that the API process and the connections of the database have taken so far."""

    async def connections() -> list[int]:
        connection = await asyncpg.connect(url)
        found = await connection.fetch("select pid from pg_stat_activity where backend_type = 'client backend'")
        await connection.close()
        return [row["pid"] for row in found]

    def taken(pid: int) -> int:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0
        return int(parts[11]) + int(parts[12])

    return sum(map(taken, [api, *asyncio.run(connections())])) * 1000 / os.sysconf("SC_CLK_TCK")


def _whole(url: str, api: int, port: int, token: str, *, anew: bool) -> str:
    """One question over HTTP, by week and by service and severity: how long it takes, and how much of that is work.

    `anew`: before each round something happened that nobody is told of, so that nothing that is remembered holds.
    """
    today = datetime.now(UTC).date()
    days = {"firstDay": str(today - timedelta(days=DAYS - 1)), "lastDay": str(today)}
    asked = {"metric": "mttr", **days, "timeZone": "UTC", "groupBy": ["SERVICE", "SEVERITY"]}
    body = json.dumps({"query": ASKED, "variables": {"input": asked}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    taken, before = [], 0.0
    for n in range(ROUNDS + 2):
        if anew:
            asyncio.run(_something_happens(url))
        before = processor_ms(url, api) if n == 2 else before
        begun = perf_counter()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, headers)
        with urllib.request.urlopen(request) as answer:
            told = json.loads(answer.read())
        assert "errors" not in told, told
        taken.append((perf_counter() - begun) * 1000)
    work = (processor_ms(url, api) - before) / ROUNDS
    print(f"  {told['data']['metric']['total']['count']:,} have a value")
    return f"{statistics.median(taken[2:]):.0f} ms over HTTP, of these {work:.0f} ms processor time"


def main() -> None:
    kept = Path(os.environ["BENCH_KEEP"]) if "BENCH_KEEP" in os.environ else None
    there = kept is not None and kept.exists()
    with cluster(kept) as url:
        if not there:
            asyncio.run(migrate(url))
            asyncio.run(fill(url))
        print(f"metrics: {INCIDENTS:,} incidents, {len(DEFINITIONS)} definitions")
        worst = asyncio.run(_compare(url))
        note("metrics.worst", f"{worst:.2f} times its hand-written SQL ({ALLOWED_TIMES} allowed)")
        token = asyncio.run(make_token(url))
        with process(["server", "api"], url, "/healthz") as (api, port):
            for name, anew in (("metrics.whole", True), ("metrics.whole_again", False)):
                note(name, f"{_whole(url, api.pid, port, token, anew=anew)} ({ALLOWED_MS} ms allowed warm)")


if __name__ == "__main__":
    main()
