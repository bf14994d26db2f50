"""Traces, as a collector receives them: from a request to the call at a vendor that it causes in another process."""

import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import text

from actions.webhooks import create_webhook
from core import tracing
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from server.startup import StartError
from server.telemetry import start_telemetry
from tests.jobs.receiver import receiver
from tests.jobs.test_worker import working
from tests.schema.client import HOST, Client
from tests.telemetry.collector import Collector

DECLARE = """mutation Secret($input: DeclareIncidentInput!) { declareIncident(input: $input) { incident {
  myOwnName: reference roles { role { name } user { name } } timeline(first: 5) { nodes { text } } } } }"""
GIVEN = {"title": "Zanzibar is down", "severity": "SEV1", "summary": "Tangerine"}
UNTOLD = ("Zanzibar", "Tangerine", "mst_", "Ben Silva", "quillhaven.example", "Secret", "myOwnName")
"""What nobody's trace may tell: texts, tokens, names of people, addresses, and names that a client chose."""


@contextmanager
def traced(monkeypatch, collector, process="test", **environment):
    """Spans of this process go to a collector while the block runs, and have arrived after it."""
    for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, **environment}.items():
        monkeypatch.setenv(name, value)
    tracer = start_telemetry(Settings(), process)
    assert tracer is not None
    try:
        yield
    finally:
        tracer.close()


@pytest.fixture
async def everything(world, database_url, tmp_path):
    """Starts a whole application on the test's database, with a client: `async with everything() as client`."""
    made = []

    async def start(**settings):
        database = Database(database_url, clock=world.clock)
        given = Settings(**{"data_dir": tmp_path, "public_url": HOST, "secret_key": "tests", **settings})
        runtime = Runtime(given, database, Live(database))
        app = build_app(runtime)
        http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOST)
        made.append((http, database))
        return Client(world, http, runtime)

    yield start
    for http, database in made:
        await http.aclose()
        await database.close()


async def test_a_trace_goes_from_the_request_to_the_vendors_answer(
    world, bench, database_url, tmp_path, monkeypatch, everything
):
    with Collector() as collector:
        async with receiver() as other:
            await world.do(create_webhook, world.ada, url=other.url, kinds=["incident.declared"])
            with traced(monkeypatch, collector.url, OTEL_TRACES_SAMPLER="always_on"):
                client = await everything()
                answer = await client.send(DECLARE, {"input": GIVEN})
                assert "errors" not in answer.json()
                settings = Settings(data_dir=tmp_path, webhook_allow_private=True, secret_key="tests")
                async with working(settings, database_url, clock=world.clock, chores=()):
                    await bench.idle()
    request, operation = collector.named("POST /graphql"), collector.named("mutation")
    run, below = collector.named("run webhook.send"), ["mutation", "POST /graphql"]
    (enqueue,) = [each for each in collector.spans if each.name == "enqueue" and each.id == run.parent]
    assert collector.above(enqueue)[-2:] == below
    call = collector.named("post to a webhook")
    assert collector.above(operation) == ["POST /graphql"]
    assert "webhook.send" not in enqueue.attributes["muster.jobs"]  # the database adds it
    assert collector.above(run) == ["enqueue", *collector.above(enqueue)]
    assert collector.above(call) == ["run webhook.send", *collector.above(run)]
    assert call.attributes == {"http.request.method": "POST", "http.response.status_code": 200}
    levels = [span for span in collector.spans if span.name == "level"]
    fields = [span.attributes["muster.fields"] for span in levels if span.trace == request.trace]
    assert ["Mutation.declareIncident"] in fields
    assert any("Incident.roles" in names and "Incident.timeline" in names for names in fields)
    statements = [span for span in collector.spans if "db.query.text" in span.attributes]
    assert {"SELECT", "INSERT"} <= {span.name for span in statements}
    below_a_level = [span for span in statements if span.parent in {level.id for level in levels}]
    assert any("role_assignment" in span.attributes["db.query.text"] for span in below_a_level)
    assert request.attributes["http.response.status_code"] == 200
    assert answer.headers["x-request-id"] == request.trace == call.trace
    assert other.arrived[0].headers["x-request-id"] == request.trace
    told = repr(collector.spans)
    assert [word for word in UNTOLD if word in told] == []


async def test_what_fails_is_told_by_its_class_alone(monkeypatch, everything):
    with Collector() as collector, traced(monkeypatch, collector.url, OTEL_TRACES_SAMPLER="always_on"):
        client = await everything()
        database = client.runtime.database
        with tracing.span("outer"), pytest.raises(Exception, match="Zanzibar"):
            async with database.reading() as reader:
                await reader.execute(text("select cast(:word as int)"), {"word": "Zanzibar"})
        with pytest.raises(ValueError, match="Zanzibar"), tracing.span("inner"):
            raise ValueError("Zanzibar")
    failed = {span.name: span.attributes["error.type"] for span in collector.spans if span.failed}
    assert failed["inner"] == "ValueError"
    assert "SELECT" in failed
    assert "Zanzibar" not in repr(collector.spans)


async def test_one_in_ten_is_kept_unless_somebody_says_otherwise(monkeypatch):
    with Collector() as collector, traced(monkeypatch, collector.url):
        for _ in range(1000):
            with tracing.span("each"), tracing.span("below"):
                pass
    kept = [span for span in collector.spans if span.name == "each"]
    assert 50 < len(kept) < 160  # 1,000 tosses of 0.1: six standard deviations
    assert len(collector.spans) == 2 * len(kept)  # whole traces, or none of them


async def test_a_collector_that_is_away_harms_nobody(monkeypatch, everything):
    with traced(monkeypatch, "http://127.0.0.1:9", OTEL_TRACES_SAMPLER="always_on", OTEL_EXPORTER_OTLP_TIMEOUT="1"):
        client = await everything()
        assert (await client.ask("{ viewer { name } }"))["viewer"]["name"] == "Ben Silva"


def test_without_an_endpoint_nothing_of_it_is_imported(tmp_path):
    code = (
        "import sys\n"
        "from core.settings import Settings\n"
        "from server.telemetry import start_telemetry\n"
        "import server.asgi, jobs.worker, jobs.actors\n"
        "assert start_telemetry(Settings(), 'api') is None\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], env={"MUSTER_DATA_DIR": str(tmp_path)}, check=False).returncode
        == 0
    )
    assert tracing.span("nothing") is tracing.NOTHING
    assert tracing.traceparent() == ""


def test_traces_can_be_switched_off_and_want_what_they_need(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert start_telemetry(Settings(), "test") is None
    monkeypatch.delenv("OTEL_SDK_DISABLED")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(StartError, match=r"muster\[telemetry\]"):
        start_telemetry(Settings(), "test")
