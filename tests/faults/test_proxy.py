"""The fault proxy does what it is told: without this, a fault test could pass because nothing broke."""

import socket
import threading
from contextlib import contextmanager

import pytest

from tests.faults.proxy import Proxy
from tests.server.processes import ROOT, free_port

SOON = 0.3
"""Seconds in which nothing arrives that is kept back."""


@contextmanager
def echo():
    """A server that says what it hears; its port."""

    def serve():
        while True:
            try:
                taken, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(taken,), daemon=True).start()

    def answer(taken):
        with taken:
            try:
                while data := taken.recv(1000):
                    taken.sendall(data)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture
def lane():
    """A proxy with one lane, and its port."""
    port = free_port()
    with echo() as target:
        proxy = Proxy([f"it={port}:{target}"], ROOT)
        try:
            yield proxy, port
        finally:
            proxy.stop()


def test_it_lets_through_keeps_back_and_cuts(lane):
    proxy, port = lane
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        proxy.tell("it", "hole")
        client.sendall(b"two")
        client.settimeout(SOON)
        with pytest.raises(TimeoutError):
            client.recv(10)
        client.settimeout(10)
        proxy.tell("it", "through")
        assert client.recv(10) == b"two"
        proxy.tell("it", "delay", SOON)
        client.settimeout(SOON)
        client.sendall(b"three")
        with pytest.raises(TimeoutError):
            client.recv(10)
        client.settimeout(10)
        assert client.recv(10) == b"three"
        proxy.tell("it", "cut")
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    with socket.create_connection(("127.0.0.1", port), 10) as other, pytest.raises(ConnectionResetError):
        other.recv(10)
