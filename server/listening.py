"""The socket on which API processes listen. Several of them take connections from the same one (ADR 0048).

It is made by the supervisor, which keeps it open: what has connected waits in its queue while a process ends and
another one starts, and is reset by nobody.
"""

import os
import socket

LISTEN = "MUSTER_LISTEN_FD"
BACKLOG = 2048
"""Connections that wait to be accepted."""


def open_listener(host: str, port: int) -> socket.socket:
    """A socket that is bound, on which nobody listens yet. OSError if the address can't be had."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def listener_of(host: str, port: int) -> socket.socket:
    """The socket that the supervisor handed over to this process, else one of its own."""
    handed = os.environ.pop(LISTEN, None)
    return open_listener(host, port) if handed is None else socket.socket(fileno=int(handed))
