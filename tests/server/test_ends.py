"""What ends while Muster runs: it is started again, clients are told to come again, and nothing is left behind."""

import json
import os
import signal
import time
from contextlib import contextmanager, suppress

import pytest
from websockets.sync.client import connect

from bench.figures import note
from core.embedded import EmbeddedPostgres
from tests.effort import proof
from tests.server.processes import alive, left_behind, running, wait_until

pytestmark = pytest.mark.slow

DECLARE = "mutation($input: DeclareIncidentInput!) { declareIncident(input: $input) { incident { reference } } }"
ENTRY = "mutation($input: AddEntryInput!) { addEntry(input: $input) { event { number } } }"
EVENTS = 'subscription($ref: String!) { incidentEvents(incident: $ref, kinds: ["entry.added"]) { number text } }'
GROUP = '{"version": "4"}'


def output(folder):
    return (folder.parent / "out.txt").read_text()


def postmaster(up):
    """The server's first process: the one among PostgreSQL's that was started with a data folder."""
    (found,) = up.named("bin/postgres -D", "-k")[-1:]
    return found


def watcher(up):
    return up.named("watch.py")[0]


def kill(*pids):
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def declare(up, token, title="Checkout fails"):
    answer = up.graphql(DECLARE, token, input={"title": title, "severity": "SEV2"})
    return answer["data"]["declareIncident"]["incident"]["reference"]


def add(up, token, ref, text):
    """Write an entry, as often as it takes; what was answered meanwhile, as (status, code)."""
    said, end = [], time.monotonic() + 30
    body = {"query": ENTRY, "variables": {"input": {"incident": ref, "kind": "NOTE", "text": text}}}
    body["variables"]["input"]["idempotencyKey"] = text
    while True:
        assert time.monotonic() < end, said[-3:]
        status, answer = up.post("/graphql", body, token)
        if status == 200 and "errors" not in answer:
            return said
        said.append((status, answer["errors"][0]["extensions"]["code"]))


@contextmanager
def subscribed(up, token, ref):
    """A subscriber of an incident: `next()` is the text of its next entry."""
    address = up.base.replace("http", "ws") + "/graphql"
    with connect(address, subprotocols=["graphql-transport-ws"], proxy=None) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(10))["type"] == "connection_ack"
        payload = {"query": EVENTS, "variables": {"ref": ref}}
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))

        def following():
            while True:
                message = json.loads(socket.recv(20))
                if message["type"] == "next":
                    assert "errors" not in message["payload"], message
                    yield message["payload"]["data"]["incidentEvents"]["text"]
                else:
                    assert message["type"] == "ping", message

        yield following()


def one_backend(up):
    """A process that serves a connection of ours."""
    return [up.named("postgres: postgres postgres", "idle")[0]]


def whole_group(up):
    return [watcher(up), postmaster(up), *up.named("postgres:")]


KILLED = {
    "one backend": one_backend,
    "the postmaster": lambda up: [postmaster(up)],
    "the whole group": whole_group,
    "its watcher": lambda up: [watcher(up)],
}


def test_when_postgresql_is_killed_it_comes_back_and_subscribers_miss_nothing(folder):
    with running(folder) as up:
        token, children = up.token(), {name: up.named("-m server", name) for name in ("api", "worker")}
        ref, texts = declare(up, token), []
        with subscribed(up, token, ref) as seen:
            for what, victims in KILLED.items():
                add(up, token, ref, f"before {what}")
                began = time.monotonic()
                kill(*victims(up))
                said = add(up, token, ref, f"after {what}")
                note(
                    f"crash.postgresql.{what.replace(' ', '_')}", f"{time.monotonic() - began:.2f} s to the next write"
                )
                assert set(said) <= {(503, "UNAVAILABLE")}, what
                texts += [f"before {what}", f"after {what}"]
            assert [next(seen) for _ in texts] == texts
        up.wait_ready()
        assert {name: up.named("-m server", name) for name in children} == children, "the children lived through it"
        everyone = up.processes()
        up.child.send_signal(signal.SIGINT)
        assert up.child.wait(30) == 0
        wait_until(lambda: not any(map(alive, everyone)) and not left_behind(folder), "all processes to end")


def test_while_the_database_is_away_every_door_says_so_and_serves_again_without_a_restart(folder):
    """The database is somebody else's here, and is shut down in good order."""
    server = EmbeddedPostgres(folder.parent / "elsewhere")
    try:
        with running(folder, DATABASE_URL=server.url) as up:
            token, hook = up.token(), source(up)
            ref = declare(up, token)
            good = up.get("/")
            assert good[0] == 200
            with subscribed(up, token, ref) as seen:
                add(up, token, ref, "before")
                server.stop()
                wait_until(lambda: up.get("/readyz")[0] == 503, "readyz to notice")
                assert "the database does not answer" in up.get("/readyz")[1]
                assert up.get("/healthz")[0] == 200
                assert up.get("/") == good, "the status page goes on with what it had"
                status, history = up.get("/history")  # which nobody had asked for: from the worker's copy
                assert status == 200
                assert "what is shown may be old" in history
                assert up.get("/auth/link/msl_x")[0] == 503
                status, answer = up.post(hook, json.loads(ALERT))
                assert (status, answer["error"]["code"]) == (503, "UNAVAILABLE")
                status, answer = up.post("/graphql", {"query": "{ cursor }"}, token)
                assert (status, answer["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
                assert "data" not in answer
                server = EmbeddedPostgres(folder.parent / "elsewhere")
                add(up, token, ref, "after")
                assert [next(seen), next(seen)] == ["before", "after"]
                assert up.post(hook, json.loads(ALERT))[0] == 202
                up.wait_ready()
                assert "ended unexpectedly" not in output(folder)
    finally:
        server.stop()


ALERT = """{"version": "4", "groupKey": "g", "status": "firing", "receiver": "muster", "alerts": [{"status": "firing",
"labels": {"alertname": "Slow"}, "startsAt": "2026-11-24T02:59:00Z", "fingerprint": "f1"}]}"""


def source(up):
    """The path of a new hook."""
    made = up.graphql(
        'mutation { createAlertSource(input: {kind: "alertmanager", name: "Prometheus"}) { hookUrl } }', up.token()
    )
    return "/hooks" + made["data"]["createAlertSource"]["hookUrl"].partition("/hooks")[2]


@proof
def test_a_child_that_is_killed_is_started_again(folder):
    with running(folder) as up:
        token = up.token()
        ref = declare(up, token)
        for name in ("worker", "api"):
            (victim,) = up.named("-m server", name)
            kill(victim)
            wait_until(lambda name=name, old=victim: up.named("-m server", name) not in ([], [old]), f"another {name}")
            up.wait_ready()
        add(up, token, ref, "still here")
        assert up.child.poll() is None


@proof
def test_a_child_that_ends_again_and_again_ends_everything_in_one_line(folder):
    with running(folder) as up:
        everyone, end = up.processes(), time.monotonic() + 60
        while up.child.poll() is None:
            assert time.monotonic() < end
            kill(*up.named("-m server", "worker"))
            time.sleep(0.05)  # for the supervisor: what is waited for is its end
        assert up.child.returncode == 1
        wait_until(lambda: not any(map(alive, everyone)), "all processes to end")
    assert "the process 'worker' ended 5 times within 60 s" in output(folder)
