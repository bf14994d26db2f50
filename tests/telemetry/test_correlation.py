"""Ids of requests: whose count, where they stand, and how far they go."""

import io
import json
import logging

import httpx
import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from core.correlation import Origin, coming_from, current
from core.live import Live
from core.logging import JsonFormatter, TextFormatter
from core.runtime import Runtime
from core.settings import Settings
from jobs.registry import REGISTRY
from models.job import Job, JobName
from server.asgi import build_app
from tests.jobs.test_worker import working
from tests.schema.client import HOST, Client

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DECLARE = "mutation ($input: DeclareIncidentInput!) { declareIncident(input: $input) { cursor } }"
GIVEN = {"input": {"title": "Checkout is down", "severity": "SEV1"}}


def client_of(world, tmp_path, *, address="127.0.0.1", **settings):
    runtime = Runtime(
        Settings(**{"data_dir": tmp_path, "public_url": HOST, **settings}), world.database, Live(world.database)
    )
    transport = httpx.ASGITransport(build_app(runtime), client=(address, 1234), raise_app_exceptions=False)
    return Client(world, httpx.AsyncClient(transport=transport, base_url=HOST), runtime)


async def jobs_of(database):
    async with database.reading() as reader:
        return await reader.rows(Job, select(Job).order_by(Job.id))


@pytest.fixture
def lines():
    """What is logged meanwhile, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("proxies", "sent", "expected"),
    [
        ("127.0.0.1", {"X-Request-Id": "abc-1"}, "abc-1"),
        ("127.0.0.0/8", {"traceparent": TRACE}, TRACE[3:35]),
        ("127.0.0.1", {"X-Request-Id": "abc-1", "traceparent": TRACE}, "abc-1"),
        ("127.0.0.1", {"X-Request-Id": "a b\tc"}, None),
        ("127.0.0.1", {"X-Request-Id": "a" * 65}, None),
        ("127.0.0.1", {"traceparent": TRACE.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32)}, None),
        ("10.0.0.1", {"X-Request-Id": "abc-1", "traceparent": TRACE}, None),
        ("", {"X-Request-Id": "abc-1", "traceparent": TRACE}, None),
    ],
)
async def test_an_id_counts_only_from_a_trusted_proxy(world, tmp_path, proxies, sent, expected):
    client = client_of(world, tmp_path, trusted_proxies=proxies)
    sent = {**sent, "X-Forwarded-For": "203.0.113.9"}
    async with client.http as http:
        given = (await http.get("/healthz", headers=sent)).headers["x-request-id"]
        other = (await http.get("/healthz", headers=sent)).headers["x-request-id"]
    if expected is not None:
        assert given == other == expected
    else:
        assert len(given) == 32
        assert given != other


async def test_a_job_carries_the_request_that_caused_it_and_its_lines_say_so(
    world, bench, database_url, tmp_path, monkeypatch, lines
):
    seen, notify = [], REGISTRY[JobName.MAIL_NOTIFY]

    async def run(**_):
        seen.append(current())
        logging.getLogger("muster").info("at work")

    monkeypatch.setitem(REGISTRY, JobName.MAIL_NOTIFY, type(notify)(notify.name, run, 20, 60.0, 0))
    client = client_of(world, tmp_path, trusted_proxies="127.0.0.1")
    async with client.http as http:
        token = await client.token_of("ben")
        headers = {"X-Request-Id": "from-the-proxy", "authorization": f"Bearer {token}"}
        answer = await http.post("/graphql", json={"query": DECLARE, "variables": GIVEN}, headers=headers)
    assert answer.headers["x-request-id"] == "from-the-proxy"
    jobs = [job for job in await jobs_of(world.database) if job.name == "mail.notify"]
    assert {job.options["trace"] for job in jobs} == {"from-the-proxy"}
    async with working(Settings(data_dir=tmp_path), database_url, clock=world.clock, chores=()):
        await bench.until(lambda: done(seen))
    assert seen[0].request_id == "from-the-proxy"
    at_work = next(line for line in lines() if line["message"] == "at work")
    assert at_work["request_id"] == "from-the-proxy"
    assert at_work["job"] == f"job-{jobs[0].id} mail.notify"


async def done(seen):
    return seen


async def test_jobs_of_nobodys_request_carry_nothing(world):
    await world.do(declare_incident, world.ada, title="Checkout is down", severity="SEV1")
    jobs = await jobs_of(world.database)
    assert jobs
    assert [job.options for job in jobs] == [{}] * len(jobs)
    with coming_from(Origin("abc", TRACE)):
        await world.do(declare_incident, world.ada, title="Search is down", severity="SEV1")
    new = (await jobs_of(world.database))[len(jobs) :]
    assert {job.options["trace"] for job in new} == {f"abc {TRACE}"}
    await world.do(declare_incident, world.ada, title="Login is down", severity="SEV1")
    newest = (await jobs_of(world.database))[len(jobs) + len(new) :]
    assert newest
    assert all(job.options == {} for job in newest)  # the setting ends with its transaction


async def test_a_masked_error_and_its_request_stand_in_one_line(world, tmp_path, monkeypatch, lines):
    client = client_of(world, tmp_path)

    async def broken(*_, **__):
        raise RuntimeError("of no concern to clients")

    monkeypatch.setattr("schema.execution._execute", broken)
    response = await client.send("{ viewer { name } }")
    (error,) = response.json()["errors"]
    line = next(line for line in lines() if error["extensions"]["id"] in line["message"])
    assert line["request_id"] == response.headers["x-request-id"] == error["extensions"]["requestId"]
    assert "of no concern to clients" in line["traceback"]
    assert "of no concern" not in response.text


def test_lines_for_people_end_with_the_request():
    record = logging.LogRecord("muster", logging.INFO, "", 0, "done", (), None)
    plain = TextFormatter("%(levelname)s %(message)s")
    assert plain.format(record) == "INFO done"
    with coming_from(Origin("abc", job="job-7 mail.send")):
        assert plain.format(record) == "INFO done [job-7 mail.send abc]"


@pytest.mark.parametrize("text", [None, 7, "", "a b c", "a" * 65, "abc 00-nothing"])
def test_what_a_row_says_counts_only_if_it_is_well_formed(text):
    origin = Origin.of_text(text)
    assert origin.traceparent == ""
    assert origin.request_id == "abc" if text == "abc 00-nothing" else origin.request_id
