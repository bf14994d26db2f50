"""`muster up`: everything in one supervised command. What ends is started again; nothing is left behind (ADR 0008)."""

import asyncio
import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import httpx

from core.embedded import EmbeddedPostgres
from core.outage import tell
from core.settings import Settings
from server.children import Child, stop
from server.kept import Kept, KeptChild, KeptPostgres
from server.restarts import GivenUpError
from server.space import Space
from server.startup import StartError, check_database, check_port, embedded

log = logging.getLogger("muster")

READY_SECONDS = 60
LOOK_SECONDS = 0.2
"""Between two looks at the disk, at PostgreSQL and at the children."""


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
        f"  Console        {settings.base_url}/console",
    ]
    if link:
        lines.append(f"  Sign in once   {link}")
    lines.append("Ctrl-C stops everything.")
    print("\n".join(lines), flush=True)  # noqa: T201 (for the person who started it)


async def supervise(parts: Sequence[Kept], settings: Settings, link: str | None) -> int:
    """Look after all parts until a signal (0), or until one of them ends too often (1)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    told = asyncio.create_task(announce(settings, link))
    try:
        while not asked.is_set():
            for part in parts:
                try:
                    await asyncio.to_thread(part.look)
                except OSError as error:  # no memory or no process to be had now: the next look may find some
                    tell(error, "can't look after everything")
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await asked.wait()
            except TimeoutError:
                continue
    except GivenUpError as error:
        log.error("%s; stopping the rest", error)  # noqa: TRY400 (one line for a person)
        return 1
    finally:
        told.cancel()
    log.info("stopping")
    return 0


def answers(url: str) -> bool:
    """Whether a database of somebody else's answers now."""
    try:
        asyncio.run(check_database(url))
    except StartError:
        return False
    return True


def looked_after(url: str, server: EmbeddedPostgres | None, children: dict[str, Child]) -> list[Kept]:
    """The parts, the ones first on which others stand."""
    if server is None:
        return [KeptChild(name, url, partial(answers, url), child) for name, child in children.items()]
    space = Space(server)
    postgres = KeptPostgres(server, space)
    return [space, postgres, *(KeptChild(name, url, postgres.ready, child) for name, child in children.items())]


def up(settings: Settings, *, with_demo: bool) -> int:
    """Start everything in the foreground; the exit status of the command."""
    check_port(settings.host, settings.port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while starting: what was started is stopped
    children = {name: Child(name) for name in ("api", "worker")}
    parts: list[Kept] = []
    try:
        from server.preparation import prepare  # noqa: PLC0415 (imported while the children import too)

        with database_of(settings) as (url, server):
            try:
                link = asyncio.run(prepare(url, settings, with_demo=with_demo))
            except OSError as error:
                raise StartError(f"the database went away while starting: {error}") from error
            for child in children.values():
                child.begin(url)
            parts = looked_after(url, server, children)
            try:
                return asyncio.run(supervise(parts, settings, link))
            finally:
                stop([part.child for part in parts if isinstance(part, KeptChild)])
                children.clear()
    except KeyboardInterrupt:
        return 0
    finally:
        stop(list(children.values()))
