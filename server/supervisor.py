"""`muster up`: everything in one supervised command. What ends is started again; nothing is left behind (ADR 0008)."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from core.embedded import EmbeddedPostgres
from core.outage import tell
from core.settings import Settings
from server.children import Child, stop
from server.forks import Forks, forks_here
from server.kept import Kept, KeptChild, KeptPostgres
from server.restarts import GivenUpError
from server.space import Space
from server.startup import StartError, bound, check_database, embedded

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


async def supervise(parts: Sequence[Kept], told: Coroutine[Any, Any, None] | None = None) -> int:
    """Look after all parts until a signal, which is returned; GivenUpError when one of them ends too often.

    `told` is done meanwhile.
    """
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[int] = loop.create_future()

    def ask(number: int) -> None:
        if not asked.done():
            asked.set_result(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ask, number)
    telling = asyncio.create_task(told) if told is not None else None
    try:
        while not asked.done():
            for part in parts:
                try:
                    await asyncio.to_thread(part.look)
                except OSError as error:  # no memory or no process to be had now: the next look may find some
                    tell(error, "can't look after everything")
            await asyncio.wait([asked], timeout=LOOK_SECONDS)
    finally:
        if telling is not None:
            telling.cancel()
    log.info("stopping")
    return asked.result()


def answers(url: str) -> bool:
    """Whether a database of somebody else's answers now."""
    try:
        asyncio.run(check_database(url))
    except StartError:
        return False
    return True


Makers = dict[str, Callable[[], Child]]
"""How each process below is started, by its name in the log."""


def makers(
    kinds: dict[str, int], listeners: Sequence[socket.socket], settings: dict[str, str], forks: Forks | None
) -> Makers:
    """How to start so many processes of each kind. Those that serve each have a listener."""
    found: Makers = {}
    for kind, count in kinds.items():
        for number in range(count):
            own_first = [*listeners[number:], *listeners[:number]] if kind == "api" else []
            name = kind if count == 1 else f"{kind} {number + 1}"
            found[name] = partial(Child, kind, own_first, settings, forks)
    return found


def kept(children: dict[str, Child], again: Makers, url: str, ready: Callable[[], bool]) -> list[KeptChild]:
    """The children as parts that are looked after."""
    return [KeptChild(name, url, ready, child, again[name]) for name, child in children.items()]


def look_after(parts: Sequence[Kept], told: Coroutine[Any, Any, None] | None, drain: float) -> int:
    """Look after all parts until a signal (0), or until one of them ends too often (1); stops the children then.

    SIGTERM is passed on as it is: API processes drain. Ctrl-C ends them at once.
    """
    asked = signal.SIGINT
    try:
        asked = signal.Signals(asyncio.run(supervise(parts, told)))
    except GivenUpError as error:
        log.error("%s; stopping the rest", error)  # noqa: TRY400 (one line for a person)
        return 1
    finally:
        passed_on = signal.SIGTERM if asked is signal.SIGTERM else signal.SIGINT
        forks = next((part for part in parts if isinstance(part, Forks)), None)
        stop([part.child for part in parts if isinstance(part, KeptChild)], forks, passed_on, drain)
    return 0


def up(settings: Settings, *, with_demo: bool) -> int:
    """Start everything in the foreground; the exit status of the command."""
    listeners = bound(settings.host, settings.port, settings.processes)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while starting: what was started is stopped
    kinds = {"api": settings.processes, "worker": settings.workers}
    forks: Forks | None = None
    children: dict[str, Child] = {}
    try:
        forks = forks_here()
        again = makers(kinds, listeners, {"MUSTER_READY_JOBS": "true"}, forks)
        for name, make in again.items():
            children[name] = make()
        from server.preparation import prepare  # noqa: PLC0415 (imported while the children import too)

        with database_of(settings) as (url, server):
            try:
                link = asyncio.run(prepare(url, settings, with_demo=with_demo))
            except OSError as error:
                raise StartError(f"the database went away while starting: {error}") from error
            for child in children.values():
                child.begin(url)
            first: list[Kept] = [forks] if forks is not None else []
            ready: Callable[[], bool] = partial(answers, url)
            if server is not None:
                space = Space(server)
                postgres = KeptPostgres(server, space)
                first, ready = [space, postgres, *first], postgres.ready
            parts = [*first, *kept(children, again, url, ready)]
            children, forks = {}, None
            return look_after(parts, announce(settings, link), settings.drain_seconds)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(list(children.values()), forks)


def several(settings: Settings, url: str, kind: str, count: int, options: dict[str, str]) -> int:
    """Run so many processes of one kind, `api` or `worker`, until a signal; the exit status of the command.

    `options` are set in their environment.
    """
    listeners = bound(settings.host, settings.port, count) if kind == "api" else []
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also while starting: what was started is stopped
    forks: Forks | None = None
    children: dict[str, Child] = {}
    try:
        forks = forks_here()
        again = makers({kind: count}, listeners, options, forks)
        for name, make in again.items():
            children[name] = make()
            children[name].begin(url)
        first: list[Kept] = [forks] if forks is not None else []
        parts = [*first, *kept(children, again, url, partial(answers, url))]
        children, forks = {}, None
        return look_after(parts, None, settings.drain_seconds)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(list(children.values()), forks)
