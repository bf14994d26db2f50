"""A load balancer as small as can be: connections go to whoever says on `/readyz` that it is ready, in turn."""

import asyncio
import contextlib

import httpx

LOOK_SECONDS = 0.05


class Balancer:
    """Passes bytes between clients and API processes; `ready` are the ports that it sends connections to."""

    def __init__(self, *apis):
        self.address = None
        self.ready = []
        self.reasons = set()
        """What processes that are up have said of why they are not ready."""
        self._apis = apis
        self._turn = 0

    @contextlib.asynccontextmanager
    async def running(self):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        looking = asyncio.create_task(self._look())
        try:
            await self.sees(*self._apis)
            yield self
        finally:
            looking.cancel()
            server.close()

    async def sees(self, *apis):
        """Returns when it sends connections to these processes, and to no other."""
        async with asyncio.timeout(60):
            while sorted(self.ready) != sorted(api.port for api in apis):  # noqa: ASYNC110 (another task's state)
                await asyncio.sleep(0.01)

    async def _look(self):
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                self.ready = [api.port for api in self._apis if await self._is_ready(client, api)]
                await asyncio.sleep(LOOK_SECONDS)

    async def _is_ready(self, client, api):
        try:
            answer = await client.get(f"{api.address}/readyz")
        except httpx.TransportError:
            return False
        if answer.status_code == 503:
            self.reasons.update(answer.json()["reasons"])
        return answer.status_code == 200

    async def _accept(self, reader, writer):
        try:
            there, onwards = await self._connected()
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(_pass_on(reader, onwards), _pass_on(there, writer))

    async def _connected(self):
        for _ in range(50):
            for _ in self.ready:
                self._turn += 1
                port = self.ready[self._turn % len(self.ready)]
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(LOOK_SECONDS)
        raise ConnectionRefusedError


async def _pass_on(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError, RuntimeError):
        writer.close()
