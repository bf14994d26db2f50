"""The fork server: what is forked from it is as good as what loads by itself, and nothing hangs on its life."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.figures import note
from server.children import Child
from server.forks import LOST, Forks
from tests.server.processes import alive, launch, left_behind, running, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process loads by itself (ADR 0053)"),
]


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def fork_server(up, after=None):
    """The process from which the others are forked, once there is one: another than that which was killed."""
    found = []

    def there():
        found[:] = [pid for pid in up.named("-m server", " forks") if pid != after]
        return found

    wait_until(there, "a fork server")
    return found[0]


def one(up, kind):
    (found,) = up.named("-m server", f" {kind}")
    return found


def kill(pid):
    os.kill(pid, signal.SIGKILL)


@contextmanager
def forks():
    made = Forks()
    try:
        yield made
    finally:
        made.end()


@contextmanager
def tether():
    """Both ends of one, for children that never read it."""
    ends = os.pipe()
    try:
        yield ends[0]
    finally:
        for end in ends:
            os.close(end)


def test_processes_are_forked_from_one_without_threads_and_are_called_as_ever(folder):
    with running(folder, alone=True) as up:
        api, worker, server = one(up, "api"), one(up, "worker"), fork_server(up)
        assert parent_of(api) == parent_of(worker) == server
        assert len(list(Path(f"/proc/{server}/task").iterdir())) == 1, "what has threads can't be forked"
        for pid, kind in ((api, "api"), (worker, "worker")):
            assert Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")[1:] == [
                b"-m", b"server", kind.encode()
            ]  # fmt: skip
            assert Path(f"/proc/{pid}/comm").read_text() == f"muster {kind}\n"
            assert os.getsid(pid) == pid, "a Ctrl-C is for the supervisor"
            assert Path(f"/proc/{pid}/fd/0").readlink() == Path(os.devnull)
        began = time.monotonic()
        kill(api)
        wait_until(lambda: not alive(api), "its end")
        up.wait_ready()
        note("forks.api_killed", f"{time.monotonic() - began:.2f} s from kill -9 of the API to /readyz")
        assert one(up, "api") != api
        assert parent_of(one(up, "api")) == server
    said = (folder.parent / "out.txt").read_text()
    assert "muster ERROR   api ended unexpectedly (status -9); starting it again" in said
    assert " worker INFO    worker: stopping" in said


def test_children_go_on_without_their_fork_server_and_the_next_one_replaces_them(folder):
    with running(folder) as up:
        token = up.token()
        api, worker, server = one(up, "api"), one(up, "worker"), fork_server(up)
        kill(server)
        assert fork_server(up, after=server) != server
        assert alive(api)
        assert alive(worker)
        assert up.graphql("{ viewer { name } }", token)["data"]["viewer"]["name"] == "test"
        for victim in (api, worker):  # they are nobody's children that could tell how they ended
            kill(victim)
        wait_until(lambda: up.named("-m server", " api") and up.named("-m server", " worker"), "others of them")
        up.wait_ready()
        assert up.graphql("{ viewer { name } }", token)["data"]["viewer"]["name"] == "test"
        everyone = up.processes()
        kill(fork_server(up))  # and now those are without one, while everything ends
        up.child.send_signal(signal.SIGTERM)
        assert up.child.wait(30) == 0
        wait_until(lambda: not any(map(alive, everyone)), "all to end")
    assert f"api ended unexpectedly (status {LOST}); starting it again" in (folder.parent / "out.txt").read_text()


def test_what_lost_both_its_fork_server_and_its_supervisor_ends(folder):
    with running(folder) as up:
        everyone = up.processes()
        kill(fork_server(up))
        up.child.kill()
        up.child.wait(10)
        wait_until(lambda: not any(map(alive, everyone)), "all to end")


def test_a_ctrl_c_while_it_loads_ends_everything(folder):
    up = launch(folder, alone=True)
    fork_server(up)
    up.child.send_signal(signal.SIGINT)
    assert up.child.wait(30) == 0
    wait_until(lambda: not left_behind(folder), "PostgreSQL to end")
    assert "did not end in" not in (folder.parent / "out.txt").read_text()


def test_sigterm_drains_what_was_forked(folder):
    with running(folder, MUSTER_DRAIN_SECONDS=2) as up:
        up.child.send_signal(signal.SIGTERM)
        wait_until(lambda: up.get("/readyz")[0] == 503 and "stopping" in up.get("/readyz")[1], "the drain")
        assert parent_of(one(up, "api")) == fork_server(up), "somebody is there to bury it"
        assert up.get("/healthz")[0] == 200, "all is served meanwhile"
        assert up.child.wait(30) == 0
    said = (folder.parent / "out.txt").read_text()
    assert "api: stopping; taking requests for another 2.0 s" in said


def test_how_a_child_ended_is_told_whoever_made_it():
    """`muster nonsense` is refused by click with status 2; the supervisor hears of a signal as Popen tells it."""
    with forks() as made, tether() as end:
        assert Child("nonsense", [], {}, None)._process.wait(60) == 2  # noqa: SLF001 (how it ended)
        assert made.fork("nonsense", {}, end, []).wait(60) == 2
        waits = made.fork("worker", {"MUSTER_FAULTS": "none"}, end, [])  # for its tether
        wait_until(lambda: waits.poll() is None and waits.pid is not None, "a fork")
        with pytest.raises(subprocess.TimeoutExpired):
            waits.wait(0.01)
        waits.kill()
        assert waits.wait(10) == -signal.SIGKILL
        waits.kill()  # nobody, by now


def test_what_waits_to_be_forked_is_lost_with_the_fork_server_and_the_next_one_is_asked():
    with forks() as made, tether() as end:
        first = made._process.pid  # noqa: SLF001 (whom to kill)
        waiting = made.fork("nonsense", {}, end, [])
        kill(first)  # it is still loading
        assert waiting.wait(10) == LOST
        waiting.kill()
        with pytest.raises(OSError, match=r"pipe|reset"):
            made.fork("nonsense", {}, end, [])
        wait_until(lambda: made.look() or made._process.pid != first, "another one")  # noqa: SLF001
        assert made.fork("nonsense", {}, end, []).wait(60) == 2


def test_a_name_that_is_too_long_is_cut():
    """The kernel gives a process as much room for its name as its arguments took when it was started."""
    code = (
        "from server.fork_server import be_shown_as; be_shown_as('api', 'x' * 5000);"
        " print(open('/proc/self/cmdline').read())"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.split("\0")[1:4] == ["-m", "server", "api"]
    assert len(shown) < 2000
