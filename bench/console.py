"""The incident page of the command centre: one with 2,000 events among 20,000 incidents, and 200 pages open on it.

`python -m bench.console`; BENCH_INCIDENTS, BENCH_ROUNDS and BENCH_PAGES change the size. The page is asked through the
whole ASGI application, with a session; its reference is its own statements, sent again by asyncpg on one connection.
"""

import asyncio
import os
import statistics
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter, process_time

import asyncpg
import uvloop
from sqlalchemy import event

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.roles import assign_role
from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.tasks import add_task
from auth.actor import SYSTEM, Actor
from bench.console_client import Opened, ask
from bench.data import load
from bench.figures import note
from bench.servers import cluster
from console.ahead import look_ahead
from console.compiled import compile_ahead
from console.incident.live import wall_of
from console.pages import pages
from core.db import Database
from core.garbage import rarely_collect
from core.ids import encode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from migrations.apply import migrate
from models.person import User
from models.words import AccessRole, ActorKind, EntryKind
from server.asgi import build_app

INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "20000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "60"))
PAGES = int(os.environ.get("BENCH_PAGES", "200"))
EVENTS = 2_000
SQL_RATIO, KILOBYTES, CPU = 3.0, 60, 0.1
"""What issue 8 allows: times its SQL, compressed, seconds of the first rendering."""


async def _incident(database: Database) -> tuple[str, list[Actor]]:
    """The incident, and five people who look at it."""
    people = []
    async with database.unit_of_work() as session:
        for number in range(5):
            person = User(
                name=f"Person {number}",
                email=f"person{number}@bench.example",
                access_role=AccessRole.RESPONDER,
                created_at=database.clock.now(),
            )
            session.add(person)
            await session.flush()
            people.append(Actor(ActorKind.USER, person.id, person.name, AccessRole.RESPONDER))
        ben = people[0]
        made = await declare_incident(session, ben, title="Checkout fails for everybody", severity="SEV1")
        reference = made.reference
    async with database.unit_of_work() as session:
        for role in ("commander", "scribe"):
            await assign_role(session, ben, incident=reference, role=role, user=encode("User", ben.id or 0))
        for number in range(12):
            await add_task(session, ben, incident=reference, title=f"Look at region {number}")
    for begin in range(0, EVENTS, 100):
        async with database.unit_of_work() as session:
            for number in range(begin, begin + 100):
                text = f"**{number}** orders failed in the last minute; the pool of connections is empty again."
                await add_entry(session, ben, incident=reference, kind=EntryKind.OBSERVATION, text=text)
    return reference, people


async def _session(database: Database, actor: Actor) -> str:
    async with database.unit_of_work() as session:
        secret = await create_sign_in_link(session, SYSTEM, await session.get_one(User, actor.id))
    async with database.unit_of_work() as session:
        return await use_sign_in_link(session, secret)


async def _page(runtime: Runtime, app: object, path: str, cookie: str) -> None:
    """The page against its statements, its weight, and what the first rendering costs."""
    for how in ("anew", "kept"):
        begun = process_time()
        pages.cache.clear()  # type: ignore[union-attr]
        compile_ahead(runtime.settings.data_dir).join()
        note(f"console.templates_{how}", f"{(process_time() - begun) * 1000:.0f} ms CPU, beside a server that serves")
    before = process_time()
    await look_ahead(runtime)  # at the newest incident, which is another one
    note("console.ahead", f"{(process_time() - before) * 1000:.0f} ms CPU, beside a server that serves")
    before = process_time()
    await ask(app, path, cookie)
    note("console.first_cpu", f"{(process_time() - before) * 1000:.0f} ms CPU (allowed {CPU * 1000:.0f})")
    sent: list[tuple[str, tuple[object, ...]]] = []

    def keep(_c: object, _u: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        sent.append((statement, parameters))

    engine = runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", keep)
    body = await ask(app, path, cookie)
    event.remove(engine, "before_cursor_execute", keep)
    note("console.weight", f"{len(body) / 1000:.1f} kB brotli (allowed {KILOBYTES})")
    connection = await asyncpg.connect(runtime.database.url.set(drivername="postgresql").render_as_string(False))
    statements = [(await connection.prepare(text), given) for text, given in sent]
    ours, theirs, cpu = [], [], []
    for _ in range(ROUNDS):
        began, worked = perf_counter(), process_time()
        await ask(app, path, cookie)
        ours.append(perf_counter() - began)
        cpu.append(process_time() - worked)
        began = perf_counter()
        for statement, given in statements:
            await statement.fetch(*given)
        theirs.append(perf_counter() - began)
    await connection.close()
    page, sql = statistics.median(ours), statistics.median(theirs)
    note("console.page", f"{page * 1000:.1f} ms, {statistics.median(cpu) * 1000:.1f} ms CPU; {len(sent)} statements")
    note("console.sql", f"{sql * 1000:.1f} ms; the page is {page / sql:.2f} x (allowed {SQL_RATIO})")


async def _open(runtime: Runtime, app: object, path: str, cookies: list[str]) -> None:
    """One event on its way to all open pages: how often it is rendered, and when the last has it."""
    wall, database = wall_of(runtime), runtime.database
    ben = Actor(ActorKind.USER, 1, "Ben", AccessRole.ADMIN)
    async with AsyncExitStack() as stack:
        pages = [
            await stack.enter_async_context(Opened(app, f"{path}/live", cookies[number % len(cookies)]))
            for number in range(PAGES)
        ]
        await asyncio.gather(*(page.next() for page in pages))
        taken, renderings, cpu = [], [], []
        for number in range(10):
            before, began, worked = wall.renderings, perf_counter(), process_time()
            async with database.unit_of_work() as session:
                await add_entry(
                    session, ben, incident=path.rpartition("/")[2], kind=EntryKind.NOTE, text=f"News {number}"
                )
            await asyncio.gather(*(page.until(f"News {number}") for page in pages))
            taken.append(perf_counter() - began)
            cpu.append(process_time() - worked)
            renderings.append(wall.renderings - before)
    note("console.live", f"{PAGES} pages, {max(renderings)} renderings an event at most for {len(cookies)} people")
    note(
        "console.live_ms",
        f"the last page has it after p50 {statistics.median(taken) * 1000:.0f} ms;"
        f" {statistics.median(cpu) * 1000:.0f} ms CPU an event",
    )


async def main() -> None:
    """Everything on one embedded cluster."""
    with tempfile.TemporaryDirectory() as folder, cluster() as url:
        await migrate(url)
        await load(url, incidents=INCIDENTS, events_each=5)
        rarely_collect()
        database = Database(url)
        live = Live(database)
        database.on_commit = live.on_commit
        runtime = Runtime(Settings(data_dir=Path(folder)), database, live)
        app = build_app(runtime)
        reference, people = await _incident(database)
        async with database.unit_of_work() as session:
            await declare_incident(session, people[0], title="Mail is late", severity="SEV3")
        cookies = [await _session(database, person) for person in people]
        path = f"/console/incidents/{reference}"
        async with live.running():
            await _page(runtime, app, path, cookies[1])
            await _open(runtime, app, path, cookies)
        await database.close()


if __name__ == "__main__":
    uvloop.run(main())  # as `muster api` does
