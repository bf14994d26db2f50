"""A fault proxy: TCP, between Muster and what it needs. A process of its own, so that the load does not slow it down.

`python -m tests.faults.proxy NAME=LISTEN:TARGET …`, where TARGET is a port of the loopback or the path of a
Unix socket. Standard input tells it, line by line, what becomes of a lane, and it answers `ok`:

    NAME through           bytes go as they come
    NAME cut               connections are reset, and new ones refused after they were taken
    NAME delay SECONDS     bytes wait that long, each way
    NAME hole              nothing is closed and nothing arrives: what comes is kept back, as by a network that is gone
"""

import asyncio
import socket
import struct
import subprocess
import sys
from contextlib import suppress

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing is a reset, as of a host that is gone."""


class Lane:
    """What goes between one listener and one target."""

    def __init__(self, target):
        self.target, self.state, self.delay = target, "through", 0.0
        self.open = asyncio.Event()
        self.open.set()
        self.writers = set()

    def becomes(self, state, delay="0"):
        self.state, self.delay = state, float(delay)
        if state == "hole":
            self.open.clear()
        else:
            self.open.set()
        if state == "cut":
            for writer in list(self.writers):
                reset(writer)

    async def serve(self, reader, writer):
        if self.state == "cut":
            reset(writer)
            return
        await self.open.wait()
        try:
            if self.target.startswith("/"):
                there, back = await asyncio.open_unix_connection(self.target)
            else:
                there, back = await asyncio.open_connection("127.0.0.1", int(self.target))
        except OSError:
            reset(writer)
            return
        pair = {writer, back}
        self.writers |= pair
        await asyncio.gather(self.carry(reader, back), self.carry(there, writer))
        self.writers -= pair

    async def carry(self, source, sink):
        """One direction, until either side hangs up; then the other is told."""
        with suppress(OSError):
            while data := await source.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self.open.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


def reset(writer):
    """Close a connection as if its host were gone."""
    taken = writer.get_extra_info("socket")
    if taken is not None and taken.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


async def serve(asked):
    """Serve until standard input closes."""
    lanes = {}
    for each in asked:
        name, _, way = each.partition("=")
        port, _, target = way.partition(":")
        lanes[name] = Lane(target)
        await asyncio.start_server(lanes[name].serve, "127.0.0.1", int(port))
    print("ok", flush=True)  # noqa: T201 (to whoever started it)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, *told = line.split()
        lanes[name].becomes(*told)
        print("ok", flush=True)  # noqa: T201


class Proxy:
    """The process, from outside. `lanes`: NAME=LISTEN:TARGET."""

    def __init__(self, lanes, root):
        self.names = [lane.partition("=")[0] for lane in lanes]
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.proxy", *lanes],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._child.stdout.readline() != "ok\n":
            self.stop()
            raise AssertionError("the proxy does not start")

    def tell(self, name, *told):
        """Have a lane behave: `tell("postgresql", "delay", 0.2)`."""
        self._child.stdin.write(" ".join(map(str, (name, *told))) + "\n")
        self._child.stdin.flush()
        assert self._child.stdout.readline() == "ok\n"

    def stop(self):
        self._child.kill()
        self._child.communicate()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
