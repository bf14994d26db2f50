"""The sockets on which API processes listen: one for each, all on one port (ADR 0048).

The kernel deals new connections out among them (SO_REUSEPORT); were there one socket for all, whoever wakes first
would take all that wait. The supervisor makes them and keeps them open, so that what waits in the queue of a process
that ends is reset by nobody: each process looks into the queues of the others, and takes what waits there for a while.
"""

import asyncio
import os
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

LISTEN = "MUSTER_LISTEN_FDS"
BACKLOG = 2048
"""Connections that wait to be accepted."""
LOOK_SECONDS = 0.1
"""What waits twice in a row at a look into another one's queue is taken from it."""


def open_listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """So many sockets that are bound, on which nobody listens yet. OSError if the address can't be had."""
    first = _bound(host, port, shared=False)
    if count == 1:
        return [first]
    first.close()  # it was free: who else shares a port would be let in without a word
    return [_bound(host, port, shared=True) for _ in range(count)]


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made


def listeners_of(host: str, port: int) -> tuple[socket.socket, list[socket.socket]]:
    """The socket of this process, and those of the others: the supervisor's, else one of its own."""
    handed = os.environ.pop(LISTEN, None)
    if handed is None:
        return open_listeners(host, port, 1)[0], []
    own, *others = [socket.socket(fileno=int(number)) for number in handed.split(",")]
    return own, others


async def help_out(others: Sequence[socket.socket], made: Callable[[], asyncio.Protocol]) -> None:
    """Serve, by protocols that are `made`, what waits too long in the queues of others. Until cancelled."""
    loop, waited = asyncio.get_running_loop(), set[int]()
    by_number = {other.fileno(): other for other in others}
    look = select.poll()
    for number, other in by_number.items():
        other.setblocking(False)
        look.register(number, select.POLLIN)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        waiting = {number for number, found in look.poll(0) if found & select.POLLIN}
        for number in waiting & waited:
            with suppress(OSError):  # its owner was quicker, the client has gone, or there are no more descriptors
                while True:
                    taken, _ = by_number[number].accept()
                    taken.setblocking(False)
                    await loop.connect_accepted_socket(made, taken)
        waited = waiting
