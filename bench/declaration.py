"""declareIncident with workflows of 0 and of 20 steps: what they do must not make declaring slower.

And how soon after the commit the first step is taken, by a worker beside it.
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import asyncpg

from actions.declarations import declare_incident
from actions.workflows.saving import save_workflow
from auth.actor import SYSTEM
from bench.figures import note
from bench.servers import cluster
from core.db import Database
from core.notify import Notifier
from core.secrets import Secrets
from migrations.apply import migrate

ROUNDS = 40
AT_ONCE = 10
"""Declarations of a round; rounds of either kind take turns, so that a busy machine is busy for both."""
SINGLES = 60

STEPS = [{"add_note": {"text": f"Step {number}."}} for number in range(20)]
FIRST = """
select extract(epoch from min(s.begun_at)) from workflow_step_run s join workflow_run r on r.id = s.run_id
where r.incident_id = $1
"""


async def _save(database: Database, key: str, steps: list[dict], *, severity: str) -> None:
    definition = {
        "trigger": {"events": ["incident.declared"]},
        "conditions": {"severities": [severity]},
        "steps": steps,
    }
    async with database.unit_of_work() as session:
        await save_workflow(session, SYSTEM, key=key, name=key, definition=definition)


async def _without(url: str) -> None:
    """No workflow waits for anything."""
    connection = await asyncpg.connect(url)
    await connection.execute("delete from workflow_trigger")
    await connection.close()


async def _round(database: Database) -> float:
    began = time.perf_counter()
    for _ in range(AT_ONCE):
        async with database.unit_of_work() as session:
            await declare_incident(session, SYSTEM, title="Checkout is down", severity="SEV1")
    return (time.perf_counter() - began) / AT_ONCE


async def _compare(bare_url: str, full_url: str) -> None:
    bare, full = Database(bare_url, secrets=Secrets(["bench"])), Database(full_url, secrets=Secrets(["bench"]))
    await _without(bare_url)
    for number in range(5):
        await _save(full, f"bench-{number}", STEPS, severity="SEV1")
    taken: dict[str, list[float]] = {"bare": [], "full": []}
    for number in range(ROUNDS + 2):
        for name, database in (("bare", bare), ("full", full)):
            seconds = await _round(database)
            if number > 1:  # the first warm up
                taken[name].append(seconds)
    ratio = statistics.median(f / b for f, b in zip(taken["full"], taken["bare"], strict=True))
    medians = {name: statistics.median(times) * 1000 for name, times in taken.items()}
    print(f"declaration: {medians['bare']:.1f} ms without workflows, {medians['full']:.1f} ms with 5 of 20 steps")
    print(f"  ratio {ratio:.2f} (at most 1.1)")
    note("declaration.ratio", round(ratio, 2))
    await bare.close()
    await full.close()


async def _first_step(url: str) -> None:
    """From the commit of a declaration to the first step of its workflow, with a worker in a process of its own."""
    notifier = Notifier(url)
    sending = asyncio.create_task(notifier.run())
    database = Database(url, secrets=Secrets(["bench"]), on_commit=notifier.ask)
    connection = await asyncpg.connect(url)
    waits = []
    for number in range(SINGLES + 1):
        async with database.unit_of_work() as session:
            incident = await declare_incident(session, SYSTEM, title="Checkout is down", severity="SEV1")
        committed = time.time()
        while (begun := await connection.fetchval(FIRST, incident.id)) is None:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.005)
        if number:  # the first one waits for the worker to start
            waits.append((float(begun) - committed) * 1000)
    sending.cancel()
    waits.sort()
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"  from the commit to the first step: p50 {p50:.0f} ms, p99 {p99:.0f} ms (at most 50 and 250)")
    note("declaration.first_step_p50_ms", round(p50))
    note("declaration.first_step_p99_ms", round(p99))
    await connection.close()
    await database.close()


def main() -> None:
    """Compare, on two databases of one server."""
    with cluster() as bare_url, cluster() as full_url:
        asyncio.run(migrate(bare_url))
        asyncio.run(migrate(full_url))
        asyncio.run(_compare(bare_url, full_url))
    with cluster() as url, tempfile.TemporaryDirectory() as folder:
        asyncio.run(migrate(url))
        environment = {**os.environ, "DATABASE_URL": url, "MUSTER_DATA_DIR": folder}
        child = subprocess.Popen([sys.executable, "-m", "server", "worker"], env=environment)
        try:
            asyncio.run(_first_step(url))
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(20)


if __name__ == "__main__":
    main()
