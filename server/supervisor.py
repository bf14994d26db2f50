"""`muster up`: everything in one supervised command. One child's end ends all; nothing is left behind."""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from core.embedded import EmbeddedError, EmbeddedPostgres
from core.settings import Settings
from server.children import Child, stop
from server.startup import StartError, check_port, embedded

log = logging.getLogger("muster")

READY_SECONDS = 60
LOOK_SECONDS = 0.2
"""Between two looks at the children and at PostgreSQL."""


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
        f"  GraphiQL       {settings.base_url}/console",
    ]
    if link:
        lines.append(f"  Sign in once   {link}")
    lines.append("Ctrl-C stops everything.")
    print("\n".join(lines), flush=True)  # noqa: T201 (for the person who started it)


def end_of(server: EmbeddedPostgres) -> int | None:
    """The exit status of PostgreSQL, once it ended; None while it runs.

    If it belongs to another process of ours (a second `muster up`, a command) and ends with that, we take over.
    """
    status = server.poll()
    try:
        if status is None and not server.owned and server.taken_over():
            log.info("who ran PostgreSQL has ended; it runs here now")
    except EmbeddedError as error:
        log.error("%s", error)  # noqa: TRY400 (one line for a person)
        return 1
    return status


async def supervise(watched: dict[str, Callable[[], int | None]], settings: Settings, link: str | None) -> int:
    """Watch until a signal (0), or until one of those that are watched ends by itself (1)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    told = asyncio.create_task(announce(settings, link))
    try:
        while not asked.is_set():
            for name, poll in watched.items():
                status = await asyncio.to_thread(poll)
                if status is not None:
                    log.error("%s ended unexpectedly (status %s); stopping the rest", name, status)
                    return 1
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await asked.wait()
            except TimeoutError:
                continue
    finally:
        told.cancel()
    log.info("stopping")
    return 0


def up(settings: Settings, *, with_demo: bool) -> int:
    """Start everything in the foreground; the exit status of the command."""
    check_port(settings.host, settings.port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while starting: what was started is stopped
    children = {name: Child(name) for name in ("api", "worker")}
    try:
        from server.preparation import prepare  # noqa: PLC0415 (imported while the children import too)

        with database_of(settings) as (url, server):
            try:
                link = asyncio.run(prepare(url, settings, with_demo=with_demo))
            except OSError as error:
                raise StartError(f"the database went away while starting: {error}") from error
            for child in children.values():
                child.begin(url)
            watched: dict[str, Callable[[], int | None]] = {name: child.poll for name, child in children.items()}
            if server is not None:
                watched["PostgreSQL"] = lambda: end_of(server)
            try:
                return asyncio.run(supervise(watched, settings, link))
            finally:
                stop(list(children.values()))
                children.clear()
    except KeyboardInterrupt:
        return 0
    finally:
        stop(list(children.values()))
