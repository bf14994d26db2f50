"""What Prometheus reads: by the parser of its own client, and by a real Prometheus that scrapes it."""

import asyncio
import shutil
import subprocess

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from server.asgi import build_app
from tests.integrations.test_real_alertmanager import free_port, serving
from tests.metrics.forty import HOUR, MONDAY, WEEK, Forty
from tests.schema.client import runtime_of

COMMAND = shutil.which("prometheus")
DEADLINE = 30
CONFIGURATION = """
scrape_configs:
  - job_name: muster
    scrape_interval: 3s
    scrape_timeout: 3s
    metrics_path: /metrics/incidents
    params: {{ days: ["60"] }}
    authorization: {{ credentials: {token} }}
    static_configs: [{{ targets: ["{host}"] }}]
"""


@pytest.fixture
async def five(world):
    """Five of an hour each, one that is open, and Ada's own."""
    forty = Forty(world)
    for n in range(5):
        await forty.direct(f"one-{n}", MONDAY + WEEK + n * HOUR, 60, "SEV2", services=["checkout-api"])
    await forty.declare("open", MONDAY + WEEK, "SEV1")
    await forty.declare("hidden", MONDAY + WEEK, "SEV1", by="ada", visibility="PRIVATE")
    forty.at(MONDAY + 4 * WEEK)


async def test_the_text_is_open_metrics(asking, five):
    del five
    answer = await asking.get("/metrics/incidents", days=60)
    assert answer.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.text.endswith("\n# EOF\n")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    resolve = families["muster_incident_mttr_seconds"]
    assert (resolve.type, resolve.unit) == ("gauge", "seconds")
    assert resolve.documentation == ("Time to resolve, of the past 60 days. The start of the impact to the resolution.")
    found = {(s.labels["severity"], s.labels["statistic"]): s.value for s in resolve.samples}
    assert found == {
        (severity, statistic): 3600 for severity in ("all", "SEV2") for statistic in ("mean", "median", "p90", "p95")
    }
    assert {s.labels["severity"]: s.value for s in families["muster_incidents"].samples} == {
        "all": 6,
        "SEV1": 1,
        "SEV2": 5,
    }
    still = [(s.labels, s.value) for s in families["muster_incidents_open"].samples]
    assert still == [({"severity": "SEV1", "stage": "response"}, 1)]
    assert {"muster_incident_reopen_rate_ratio", "muster_incident_responder_hours"} <= set(families)
    assert (await asking.get("/metrics/incidents", by=None)).status_code == 401
    for days in ("0", "367", "x", "1e3"):
        refused = await asking.get("/metrics/incidents", days=days)
        assert (refused.status_code, refused.json()["error"]["field"]) == (400, "days")


@pytest.mark.skipif(COMMAND is None, reason="no Prometheus is installed (Debian: prometheus)")
async def test_a_real_prometheus_scrapes_it(asking, database, five, tmp_path):
    del five
    async with serving(build_app(runtime_of(database))) as url:
        config, port = tmp_path / "prometheus.yml", free_port()
        host, token = url.removeprefix("http://"), await asking.client.token_of("ben")
        config.write_text(CONFIGURATION.format(token=token, host=host))
        options = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/data"]
        options.append(f"--web.listen-address=127.0.0.1:{port}")
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen([COMMAND, *options], stdout=log, stderr=log)  # noqa: ASYNC220 (takes no time)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as prometheus:
                asked = {"query": 'muster_incident_mttr_seconds{severity="all", statistic="median"}'}
                assert await _told(prometheus, asked) == "3600"
                (target,) = (await prometheus.get("/api/v1/targets")).json()["data"]["activeTargets"]
                assert (target["health"], target["lastError"]) == ("up", "")
                name = "muster_incident_mttr_seconds"
                (about,) = (await prometheus.get("/api/v1/metadata", params={"metric": name})).json()["data"][name]
                assert (about["type"], about["unit"]) == ("gauge", "seconds")
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)


async def _told(prometheus, asked):
    """What a query says once there is an answer."""
    async with asyncio.timeout(DEADLINE):
        while True:
            try:
                answer = await prometheus.get("/api/v1/query", params=asked)
                result = answer.json()["data"]["result"] if answer.is_success else []  # 503 while it starts
            except httpx.TransportError:
                result = []
            if result:
                return result[0]["value"][1]
            await asyncio.sleep(0.2)
