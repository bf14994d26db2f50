"""The commands that operators use beside a running server."""

import httpx
import pytest
from sqlalchemy import insert, select

from auth.actor import Actor
from models.access import AccessToken
from models.job import QUEUE, Job, JobName
from models.words import AccessRole, ActorKind
from server.asgi import build_app, open_runtime
from server.startup import read_settings
from tests.identity import actor_of
from tests.server.processes import muster


def last_line(done) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


async def test_a_token_acts_for_a_person_within_that_person_s_rights(world, database_url):
    made = muster(
        *("token", "create", "--name", "cron", "--role", "admin", "--user", "BEN@quillhaven.example"),
        DATABASE_URL=database_url,
    )
    actor = await actor_of(world.database, f"Bearer {last_line(made)}", None)
    assert actor == world.ben, "ben is a responder, whatever the token says"
    granted = await world.events(None, "access.granted")
    assert [event.data["noun"] for event in granted] == ["token"]


async def test_a_token_without_a_person_is_a_service_account(world, database_url):
    made = muster("token", "create", "--name", "deploys", "--role", "viewer", DATABASE_URL=database_url)
    secret = last_line(made)
    actor = await actor_of(world.database, f"Bearer {secret}", None)
    assert actor == Actor(ActorKind.SERVICE_ACCOUNT, actor.id, "deploys", AccessRole.VIEWER)
    async with world.database.reading() as reader:
        digest = await reader.scalar(select(AccessToken.digest))
    assert secret.encode() not in digest, "the secret is kept nowhere"


async def test_the_hook_of_a_new_source_takes_an_alert(world, database_url):
    made = muster("source", "create", "alertmanager", "--name", "Prometheus", DATABASE_URL=database_url)
    url = last_line(made)
    assert url.startswith("http://127.0.0.1:8000/hooks/alertmanager/msh_")
    alert = {
        "status": "firing",
        "labels": {"alertname": "Slow"},
        "startsAt": "2026-11-24T02:59:00Z",
        "fingerprint": "f1",
    }
    group = {"version": "4", "groupKey": "g", "status": "firing", "receiver": "muster", "alerts": [alert]}
    runtime = open_runtime(read_settings(), database_url)
    transport = httpx.ASGITransport(build_app(runtime))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            assert (await client.post(url, json=group)).status_code == 202
    finally:
        await runtime.database.close()
    assert [event.data["title"] for event in await world.events(None, "alert.received")] == ["Slow"]


async def test_dead_jobs_are_listed_given_another_life_and_discarded(world, database_url):
    async with world.database.unit_of_work() as session:
        dead = {"queue": QUEUE, "args": {"event_id": 1}, "options": {}, "dead": True}
        for error in ("no such host", "refused"):
            await session.execute(insert(Job).values(name=JobName.MAIL_SEND, error=error, **dead))
    first, second = [job.id for job in await world.jobs()]
    listed = muster("jobs", "list", DATABASE_URL=database_url)
    assert "no such host" in listed.stdout
    assert last_line(listed) == "Dead: 2 jobs."
    assert last_line(muster("jobs", "retry", str(first), DATABASE_URL=database_url)) == "1 job will run again."
    assert {job.id: job.dead for job in await world.jobs()} == {first: False, second: True}
    assert last_line(muster("jobs", "discard", "--all", DATABASE_URL=database_url)) == "Discarded 1 job."
    assert [job.id for job in await world.jobs()] == [first]
    assert muster("jobs", "retry", DATABASE_URL=database_url).returncode == 2, "neither ids nor --all"


async def test_the_doctor_finds_what_is_wrong(world, database_url, cluster):
    healthy = muster("doctor", DATABASE_URL=database_url)
    assert healthy.returncode == 0, healthy.stdout
    async with world.database.unit_of_work() as session:
        await session.execute(insert(Job).values(queue=QUEUE, name=JobName.MAIL_SEND, args={}, options={}, dead=True))
    ill = muster("doctor", DATABASE_URL=database_url)
    assert ill.returncode != 0
    assert "BAD  dead jobs: 1; see `muster jobs list`" in ill.stdout
    unmigrated = muster("doctor", DATABASE_URL=cluster)
    assert unmigrated.returncode != 0
    assert "run `muster migrate`" in unmigrated.stdout


@pytest.mark.parametrize("command", [("up",), ("token", "create"), ("jobs",), ("doctor",), ("source", "create")])
def test_every_command_explains_itself(command):
    shown = muster(*command, "--help")
    assert shown.returncode == 0
    assert "Usage: " in shown.stdout
