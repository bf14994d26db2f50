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
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

import asyncpg

from actions.metrics.answer import Answer
from actions.metrics.question import read_question
from auth.actor import Actor
from bench.data import load
from bench.figures import note
from bench.metrics_by_hand import BY_HAND, COUNTED
from bench.metrics_rows import ROWS
from bench.servers import cluster, process
from bench.token import make_token
from core.db import Database
from migrations.apply import migrate
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


async def _fill(url: str) -> None:
    await load(url, incidents=INCIDENTS, events_each=1)
    connection = await asyncpg.connect(url, command_timeout=3600)
    for statement in (*ROWS, COUNTED):
        await connection.execute(statement)
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
        return worst
    finally:
        await bare.close()
        await database.close()


def _whole(port: int, token: str) -> float:
    """One question over HTTP, by week and by service and severity, in milliseconds."""
    today = datetime.now(UTC).date()
    days = {"firstDay": str(today - timedelta(days=DAYS - 1)), "lastDay": str(today)}
    asked = {"metric": "mttr", **days, "timeZone": "UTC", "groupBy": ["SERVICE", "SEVERITY"]}
    body = json.dumps({"query": ASKED, "variables": {"input": asked}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    taken = []
    for _ in range(ROUNDS + 2):
        begun = perf_counter()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, headers)
        with urllib.request.urlopen(request) as answer:
            told = json.loads(answer.read())
        assert "errors" not in told, told
        taken.append((perf_counter() - begun) * 1000)
    print(f"  {told['data']['metric']['total']['count']:,} have a value")
    return statistics.median(taken[2:])


def main() -> None:
    kept = Path(os.environ["BENCH_KEEP"]) if "BENCH_KEEP" in os.environ else None
    there = kept is not None and kept.exists()
    with cluster(kept) as url:
        if not there:
            asyncio.run(migrate(url))
            asyncio.run(_fill(url))
        print(f"metrics: {INCIDENTS:,} incidents, {len(DEFINITIONS)} definitions")
        worst = asyncio.run(_compare(url))
        note("metrics.worst", f"{worst:.2f} times its hand-written SQL ({ALLOWED_TIMES} allowed)")
        token = asyncio.run(make_token(url))
        with process(["server", "api"], url, "/healthz") as (_, port):
            note("metrics.whole", f"{_whole(port, token):.0f} ms over HTTP ({ALLOWED_MS} allowed)")


if __name__ == "__main__":
    main()
