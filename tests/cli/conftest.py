"""A server on a real socket in this process, on the world's database and clock; `muster` in processes of its own."""

import asyncio
import os
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import uvicorn

from auth.token import issue_token
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from server.connections import OPTIONS
from tests.journeys.product import listening
from tests.server.processes import ROOT, environment, muster


@dataclass
class Gate:
    """What stands between `muster` and the server, and can be shut."""

    target: int
    port: int = 0
    swallow: int = 0
    """Of so many answers of HTTP nothing comes through: the request does, and then the line is cut."""
    up: bool = True
    opened: int = 0
    lines: set = field(default_factory=set)

    async def serve(self, reader, writer):
        if not self.up:
            writer.transport.abort()
            return
        self.opened += 1
        onward, back = await asyncio.open_connection("127.0.0.1", self.target)
        self.lines.update((writer, back))
        await asyncio.gather(self._pump(reader, back), self._pump(onward, writer, answers=True))
        self.lines.difference_update((writer, back))

    async def _pump(self, reader, writer, *, answers=False):
        with suppress(OSError):
            while data := await reader.read(65536):
                if answers and self.swallow:
                    self.swallow -= 1
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
        writer.close()

    def shut(self):
        """Cut every line, and take no new one."""
        self.up = False
        for writer in list(self.lines):
            writer.transport.abort()


@dataclass
class Cli:
    """`muster` as a person of the world types it."""

    world: object
    port: int
    tokens: dict
    home: object
    gate: Gate

    def variables(self, who="ben", **more):
        given = {
            "MUSTER_URL": f"http://127.0.0.1:{self.port}",
            "XDG_CONFIG_HOME": self.home,
            "COLUMNS": 100,
            "TZ": "UTC",
        }
        token = {} if who is None else {"MUSTER_TOKEN": self.tokens.get(who, who)}
        return {**given, **token, **more}

    async def __call__(self, *arguments, who="ben", **more):
        """Run it to its end; the loop goes on meanwhile, for the server is on it."""
        return await asyncio.to_thread(muster, *arguments, **self.variables(who, **more))

    async def start(self, *arguments, who="ben", **more):
        """One that goes on: its output is a pipe, or what `more` says."""
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
        pipes.update({name: more.pop(name) for name in ("stdin", "stdout", "stderr") if name in more})
        variables = environment(**self.variables(who, PYTHONUNBUFFERED=1, **more))
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", *arguments, cwd=ROOT, env=variables, **pipes
        )

    @asynccontextmanager
    async def terminal(self, *arguments, **more):
        """One at a terminal of its own."""
        master, slave = os.openpty()
        child = await self.start(
            *arguments, **{"stdin": slave, "stdout": slave, "stderr": slave, "TERM": "xterm", **more}
        )
        os.close(slave)
        try:
            yield Terminal(master, child)
        finally:
            os.close(master)
            if child.returncode is None:
                child.kill()
                await child.wait()

    def through_the_gate(self):
        """The address of the gate."""
        return f"http://127.0.0.1:{self.gate.port}"


class Terminal:
    """What somebody at a terminal sees and types."""

    def __init__(self, master, child):
        self.master, self.child, self.seen = master, child, ""

    async def until(self, text):
        """Read until a text is seen."""
        async with asyncio.timeout(20):
            while text not in self.seen:
                assert await self._more(), f"it ended with {self.seen!r}"
        return self.seen

    async def types(self, text):
        self.seen = ""
        os.write(self.master, f"{text}\n".encode())

    async def end(self):
        """Read to the end; the exit code."""
        async with asyncio.timeout(20):
            while await self._more():
                pass
            return await self.child.wait()

    async def _more(self):
        try:
            data = await asyncio.to_thread(os.read, self.master, 65536)
        except OSError:  # nobody is at the other end (Linux)
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


@pytest.fixture
async def cli(world, tmp_path):
    listener, port = listening()
    settings = Settings(
        MUSTER_DATA_DIR=tmp_path / "data", MUSTER_PUBLIC_URL=f"http://127.0.0.1:{port}", MUSTER_RATE_COST_PER_MINUTE=0
    )
    live = Live(world.database, poll=0.2, beat=0.5)
    world.database.on_commit = live.on_commit
    app = build_app(Runtime(settings, world.database, live))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2, lifespan="on", **OPTIONS))
    server.install_signal_handlers = lambda: None
    gate = Gate(port)
    between = await asyncio.start_server(gate.serve, "127.0.0.1", 0)
    gate.port = between.sockets[0].getsockname()[1]
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        assert not task.done(), "the server ended while starting"
        await asyncio.sleep(0.01)
    try:
        yield Cli(world, port, await _tokens(world), tmp_path / "config", gate)
    finally:
        gate.shut()
        between.close()
        await between.wait_closed()
        server.should_exit = True
        await task
        listener.close()


async def _tokens(world):
    found = {}
    async with world.database.unit_of_work() as session:
        for name, user in world.users.items():
            found[name], _ = await issue_token(session, world.clock, name=name, access_role=user.access_role, user=user)
    return found
