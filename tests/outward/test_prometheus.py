"""What a real Prometheus measured during an incident is kept, as data and as a picture; where it is away, a note."""

import asyncio
import shutil
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select

from actions.catalogue.services import save_service
from actions.outward.settings import save_integration
from actions.postmortems.measuring import MARGIN
from core import ids
from core.errors import DomainError
from jobs.metrics import measure
from models.integration import Integration
from models.job import Job, JobName
from models.metric import MetricSnapshot
from tests.actions.postmortems.incident import assemble, declared, resolve, written
from tests.integrations.test_real_alertmanager import free_port, until
from tests.jobs.inline import jobs_with, run_jobs

PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
SKIP = pytest.mark.skipif(
    PROMETHEUS is None or PROMTOOL is None, reason="no Prometheus is installed (Debian: prometheus)"
)
BEGUN = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
MEASURE = (JobName.METRIC_MEASURE, JobName.INTEGRATION_CHECK)


@dataclass
class Metric:
    integration: str
    name: str
    query: str
    unit: str = ""


def past():
    """What was measured: errors of two paths, a value a minute, between 3:00 and 3:40 forty times as many."""
    for path, base in (("/pay", 1.0), ("/cart", 0.5)):
        for minute in range(120):
            stamp = BEGUN.timestamp() + 60 * minute
            bad = 30 <= minute < 70
            yield f'error_percent{{path="{path}"}} {base * (40 if bad else 1)} {stamp:.0f}'


@asynccontextmanager
async def prometheus(folder):
    """A Prometheus of our own with that past; its address."""
    samples = folder / "samples.txt"
    samples.write_text("# TYPE error_percent gauge\n" + "\n".join(past()) + "\n# EOF\n")
    made = [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", str(samples), str(folder / "data")]
    subprocess.run(made, check=True, capture_output=True)  # noqa: ASYNC221 (it takes no time)
    config = folder / "prometheus.yml"
    config.write_text("{}")
    port = free_port()
    where = [f"--config.file={config}", f"--storage.tsdb.path={folder}/data", "--storage.tsdb.retention.time=100y"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 (starting it takes no time)
            [PROMETHEUS, *where, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            await until(lambda: _ready(client, address, process))
        yield address
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


async def _ready(client, address, process):
    assert process.poll() is None, "Prometheus ended"
    try:
        return (await client.get(f"{address}/-/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def connect(world, address, *metrics, **more):
    await world.do(save_integration, world.ada, vendor="prometheus", configuration={"base_url": address, **more})
    service = ids.encode("Service", world.services["checkout-api"].id)
    given = [Metric("prometheus", *each) for each in metrics]
    await world.do(save_service, world.dov, id=service, metrics=given)


async def run(world, tmp_path, **settings):
    with jobs_with(world.database, tmp_path, **{"webhook_allow_private": True, **settings}):
        assert await run_jobs(world.database, *MEASURE) == []


async def snapshots(world):
    async with world.database.reading() as reader:
        return await reader.rows(MetricSnapshot, select(MetricSnapshot).order_by(MetricSnapshot.id))


@SKIP
async def test_what_a_real_prometheus_measured_is_kept_and_told(world, tmp_path):
    async with prometheus(tmp_path) as address:
        queries = ("Errors", "error_percent", "%"), ("Nothing", "absent_metric"), ("Wrong", "sum(")
        await connect(world, address, *queries)
        incident = await resolve(world, await declared(world))
        await assemble(world, incident.id)
        world.clock.advance(minutes=20)  # the margin after the resolution has passed
        await run(world, tmp_path)
    errors, nothing, wrong = await snapshots(world)
    assert (errors.error, errors.unit, len(errors.series)) == (None, "%", 2)
    pay, cart = errors.series
    assert (pay["labels"]["path"], cart["labels"]["path"]) == ("/pay", "/cart"), "the highest first"
    assert (errors.starts_at.hour, errors.starts_at.minute) == (2, 50)
    assert pay["values"][0] == 1.0
    assert max(pay["values"]) == 40.0
    assert (nothing.error, nothing.series) == (None, [])
    assert "parse error" in wrong.error
    (event,) = await world.events(incident.id, "metric.measured")
    assert event.data == {"snapshot_ids": [errors.id, nothing.id], "failed_ids": [wrong.id]}
    after = await assemble(world, incident.id)
    said = [s for s in after.statements if s.source_ids == [event.id]]
    assert said[0].text == "Errors of Checkout API was between 0.5 and 40 % within 1 h 6 min (2 series)."
    assert said[1].text == "Nothing of Checkout API has no values for the time of the incident."
    assert said[2].text.startswith("Wrong of Checkout API is not known: Prometheus refuses this (400): ")
    async with world.database.reading() as reader:
        (account,) = await reader.rows(Integration, select(Integration))
    assert account.checks[0]["result"] == "OK"


async def test_a_prometheus_that_is_down_leaves_a_note_and_is_asked_again(world, tmp_path):
    await connect(world, f"http://127.0.0.1:{free_port()}", ("Errors", "error_percent", "%"), token="s3cret")
    incident = await resolve(world, await declared(world))
    await assemble(world, incident.id)
    for attempt in (1, 2, 3):
        with jobs_with(world.database, tmp_path, webhook_allow_private=True):
            await _once(world)
        (row,) = await snapshots(world)
        assert row.attempts == attempt
        assert "can't be reached" in row.error
    (last,) = await world.jobs(JobName.METRIC_MEASURE)
    assert last.run_at == (await world.incident(incident.id)).resolved_at + MARGIN
    world.clock.advance(minutes=20)
    with jobs_with(world.database, tmp_path, webhook_allow_private=True):
        await _once(world)
    assert await world.jobs(JobName.METRIC_MEASURE) == [], "and once more when all has passed"
    note = "Errors of Checkout API is not known: Prometheus can't be reached: "
    assert any(line.startswith(note) for line in (await assemble(world, incident.id)).texts("impact"))
    assert (await written(world, incident.id)).row.status == "DRAFT"
    assert await world.jobs(JobName.METRIC_MEASURE) == []


async def _once(world):
    """Run the measuring that waits, whenever it is due, and none that it queues."""
    (job,) = await world.jobs(JobName.METRIC_MEASURE)
    async with world.database.unit_of_work() as session:
        await session.delete(await session.get_one(Job, job.id))
    await measure(**job.args)


async def test_our_own_network_is_not_asked_unless_it_may_be(world, tmp_path):
    await connect(world, "http://169.254.169.254", ("Keys", "up"))
    incident = await resolve(world, await declared(world))
    await assemble(world, incident.id)
    with jobs_with(world.database, tmp_path, webhook_allow_private=False):
        await _once(world)
    (row,) = await snapshots(world)
    assert "The address of Prometheus can't be used" in row.error


@pytest.mark.parametrize(
    ("metrics", "field"),
    [
        ([Metric("jitsi", "Errors", "up")], "metrics.0.integration"),
        ([Metric("prometheus", "Errors", "up"), Metric("prometheus", "Errors", "down")], "metrics.1.name"),
        ([Metric("prometheus", "Errors", "u\x00p")], "metrics.0.query"),
        ([Metric("a\x00b", "Errors", "up")], "metrics.0.integration"),
        ([Metric("prometheus", "Errors", "x" * 2001)], "metrics.0.query"),
    ],
)
async def test_metrics_that_can_not_be_are_refused(world, metrics, field):
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    await connect(world, "http://prometheus.example")
    service = ids.encode("Service", world.services["checkout-api"].id)
    with pytest.raises(DomainError) as refusal:
        await world.do(save_service, world.dov, id=service, metrics=metrics)
    assert refusal.value.field == field


@pytest.mark.parametrize("wrong", [{"token": "a", "username": "b", "password": "c"}, {"username": "b"}])
async def test_one_is_known_in_one_way(world, wrong):
    with pytest.raises(DomainError):
        given = {"base_url": "https://prometheus.example", **wrong}
        await world.do(save_integration, world.ada, vendor="prometheus", configuration=given)
