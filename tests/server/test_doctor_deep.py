"""`muster doctor --deep`: what it finds, beside what is as it should be."""

import json

import psycopg
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import insert, text, update

from actions.audit_chain import chain
from actions.webhooks import create_webhook
from models.backup import Backup
from models.delivery import Webhook
from tests.server.processes import free_port, muster

THROWN_AWAY = ("fsync", "full_page_writes", "autovacuum", "synchronous_commit")
"""What the tests' own cluster goes without."""


def found(url, tmp_path, **settings):
    """The findings by result, and the exit status."""
    done = muster("doctor", "--deep", "--json", DATABASE_URL=url, MUSTER_DATA_DIR=tmp_path, **settings)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    lines = {"ok": [], "warn": [], "bad": []}
    for each in told["findings"]:
        if not any(f"PostgreSQL: {name} is" in each["words"] for name in THROWN_AWAY):
            lines[each["result"]].append(each["words"])
    assert told["result"] == ("ok" if done.returncode == 0 else "bad")
    return lines, done.returncode


@pytest.fixture
def mail_server():
    class Takes:
        """Anything."""

    server = Controller(Takes(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield f"smtp://127.0.0.1:{server.port}"
    server.stop()


async def test_what_is_right_is_said(world, database_url, tmp_path, mail_server):
    await world.do(create_webhook, world.ada, url="https://hooks.example.org/1")
    await chain(world.database)
    lines, _ = found(database_url, tmp_path, SMTP_URL=mail_server, MUSTER_SECRET_KEY="tests")
    said = "\n".join(lines["ok"])
    assert lines["bad"] == []
    for words in (
        "no event is missing on the timelines",
        "links of the audit chain verify",
        "tables, columns and indexes are what this version says",
        "the clock here and that of the database differ by 0.",
        "connections of PostgreSQL are taken",
        "takes mail from here",
        "the key opens what is sealed",
    ):
        assert words in said, words
    warned = "\n".join(lines["warn"])
    assert "no backup was made" in warned
    assert "nobody keeps time" in warned


async def test_what_is_wrong_is_found(world, database_url, tmp_path):
    await world.do(create_webhook, world.ada, url="https://hooks.example.org/1")
    await chain(world.database)
    async with world.database.unit_of_work() as session:
        await session.execute(update(Webhook).values(disabled_because="It answered 410 Gone."))
        made = {"target": "/copies", "bytes": 1, "newest_event": 1, "with_key": False}
        then = text("now() - interval '3 days'")
        await session.execute(insert(Backup).values(made_at=then, checked_at=then, **made))
    with psycopg.connect(database_url) as connection:
        connection.execute("alter table event disable trigger user")
        connection.execute("update event set actor_id = 99 where id = (select min(event_id) from audit_link)")
        connection.execute("alter table event enable trigger user")
        connection.execute("alter table team add column colour text")
        connection.execute("insert into job (queue, name, args, options, run_at)"
                           " values ('mail', 'mail.send', '{}', '{}', now() - interval '1 hour')")  # fmt: skip
    lines, status = found(database_url, tmp_path, SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    said = "\n".join(lines["bad"])
    assert status == 1
    for words in (
        "the audit trail was tampered with",
        "the schema was changed by hand: 1 differences",
        "queue mail: 1 due, the oldest for 36",
        "can't use the mail server",
        "the key does not open",
        "the webhook to hooks.example.org: It answered 410 Gone.",
    ):
        assert words in said, (words, said)
    assert "a backup was made 3 days ago" in "\n".join(lines["warn"])


async def test_a_gap_on_a_timeline_is_found(world, database_url, tmp_path):
    from tests.actions.lifecycle import declared  # noqa: PLC0415

    incident = await declared(world)
    with psycopg.connect(database_url) as connection:
        connection.execute("alter table event disable trigger user")
        connection.execute(
            "update event set number = number + 5 where id = (select max(id) from event where number is not null)"
        )
        connection.execute("alter table event enable trigger user")
    lines, _ = found(database_url, tmp_path)
    assert f"events are missing on the timelines of {incident.reference}" in "\n".join(lines["bad"])


def test_an_outdated_schema_ends_it(cluster, tmp_path):
    lines, status = found(cluster, tmp_path)
    assert status == 1
    assert "run `muster migrate`" in lines["bad"][-1]
