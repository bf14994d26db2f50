"""Several processes of each kind: they share one port, the dead are replaced, and all end together."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bench.figures import note
from core.embedded import EmbeddedPostgres
from tests.effort import effort
from tests.server.processes import alive, children_of, free_port, listeners_on, muster, running, start, wait_until

CONNECTIONS = effort(200, 2_000)
OWN = 10
"""Sockets that a process opened for itself when it started, and may have closed since."""

pytestmark = pytest.mark.slow


def open_at_once(port, count):
    """So many connections, opened one right after the other and kept."""
    return [socket.create_connection(("127.0.0.1", port), 10) for _ in range(count)]


def held(pid):
    """How many sockets a process has open."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += str(link.readlink()).startswith("socket:")
    return found


def test_several_processes_share_a_port_and_the_dead_are_replaced(folder):
    with running(folder, "--processes", "2", "--workers", "2") as up:
        apis, workers = up.named("-m server", " api"), up.named("-m server", " worker")
        assert (len(apis), len(workers)) == (2, 2)
        wait_until(lambda: listeners_on(up.port) == 2, "both to listen")
        before = [held(pid) for pid in apis]
        kept = open_at_once(up.port, CONNECTIONS)
        wait_until(lambda: sum(map(held, apis)) - sum(before) >= CONNECTIONS - 2 * OWN, "all to be accepted")
        shares = [held(pid) - had for pid, had in zip(apis, before, strict=True)]
        for each in kept:
            each.close()
        assert min(shares) >= CONNECTIONS // 5, shares
        note("server.processes.balance", f"of {CONNECTIONS} connections opened at once the two processes took {shares}")
        token = up.token()
        os.kill(apis[0], signal.SIGKILL)
        for _ in range(50):  # while the other one is alone, and while the new one starts
            assert up.graphql("{ viewer { name } }", token)["data"]["viewer"]["name"] == "test"
        wait_until(lambda: len(set(up.named("-m server", " api")) - set(apis)) == 1, "another one")
        os.kill(workers[0], signal.SIGKILL)
        wait_until(lambda: len(set(up.named("-m server", " worker")) - set(workers)) == 1, "another worker")
        up.wait_ready()
        everyone = up.processes()
        up.child.send_signal(signal.SIGTERM)
        assert up.child.wait(30) == 0
        wait_until(lambda: not any(map(alive, everyone)), "all to end")


def test_muster_api_is_ready_without_a_worker_and_says_so(folder):
    server = EmbeddedPostgres(folder.parent / "elsewhere")
    port = free_port()
    settings = {"MUSTER_DATA_DIR": folder, "MUSTER_PORT": port, "DATABASE_URL": server.url}
    try:
        assert muster("migrate", **settings).returncode == 0
        child = start("api", "--processes", "2", output=folder.parent / "out.txt", **settings)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:

                def ready():
                    try:
                        return client.get("/readyz").status_code == 200
                    except httpx.TransportError:
                        return False

                wait_until(ready, "readyz", 60)
                said = client.get("/readyz").json()
                assert said == {"status": "ready", "notes": ["no worker runs: start `muster worker`"]}
                asked = client.get("/readyz?jobs=1")
                assert asked.status_code == 503
                assert asked.json()["reasons"] == said["notes"]
        finally:
            child.send_signal(signal.SIGTERM)
            code = child.wait(30)
        assert code == 0
    finally:
        server.stop()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The address of a PostgreSQL with our schema."""
    base = tmp_path_factory.mktemp("elsewhere")
    server = EmbeddedPostgres(base / "data")
    assert muster("migrate", MUSTER_DATA_DIR=base / "m", DATABASE_URL=server.url).returncode == 0
    yield server.url
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.parametrize("kind", [("api", "--processes"), ("worker", "--workers")], ids=["api", "worker"])
def test_what_is_told_to_end_while_it_starts_leaves_nobody_behind(folder, elsewhere, number, kind):
    settings = {"MUSTER_DATA_DIR": folder, "MUSTER_PORT": free_port(), "DATABASE_URL": elsewhere}
    output = folder.parent / "out.txt"
    child = start(*kind, "2", output=output, **settings)
    try:
        while child.poll() is None and not (born := children_of(child.pid)):
            pass  # the moment in which it can be told is short
        child.send_signal(number)
        everyone = [child.pid, *born]
        assert child.wait(30) == 0, output.read_text()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    wait_until(lambda: not any(map(alive, everyone)), "all to end")
