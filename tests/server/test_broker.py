"""What operators are told of the broker: at start, by /readyz and /metrics, by `muster doctor`."""

import subprocess
import sys
import time

import httpx
import pytest

from server.asgi import build_app, open_runtime
from server.startup import read_settings
from tests.jobs.brokers import REDIS, answers, own_redis
from tests.server.processes import ROOT, free_port, muster, start


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1", "must begin with redis://, rediss://, amqp:// or amqps://"),
        ("redis://", "names no host"),
        ("redis://127.0.0.1/muster", "a Redis database is a number"),
        ("redis://:a/b@127.0.0.1", "percent-encoded"),
    ],
)
def test_what_is_no_broker_is_refused_at_start(url, said):
    done = muster("worker", BROKER_URL=url)
    assert done.returncode == 1
    assert "BROKER_URL" in done.stderr
    assert said in done.stderr
    assert "a/b" not in done.stderr


def test_a_wrong_password_is_said_at_start(tmp_path, database_url):
    with own_redis(tmp_path, "--requirepass", "right") as server:
        url = server.url.replace("://", "://:wr0ng@")
        for command in ("worker", "relay"):
            done = muster(command, BROKER_URL=url, DATABASE_URL=database_url)
            assert done.returncode == 1
            assert f"the broker {server.url} can't be used" in done.stderr
            assert "wr0ng" not in done.stderr
        told = muster("doctor", BROKER_URL=url, DATABASE_URL=database_url).stdout
        assert f"BAD  the broker {server.url} can't be used from here" in told


def test_options_that_make_no_sense_are_refused():
    assert "there is no queue 'fast': name some of default, mail, bulk" in muster("worker", "--queues", "fast").stderr
    assert "must say how many jobs at once" in muster("worker", "--queues", "mail=0").stderr
    assert "there is no BROKER_URL" in muster("relay", BROKER_URL="").stderr


async def asked(url, broker_url):
    """What the API says of itself."""
    runtime = open_runtime(read_settings({"BROKER_URL": broker_url}), url)
    transport = httpx.ASGITransport(build_app(runtime))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return (await client.get("/readyz")).json(), (await client.get("/metrics")).text
    finally:
        await runtime.database.close()


def started(database_url, tmp_path, broker_url):
    given = {"DATABASE_URL": database_url, "BROKER_URL": broker_url, "MUSTER_DATA_DIR": tmp_path}
    return start("worker", "--queues", "default,mail=1", output=tmp_path / "out.txt", **given)


@pytest.mark.slow
@pytest.mark.usefixtures("database")
async def test_a_broker_that_is_away_is_a_note_and_no_reason(database_url, tmp_path):
    """No load balancer is to take the API away for it: everything goes on."""
    if not answers(REDIS):
        pytest.skip(f"no redis answers at {REDIS}")
    for broker_url, reached in ((f"redis://127.0.0.1:{free_port()}/0", 0), (REDIS, 1)):
        worker = started(database_url, tmp_path, broker_url)
        try:
            end = time.monotonic() + 40
            while True:
                ready, metrics = await asked(database_url, broker_url)
                notes = ready.get("notes", [])
                away = bool(notes) and notes[0].startswith(f"no relay reaches the broker {broker_url}")
                if ready["status"] == "ready" and (not notes if reached else away):
                    break  # before that it says that no worker runs
                assert time.monotonic() < end, ready
                time.sleep(0.2)  # noqa: ASYNC251 (nothing else runs)
            assert f"muster_broker_reachable {float(reached)}" in metrics
            assert "muster_relay_lag_seconds 0.0" in metrics
            told = muster("doctor", BROKER_URL=broker_url, DATABASE_URL=database_url).stdout
            assert ("ok   the broker" in told) == bool(reached)
        finally:
            worker.terminate()
            worker.wait()


def test_without_a_broker_nothing_of_one_is_imported():
    code = "import sys, jobs.worker, jobs.relaying, server.commands.doctor; print({'redis', 'pika'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
