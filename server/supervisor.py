"""`muster up`: everything in one supervised command. One child's end ends all; nothing is left behind."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from actions.sign_in import anyone_signed_in, create_sign_in_link, ensure_admin
from auth.actor import SYSTEM
from core.db import Database
from core.embedded import EmbeddedError, EmbeddedPostgres
from core.settings import Settings
from migrations.apply import migrate
from server.demo.fill import fill
from server.startup import StartError, check_database, check_port, embedded
from server.tether import TETHER

log = logging.getLogger("muster")

STOP_SECONDS = 15
READY_SECONDS = 60
CHILDREN = ("api", "worker")


@contextmanager
def database_of(settings: Settings) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """The database's address; the embedded server runs as long as the block."""
    if settings.database_url:
        yield settings.database_url, None
        return
    server = embedded(settings)
    try:
        yield server.url, server
    finally:
        server.stop()


async def first_sign_in(database: Database, settings: Settings) -> str | None:
    """A link for the first admin, as long as nobody has ever signed in; None after that."""
    async with database.unit_of_work() as session:
        admin = await ensure_admin(session)
        if await anyone_signed_in(session):
            return None
        secret = await create_sign_in_link(session, SYSTEM, admin)
    return f"{settings.base_url}/auth/link/{secret}"


async def prepare(url: str, settings: Settings, *, with_demo: bool) -> str | None:
    """Migrate, make the first admin, fill in the demo; the sign-in link if one is due."""
    await check_database(url)
    await migrate(url)
    database = Database(url, pool_size=2)
    try:
        link = await first_sign_in(database, settings)
        if with_demo:
            log.info(await fill(database))
    finally:
        await database.close()
    return link


async def spawn(name: str, url: str, tether: int) -> asyncio.subprocess.Process:
    """Start a child of our own command on the same database, tied to this process."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server",
        name,
        env={**os.environ, "DATABASE_URL": url, TETHER: str(tether)},
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=[tether],
        start_new_session=True,  # Ctrl-C is for us; we pass it on
    )


async def announce(settings: Settings, link: str | None) -> None:
    """Say where everything is, once it answers."""
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 (a comparison)
    address = f"http://[{host}]" if ":" in host else f"http://{host}"
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while asyncio.get_running_loop().time() < deadline:
            try:
                if (await client.get(f"{address}:{settings.port}/readyz")).status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
        else:
            log.warning("not ready after %s s; /readyz says why", READY_SECONDS)
            return
    lines = [
        "Muster is ready.",
        f"  Status page    {settings.base_url}/",
        f"  GraphQL API    {settings.base_url}/graphql",
        f"  GraphiQL       {settings.base_url}/console",
    ]
    if link:
        lines.append(f"  Sign in once   {link}")
    lines.append("Ctrl-C stops everything.")
    print("\n".join(lines), flush=True)  # noqa: T201 (for the person who started it)


async def end_of(server: EmbeddedPostgres) -> int:
    """The exit status of PostgreSQL, once it ended. Looked at twice a second: a thread could not be cancelled.

    If it belongs to another process of ours (a second `muster up`, a command) and ends with that, we take over.
    """
    while (status := server.poll()) is None:
        await asyncio.sleep(0.5)
        try:
            if not server.owned and await asyncio.to_thread(server.taken_over):
                log.info("who ran PostgreSQL has ended; it runs here now")
        except EmbeddedError as error:
            log.error("%s", error)  # noqa: TRY400 (one line for a person)
            return 1
    return status


async def stop(children: dict[str, asyncio.subprocess.Process]) -> None:
    """Ask all children to end; insist after 15 s."""
    running = [child for child in children.values() if child.returncode is None]
    for child in running:
        child.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await asyncio.gather(*(child.wait() for child in running))
    except TimeoutError:
        for child in running:
            if child.returncode is None:
                log.warning("process %s did not end in %s s; killing it", child.pid, STOP_SECONDS)
                child.kill()
                await child.wait()


async def supervise(url: str, server: EmbeddedPostgres | None, settings: Settings, link: str | None) -> int:
    """Run the children until a signal (0) or until one of them, or PostgreSQL, ends by itself (1)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    read_end, write_end = os.pipe()
    children: dict[str, asyncio.subprocess.Process] = {}
    try:
        for name in CHILDREN:
            children[name] = await spawn(name, url, read_end)
        watched = {name: asyncio.create_task(child.wait()) for name, child in children.items()}
        if server is not None:
            watched["PostgreSQL"] = asyncio.create_task(end_of(server))
        told = asyncio.create_task(announce(settings, link))
        stopping = asyncio.create_task(asked.wait())
        await asyncio.wait([stopping, *watched.values()], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if asked.is_set():
            log.info("stopping")
            return 0
        for name, task in watched.items():
            if task.done():
                log.error("%s ended unexpectedly (status %s); stopping the rest", name, task.result())
        return 1
    finally:
        await stop(children)
        os.close(read_end)
        os.close(write_end)


def up(settings: Settings, *, with_demo: bool) -> int:
    """Start everything in the foreground; the exit status of the command."""
    check_port(settings.host, settings.port)
    with database_of(settings) as (url, server):
        try:
            link = asyncio.run(prepare(url, settings, with_demo=with_demo))
        except OSError as error:
            raise StartError(f"the database went away while starting: {error}") from error
        return asyncio.run(supervise(url, server, settings, link))
