"""A real Alertmanager posts to a real server: a group becomes one incident, repeats add nothing, one alert ends."""

import asyncio
import shutil
import socket
import subprocess
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from core.clock import SystemClock
from core.db import Database
from models.incident import Incident
from models.words import AlertState, Stage
from tests.actions.alerting import Monitor, alerts, rule
from tests.integrations.hooking import app
from tests.world import World

COMMAND = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
DEADLINE = 30
CONFIGURATION = """
route:
  receiver: muster
  group_by: [alertname]
  group_wait: 100ms
  group_interval: 300ms
  repeat_interval: 600ms
receivers:
  - name: muster
    webhook_configs:
      - url: {url}
        send_resolved: true
        max_alerts: 1000
"""

pytestmark = pytest.mark.skipif(
    COMMAND is None, reason="no Alertmanager is installed (Debian: prometheus-alertmanager)"
)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture
async def real_time(database_url):
    """A world by the machine's clock, which is also Alertmanager's."""
    database = Database(database_url, clock=SystemClock(), pool_size=5)
    yield await World.create(database, SystemClock())
    await database.close()


@asynccontextmanager
async def serving(application):
    """A uvicorn on a port of its own; its address."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_level="warning"))
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def alertmanager(folder, url):
    """An Alertmanager of our own that posts to a URL; a client of its API."""
    config = folder / "alertmanager.yml"
    config.write_text(CONFIGURATION.format(url=url))
    port = free_port()
    options = [f"--config.file={config}", f"--storage.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 (starting it takes no time)
            [COMMAND, *options, "--cluster.listen-address="], stdout=log, stderr=log
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v2") as client:
            await until(lambda: ready(client, process))
            yield client
    finally:
        process.terminate()
        process.wait(10)


async def ready(client, process):
    assert process.poll() is None, "Alertmanager ended"
    try:
        return (await client.get("/status")).status_code == 200
    except httpx.TransportError:
        return False


async def until(condition):
    """Wait for something that another process brings about."""
    async with asyncio.timeout(DEADLINE):
        while True:
            met = condition()
            if (await met) if asyncio.iscoroutine(met) else met:
                return
            await asyncio.sleep(0.05)


def fires(instance, **more):
    return {"labels": {"alertname": "DiskFull", "instance": instance}, "annotations": {"summary": "Disk full"}, **more}


async def test_a_real_alertmanager_brings_one_incident_and_no_more(real_time, tmp_path):
    world = real_time
    await rule(world, matchers={"alertname": "DiskFull"}, service="checkout-api", severity="SEV2")
    monitor = await Monitor.create(world)

    async def stored():
        return {a.labels["instance"]: a for a in await alerts(world)}

    async def both_repeated():
        found = await stored()
        return len(found) == 2 and all(a.count >= 3 for a in found.values())

    async def first_ended():
        return (await stored())["db-1"].state is AlertState.RESOLVED

    async with (
        serving(app(world.database)) as base,
        alertmanager(tmp_path, f"{base}/hooks/alertmanager/{monitor.key}") as api,
    ):
        (await api.post("/alerts", json=[fires("db-1"), fires("db-2")])).raise_for_status()
        await until(both_repeated)
        async with world.database.reading() as reader:
            (incident,) = await reader.rows(Incident, select(Incident))
        assert (incident.title, incident.stage) == ("DiskFull on Checkout API", Stage.DETECTION)
        kinds = [e.kind for e in await world.events(incident.id)]
        assert kinds == ["incident.reported", "alert.received", "alert.received"]

        ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        (await api.post("/alerts", json=[fires("db-1", endsAt=ended), fires("db-2")])).raise_for_status()
        await until(first_ended)
        assert (await stored())["db-2"].state is AlertState.FIRING
        (end,) = await world.events(incident.id, "alert.resolved")
        assert end.data["alert_id"] == (await stored())["db-1"].id
        async with world.database.reading() as reader:
            assert len(await reader.rows(Incident, select(Incident))) == 1
