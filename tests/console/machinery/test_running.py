"""Dead jobs, the audit log, backups and health, at their pages."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text, update

from actions.audit_chain import chain
from actions.declarations import declare_incident
from actions.record import enqueue
from actions.webhooks import create_webhook
from core.ids import encode
from models.backup import Backup
from models.event import AuditLink
from models.job import Job, JobName
from resolvers.running import WORDS
from server.health import reasons_not_ready
from tests.console.desk import words

SETTINGS = "/console/settings"


async def given_up(world, *errors):
    """Jobs that were given up, with their reasons."""
    async with world.database.unit_of_work() as session:
        for number, _ in enumerate(errors):
            enqueue(session, JobName.MAIL_SEND, delivery_id=number)
    jobs = await world.jobs(JobName.MAIL_SEND)
    async with world.database.unit_of_work() as session:
        for job, error in zip(jobs, errors, strict=True):
            wrong = {"dead": True, "error": error, "strikes": 3, "options": {"failures": 20}}
            await session.execute(update(Job).where(Job.id == job.id).values(wrong))
    return [encode("Job", job.id) for job in jobs]


def test_every_job_has_words():
    assert set(WORDS) == set(JobName)


async def test_dead_jobs_are_retried_and_discarded_once_the_word_is_typed(world, sits):
    ada, dov = await sits("ada"), await sits("dov")
    path = f"{SETTINGS}/jobs"
    assert "No work was given up." in await ada.reads(path)
    first, second, third = await given_up(world, "There is no such mailbox.", None, "It is <b>full</b>.")
    page = await ada.get(path)
    assert "Send a mail mail.send" in words(page.text)
    assert "There is no such mailbox." in page.text
    assert "It is &lt;b&gt;full&lt;/b&gt;." in page.text
    assert "It gave no reason" in page.text
    assert "No job is ticked." in words(await ada.is_refused(f"{path}/retry"))
    assert await ada.does(f"{path}/retry", {"job": [first, second], "_key": "one"}) == f"{path}?done=retried"
    await ada.does(f"{path}/retry", {"job": [first, second], "_key": "one"})
    alive = [job for job in await world.jobs(JobName.MAIL_SEND) if not job.dead]
    assert [(encode("Job", job.id), job.strikes, job.options) for job in alive] == [(first, 0, {}), (second, 0, {})]
    [retried] = await world.events(None, "job.retried")
    assert len(retried.data["jobs"]) == 2
    page = await ada.is_refused(f"{path}/discard", {"job": [third], "confirm": "yes"})
    assert f'value="{third}" checked' in page
    assert "This is not the name: discard" in words(page)
    for step in ("retry", "discard"):
        assert (await dov.post(f"{path}/{step}", {"job": [third], "confirm": "discard"})).status_code == 403
    assert (await dov.get(path)).status_code == 403
    await ada.does(f"{path}/discard", {"job": [first, third], "confirm": "discard"})
    assert [encode("Job", job.id) for job in await world.jobs(JobName.MAIL_SEND)] == [first, second]
    assert len((await world.events(None, "job.discarded"))[0].data["jobs"]) == 1
    assert "There is no" in words(await ada.is_refused(f"{path}/retry", {"job": [third]}))


async def test_the_audit_log_is_filtered_turned_and_taken_along(world, sits):
    _, dov, ben = await sits("ada"), await sits("dov"), await sits("ben")
    path = f"{SETTINGS}/audit"
    for number in range(55):
        await world.do(create_webhook, world.ada, url=f"https://hooks.example.org/{number}")
    page = (await dov.get(path)).text
    assert words(page).count("Ada Okafor created a webhook.") == 50
    older = re.search(r'href="([^"]+)" rel="next"', page).group(1).replace("&amp;", "&")
    assert "Ada Okafor signed in." in words((await dov.get(older)).text)
    only = await dov.reads(f"{path}?kind=person.signed_in&person={world.id_of('ben')}")
    assert "Ben Silva signed in." in only
    assert "Ada Okafor signed in." not in only
    assert "127.0.0.1" in only
    nothing = await dov.reads(f"{path}?since=2027-01-01T00:00")
    assert "Nothing was audited that fits." in nothing
    page = await dov.get(f"{path}?since=2026-11-24T00:00&until=2026-11-25T00:00")
    csv = re.search(r'href="(/audit.csv[^"]+)"', page.text).group(1).replace("&amp;", "&")
    file = await dov.get(csv)
    assert file.status_code == 200
    assert "access.granted" in file.text
    for query, field in (("since=soon", "since"), ("person=nobody", "person"), ("kind=a.b", "kind")):
        answer = await dov.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text.partition(f'id="filter-{field}"')[2].partition(">")[0], field
    assert (await ben.get(path)).status_code == 403


async def test_the_chain_is_checked_and_tampering_is_told(world, sits):
    ada = await sits("ada")
    await world.do(create_webhook, world.ada, url="https://hooks.example.org/")
    while await chain(world.database):
        pass
    page = await ada.reads(f"{SETTINGS}/audit/verify")
    assert re.search(r"The log is as it was written: \d+ links recomputed", page)
    assert "muster audit verify --head" in page
    async with world.database.unit_of_work() as session:
        await session.execute(text("set local session_replication_role = replica"))
        await session.execute(update(AuditLink).values(digest=b"0" * 32))
    assert "The log was tampered with" in await ada.reads(f"{SETTINGS}/audit/verify")


async def test_backups_say_what_the_database_says_and_give_commands(sits):
    ada, dov = await sits("ada"), await sits("dov")
    page = await ada.reads(f"{SETTINGS}/backups")
    assert re.search(r"PostgreSQL \d+\.\d+", page)
    assert "The server does not archive its log" in page
    assert "pg_dump --format=custom --file=muster.dump" in page
    assert "secret.key seals what is secret" in page
    assert "Never, as far as Muster noticed." in page
    assert (await dov.get(f"{SETTINGS}/backups")).status_code == 403


async def test_backups_say_which_were_made(world, sits):
    ada = await sits("ada")
    assert "None was made" in await ada.reads(f"{SETTINGS}/backups")
    for hours, size in ((200, 3_000_000), (5, 4_000_000)):
        then = world.clock.now() - timedelta(hours=hours)
        made = {"target": f"/copies/{size}", "bytes": size, "newest_event": 7, "with_key": False}
        async with world.database.unit_of_work() as session:
            await session.execute(insert(Backup).values(made_at=then, checked_at=then, **made))
    page = await ada.reads(f"{SETTINGS}/backups")
    assert "5 h old" in page
    assert "4.0 MB in /copies/4000000 , everything up to event 7" in page
    assert "3.0 MB in /copies/3000000" in page.partition("Backups before that")[2]
    assert "muster restore /copies/4000000" in page


async def test_health_says_what_is_wrong_in_words(world, sits, runtime):
    ada, dov = await sits("ada"), await sits("dov")
    page = await ada.reads(f"{SETTINGS}/health")
    assert "Muster is not ready" in page
    assert "No worker runs: start muster worker ." in page
    assert "Nobody keeps time" in page
    assert "mail is written to the folder" in page
    await world.do(declare_incident, world.ben, title="Checkout is down", severity="SEV3")
    async with world.database.unit_of_work() as session:
        await session.execute(update(Job).values(run_at=Job.run_at - timedelta(minutes=5)))
    await given_up(world, "It is full.")
    page = await ada.reads(f"{SETTINGS}/health")
    assert re.search(r"due; the oldest has waited 30\d s", page)
    assert "1 job is given up" in page
    assert await reasons_not_ready(runtime)
    assert (await dov.get(f"{SETTINGS}/health")).status_code == 403


@pytest.mark.parametrize("area", ["integrations", "workflows", "tokens", "webhooks", "jobs", "audit", "backups"])
async def test_a_page_takes_as_many_statements_however_much_there_is(world, sits, area):
    """Pages are read in batches: twice as many rows take no more statements."""
    ada = await sits("ada")
    counts = []
    for _ in range(2):
        for number in range(3):
            key = f"{len(counts)}-{number}"
            await world.do(create_webhook, world.ada, url=f"https://hooks.example.org/{key}")
            await ada.post(f"{SETTINGS}/tokens/new", {"name": key, "access_role": "VIEWER", "days": "30"})
            call = {"vendor": "jitsi", "key": f"call-{key}", "name": key}
            await ada.does(f"{SETTINGS}/integrations/new", call)
        counts.append(await statements(world, ada, f"{SETTINGS}/{area}"))
    assert counts[0] == counts[1]
    assert counts[0] < 16


async def statements(world, person, path):
    """How many statements a page takes."""
    seen = []

    def note(*given):
        seen.append(given[2])

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    assert (await person.get(path)).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
