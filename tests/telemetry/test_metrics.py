"""What Prometheus is told, by API and worker, and that dashboard and rules ask for nothing else."""

import asyncio
import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url, text

from actions.declarations import declare_incident
from actions.record import enqueue
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from jobs.gauges import EVERY, SECONDS, Gauges
from models.job import JobName
from server.asgi import build_app
from server.health import METRICS_SECONDS
from tests.faults.proxy import Proxy
from tests.jobs.test_worker import working
from tests.schema.client import HOST, Client
from tests.server.processes import ROOT, free_port

OBSERVABILITY = Path(__file__).parents[2] / "deploy/observability"
BOARD = json.loads((OBSERVABILITY / "muster-dashboard.json").read_text())
RULES = yaml.safe_load((OBSERVABILITY / "muster-alerts.yaml").read_text())
ASKED = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]] + [
    rule["expr"] for group in RULES["groups"] for rule in group["rules"]
]
PROMTOOL = shutil.which("promtool")
GIVING_UP = 2
"""Seconds that SQLAlchemy waits for a connection to close in order."""
SCRAPE_TIMEOUT = 10
OF_PROMETHEUS = {"up"}


def metric_names(expression):
    """The metrics that an expression of PromQL asks for."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\"[^\"]*\"|\b(by|ignoring|on)\s*\([^)]*\)", "", expression)
    words = re.findall(r"[a-zA-Z_:][\w:]*(?!\w*\s*\()", bare)
    return {word for word in words if "_" in word and word != "histogram_quantile"} | (set(words) & OF_PROMETHEUS)


def samples(body):
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(body)
        for each in family.samples
    }


@pytest.fixture
async def api(world, tmp_path):
    settings = Settings(data_dir=tmp_path, public_url=HOST)
    app = build_app(Runtime(settings, world.database, Live(world.database)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST) as http:
        yield Client(world, http, Runtime(settings, world.database, Live(world.database)))


@pytest.fixture
def at_once(monkeypatch):
    """Figures are asked for anew each time."""
    monkeypatch.setattr("jobs.gauges.EVERY", 0.0)


async def scraped(api):
    return samples((await api.http.get("/metrics")).text)


@pytest.mark.parametrize("expression", ASKED)
async def test_dashboard_and_rules_ask_for_what_there_is(api, expression):
    families = text_string_to_metric_families((await api.http.get("/metrics")).text)
    known = {name for family in families for name in (family.name, *(each.name for each in family.samples))}
    # A histogram or counter with labels has no samples before it counts: its family is there.
    known |= {f"{name}{end}" for name in known for end in ("_total", "_bucket", "_count", "_sum")}
    asked = metric_names(expression)
    assert asked
    assert asked - known - OF_PROMETHEUS == set()


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool: Debian has it in the package prometheus")
@pytest.mark.parametrize(
    "check", [("check", "rules", "muster-alerts.yaml"), ("test", "rules", "muster-alerts-test.yaml")]
)
def test_prometheus_takes_the_rules_and_they_do_what_they_say(check):
    done = subprocess.run([PROMTOOL, *check], cwd=OBSERVABILITY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_what_is_wrong_and_what_to_do():
    for rule in RULES["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert f"`{rule['alert']}`" in (OBSERVABILITY.parents[1] / "docs/guides/observability.md").read_text()


@pytest.mark.usefixtures("at_once")
async def test_queues_promises_and_timers_are_told(world, api):
    before = await scraped(api)
    assert before["muster_database_up", ()] == 1
    await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")
    async with world.database.unit_of_work() as session:
        enqueue(session, JobName.MAIL_SEND, run_at=world.clock.now() + timedelta(days=9000), delivery_id=1)
        await session.execute(text("update job set run_at = now() - interval '90 s' where queue = 'mail'"))
        await session.execute(text("insert into job(queue, name, args, dead) values ('bulk', 'x', '{}', true)"))
    world.clock.advance(days=2)
    told = await scraped(api)
    mail = (("queue", "mail"),)
    assert told["muster_jobs_dead", ()] == 1
    assert told["muster_jobs_due", mail] >= 1
    assert 89 < told["muster_job_oldest_due_seconds", mail] < 120
    assert told["muster_update_promises_overdue", (("audience", "internal"),)] == 1
    assert told["muster_timers_late_seconds", ()] > 86_000
    assert told["muster_worker_connections", ()] == told["muster_timer_leaders", ()] == 0
    most = ("muster_database_pool_connections", (("state", "most"),))
    assert told[most] == 2 * world.database.engine.pool.size()


@pytest.mark.usefixtures("at_once")
async def test_what_waits_in_a_broker_waits_for_a_worker(world, api):
    job = "insert into job(queue, name, args, run_at, lease_until, epoch) values ('bulk', 'x', '{}', now(), {}, {})"
    lease = "now() + interval '1 hour'"
    async with world.database.unit_of_work() as session:
        for epoch in ("'of a relay'", "'of a relay'", "null"):
            await session.execute(text(job.replace("{}, {})", f"{lease}, {epoch})")))
    told = await scraped(api)
    bulk = (("queue", "bulk"),)
    assert told["muster_jobs_due", bulk] == 2
    assert told["muster_jobs_running", bulk] == 1


async def test_operations_are_counted_by_names_that_no_client_chooses(api):
    def counted(told, name):
        key = ("muster_graphql_operation_duration_seconds_count", (("kind", "query"), ("operation", name)))
        return told.get(key, 0)

    before = await scraped(api)
    await api.ask("query Alice { viewer { name } }")
    await api.answer("{ node(id: 7) { id } nothing }")
    after = await scraped(api)
    assert counted(after, "other") == counted(before, "other") + 1
    assert counted(after, "Alice") == 0
    route = (("method", "POST"), ("route", "/graphql"), ("status", "200"))
    assert after["muster_http_responses_total", route] > before.get(("muster_http_responses_total", route), 0)


async def test_paths_that_hold_secrets_are_told_as_their_routes(api):
    await api.http.post("/hooks/alertmanager/very-secret-key", json={})
    await api.http.get("/made-up/by/somebody")
    body = (await api.http.get("/metrics")).text
    assert "/hooks/alertmanager/{key}" in body
    assert "very-secret-key" not in body
    assert "made-up" not in body


async def test_whoever_scrapes_often_does_not_make_the_database_work(world):
    gauges, sent = Gauges(world.database), []
    execute = world.database.reading
    world.database.reading = lambda: sent.append(1) or execute()
    for _ in range(20):
        await gauges.measure()
    assert len(sent) == 1
    assert EVERY == 5.0


@pytest.mark.usefixtures("at_once")
async def test_a_database_that_is_away_is_told(api, world, monkeypatch):
    def away():
        raise ConnectionRefusedError

    monkeypatch.setattr(world.database, "reading", away)
    assert (await scraped(api))["muster_database_up", ()] == 0


@pytest.mark.usefixtures("at_once")
async def test_a_network_that_swallows_everything_is_told_before_prometheus_gives_up(
    database_url, tmp_path, monkeypatch
):
    """A statement has its limit from the server, which nobody can reach."""
    assert SECONDS + GIVING_UP < METRICS_SECONDS < SCRAPE_TIMEOUT - GIVING_UP
    port, address = free_port(), make_url(database_url)
    if "host" not in address.query:
        pytest.skip("the proxy of the tests leads to a socket")
    proxy = Proxy([f"postgresql={port}:{address.query['host']}/.s.PGSQL.5432"], ROOT)
    database = Database(f"postgresql://postgres@127.0.0.1:{port}/{address.database}", pool_size=1)
    runtime = Runtime(Settings(data_dir=tmp_path, public_url=HOST), database, Live(database))
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(build_app(runtime)), base_url=HOST, timeout=60
        ) as http:
            assert samples((await http.get("/metrics")).text)["muster_database_up", ()] == 1
            proxy.tell("postgresql", "hole")
            began = time.monotonic()
            with monkeypatch.context() as short:
                short.setattr("jobs.gauges.SECONDS", 0.3)
                assert samples((await http.get("/metrics")).text)["muster_database_up", ()] == 0
            assert time.monotonic() - began < SCRAPE_TIMEOUT
            proxy.tell("postgresql", "through")
            assert samples((await http.get("/metrics")).text)["muster_database_up", ()] == 1
    finally:
        proxy.stop()
        await database.close()


@pytest.mark.usefixtures("at_once")
async def test_a_worker_tells_on_a_port_of_its_own(world, bench, database_url, tmp_path):
    port = free_port()
    settings = Settings(data_dir=tmp_path, metrics_port=port)
    await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")

    def get(path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    async with working(settings, database_url, clock=world.clock, chores=()):
        await bench.idle()
        status, body = await asyncio.to_thread(get, "/metrics")
        told = samples(body)
        assert status == 200
        assert told["muster_worker_connections", ()] >= 1
        assert told["muster_job_duration_seconds_count", (("job", "mail.notify"),)] >= 1
        assert (await asyncio.to_thread(get, "/graphql"))[0] == 404
        # A second worker on the same port says so, and works all the same.
        async with working(settings, database_url, clock=world.clock, chores=()):
            await world.do(declare_incident, world.ada, title="Search is down", severity="SEV1")
            await bench.idle()
    with pytest.raises(OSError, match="refused"):
        await asyncio.to_thread(get, "/metrics")
