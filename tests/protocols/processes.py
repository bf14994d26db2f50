"""A real `muster api` on a test's database, a wire to it that can be cut, and programs on Node.js that speak to it."""

import asyncio
import contextlib
import signal

import httpx

from tests.npm.tools import FOLDER
from tests.server.processes import free_port, start

READY_SECONDS = 90


class Api:
    """A web process as production runs it. It can be ended and started again on the same port."""

    def __init__(self, database_url, folder, **settings):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log = folder / "api.log"
        self._settings = {
            "DATABASE_URL": database_url,
            "MUSTER_DATA_DIR": folder,
            "MUSTER_PORT": self.port,
            "MUSTER_ENV": "production",
            "MUSTER_ALLOW_ONE_HOST": "true",
            "MUSTER_REPLAY_DAYS": 3650,  # the test's clock is not the machine's
            **settings,
        }
        self._child = None

    async def start(self):
        self._child = start("api", output=self._log, **self._settings)
        async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(base_url=self.address, trust_env=False) as client:
            while True:
                assert self._child.poll() is None, self._log.read_text()
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/healthz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    async def stop(self, how=signal.SIGTERM):
        """End it; its exit code."""
        self._child.send_signal(how)
        return await asyncio.to_thread(self._child.wait, READY_SECONDS)

    @property
    def log(self):
        return self._log.read_text()


@contextlib.asynccontextmanager
async def running(database_url, folder, **settings):
    """A `muster api` that answers, ended with the block."""
    api = Api(database_url, folder, **settings)
    await api.start()
    try:
        yield api
    finally:
        await api.stop(signal.SIGKILL)


class Wire:
    """What lies between clients and a server: passes bytes on until it is cut, and again for who connects anew."""

    def __init__(self, port):
        self.address = None
        self.cuts = 0
        self._port = port
        self._writers = set()

    @contextlib.asynccontextmanager
    async def laid(self):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self):
        """Break every connection, wherever in a message it is."""
        self.cuts += len(self._writers) // 2
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader, writer):
        try:
            there, onwards = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, onwards}
        self._writers |= ends
        with contextlib.suppress(OSError):
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, onwards))
                both.create_task(_pass_on(there, writer))
        for end in ends:
            end.transport.abort()
        self._writers -= ends


async def _pass_on(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    writer.close()


class Program:
    """A script of tests/npm that runs on Node.js; `lines` are what it has printed so far."""

    def __init__(self, process):
        self._process = process
        self.lines = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        async for line in self._process.stdout:
            self.lines.append(line.decode().rstrip("\n"))

    async def ended(self, seconds):
        """All that it printed, once it has ended well."""
        async with asyncio.timeout(seconds):
            await self._reading
            code = await self._process.wait()
        assert code == 0, (await self._process.stderr.read()).decode()
        return self.lines


@contextlib.asynccontextmanager
async def program(script, *arguments, folder=FOLDER):
    """Start a script; it is ended with the block."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(folder / script),
        *map(str, arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
