"""The disk is full: clear 503s, reading goes on, nothing acknowledged is lost, and space is all it takes to go on."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from bench.figures import note
from server.kept import FULL_PAUSE
from server.restarts import LIMIT
from tests.effort import proof
from tests.server.processes import alive, left_behind, running, wait_until
from tests.server.test_ends import ALERT, ENTRY, declare, kill, source, whole_group

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk"),
]

SIZE = "320m"
TIMELINE = """query($ref: String!, $after: Cursor) { incident(ref: $ref) {
  timeline(first: 100, after: $after) { nodes { number text } pageInfo { hasNextPage endCursor } } } }"""


@pytest.fixture
def disk(folder):
    """The data folder, with a small disk of its own, which is taken away whatever happens."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk is refused here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def free(folder):
    return shutil.disk_usage(folder).free


def fill(folder, leave=0):
    """Take all of the disk but `leave` bytes."""
    with (folder / "somebody else's").open("ab", buffering=0) as file:
        while (left := free(folder) - leave) > 0:
            try:
                file.write(bytes(min(left, 2**20)))
            except OSError:
                break


def empty(folder):
    (folder / "somebody else's").unlink()


class Writer(threading.Thread):
    """Writes entries one after the other; each is repeated under its key until it is acknowledged."""

    def __init__(self, up, token, ref):
        super().__init__(daemon=True)
        self.up, self.token, self.ref = up, token, ref
        self.acknowledged, self.said, self.asked = [], set(), threading.Event()

    def run(self):
        for count in range(1_000_000):
            given = {
                "incident": self.ref,
                "kind": "NOTE",
                "text": f"{count} " + "x" * 2000,
                "idempotencyKey": f"{count}",
            }
            while not self.asked.is_set():
                status, answer = self.up.post("/graphql", {"query": ENTRY, "variables": {"input": given}}, self.token)
                if status == 200 and "errors" not in answer:
                    self.acknowledged.append(count)
                    break
                self.said.add((status, answer["errors"][0]["extensions"]["code"]))
                self.asked.wait(0.05)
            if self.asked.is_set():
                return

    def goes_on(self):
        """Wait until something more is acknowledged."""
        so_far = len(self.acknowledged)
        wait_until(lambda: len(self.acknowledged) > so_far + 1, "changes to be taken", 60)


@contextmanager
def writing(up, token, ref):
    writer = Writer(up, token, ref)
    writer.start()
    try:
        yield writer
    finally:
        writer.asked.set()
        writer.join(30)


def written(up, token, ref):
    """Each entry's count, and the numbers of the whole timeline."""
    counts, numbers, after = [], [], None
    while True:
        page = up.graphql(TIMELINE, token, ref=ref, after=after)["data"]["incident"]["timeline"]
        numbers += [node["number"] for node in page["nodes"]]
        counts += [int(node["text"].split()[0]) for node in page["nodes"] if "xxx" in node["text"]]
        if not page["pageInfo"]["hasNextPage"]:
            return counts, numbers
        after = page["pageInfo"]["endCursor"]


def refused(up, token, ref, hook):
    """Changes are refused at every door."""
    body = {"query": ENTRY, "variables": {"input": {"incident": ref, "kind": "NOTE", "text": "refused"}}}
    status, answer = up.post("/graphql", body, token)
    if status != 503:
        return False
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "again" in error["extensions"]["hint"]
    status, answer = up.post(hook, json.loads(ALERT))
    assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
    status, page = up.get("/readyz")
    assert status == 503, page
    return True


def dies(up):
    """Kill PostgreSQL, if it runs; with nothing left on its disk it may not even begin to. Never true."""
    kill(*up.named("watch.py"), *up.named("bin/postgres -D", "-k"), *up.named("postgres:"))


def changes_are_taken(up, token, ref):
    given = {"incident": ref, "kind": "NOTE", "text": "refused"}
    status, answer = up.post("/graphql", {"query": ENTRY, "variables": {"input": given}}, token)
    if status != 200:
        assert (status, answer["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    return status == 200


def reads(up, token, ref):
    body = {"query": "query($ref: String!) { incident(ref: $ref) { title } }", "variables": {"ref": ref}}
    status, answer = up.post("/graphql", body, token)
    return status == 200 and answer["data"]["incident"]["title"] == "Checkout fails" and up.get("/")[0] == 200


@proof
def test_on_a_full_disk_reading_goes_on_and_with_space_so_does_everything_else(disk):
    with running(disk) as up:
        token, hook, children = up.token(), source(up), up.named("-m server")
        ref = declare(up, token)
        wait_until((disk / "reserve").exists, "the reserve")
        with writing(up, token, ref) as writer:
            writer.goes_on()
            # It fills slowly: changes stop while there is still some space.
            fill(disk, leave=30_000_000)
            wait_until(lambda: refused(up, token, ref, hook), "the refusals")
            assert reads(up, token, ref)
            assert "is its disk full" in up.get("/readyz")[1]
            empty(disk)
            freed = time.monotonic()
            writer.goes_on()
            note("disk_full.recovery", f"{time.monotonic() - freed:.1f} s from space to the next change")

            # Somebody takes all of it at once, with mail on its way, and PostgreSQL dies of it.
            last = declare(up, token, "On its way")
            fill(disk)
            kill(*whole_group(up))
            wait_until(lambda: up.get("/readyz")[0] == 503, "readyz to notice")
            wait_until(lambda: reads(up, token, ref), "reading, from what the reserve gave", 60)
            assert refused(up, token, ref, hook)

            # And takes the reserve as well, and it dies more often than is borne for any other reason.
            fill(disk)
            until = time.monotonic() + 2 * LIMIT * FULL_PAUSE
            wait_until(lambda: dies(up) or time.monotonic() > until, "ten seconds in which it dies when it lives")
            assert up.child.poll() is None
            assert not changes_are_taken(up, token, ref)
            assert up.get("/healthz")[0] == 200
            empty(disk)
            freed = time.monotonic()
            writer.goes_on()
            note("disk_full.recovery_from_nothing", f"{time.monotonic() - freed:.1f} s from space to the next change")
        assert writer.said <= {(503, "UNAVAILABLE")}, writer.said
        counts, numbers = written(up, token, ref)
        assert set(writer.acknowledged) <= set(counts)
        assert len(counts) == len(set(counts)), "nothing twice"
        assert numbers == list(range(1, len(numbers) + 1))
        note("disk_full.acknowledged", f"{len(writer.acknowledged)} changes, none lost, none doubled")
        assert up.post(hook, json.loads(ALERT))[0] == 202
        up.wait_ready()
        assert up.named("-m server") == children, "API and worker lived through it"
        wait_until(lambda: letters(disk, last), "the mail that was on its way", 60)
        wait_until((disk / "reserve").exists, "a new reserve")
        everyone = up.processes()
        up.child.send_signal(signal.SIGINT)
        assert up.child.wait(30) == 0
        wait_until(lambda: not any(map(alive, everyone)) and not left_behind(disk), "all processes to end")


def letters(folder, ref):
    """The letters about an incident; half-written ones have another name."""
    assert not [path for path in (folder / "mail").iterdir() if path.suffix != ".eml"]
    return [path for path in (folder / "mail").glob("*.eml") if ref in path.read_text()]
