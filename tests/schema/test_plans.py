"""Every statement that the doorways send is carried out by an index, at 100,000 incidents.

All fields, filters, orders, mutations, subscriptions, timers, jobs and pages are driven once (tests.schema.everything),
and PostgreSQL is asked for the plan of everything that reached it: for the values that were sent, which is how the
product asks (core.db.PLANS), and for any values, which is how a pooler in between might.
"""

import asyncio
from types import SimpleNamespace
from unittest.mock import patch

import asyncpg
import pytest
from sqlalchemy import text

from bench.data import load
from core.db import Database
from core.live import TAIL, Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from models.personal import SEARCHED
from resolvers.batch import Batch
from schema.build import core
from server.offers import OFFERS
from tests.effort import FULL, effort, proof
from tests.locks import LockWatch, opposed
from tests.plans import EXCUSED, FIXED, Watched, drawn, faults, plan_of
from tests.schema.broker_statements import of_the_broker
from tests.schema.client import HOST
from tests.schema.everything import Everything
from tests.schema.rota import ROTA
from tests.schema.whole import batches, there_is

pytestmark = pytest.mark.slow

INCIDENTS = effort(1_000, 100_000)  # plans are looked at in a proof alone: small tables are rightly read whole
CUSTOM, GENERIC = "force_custom_plan", "force_generic_plan"

MORE = (
    """insert into job(queue, name, args, run_at, dead)
      select 'default', 'mail.send', '{}', now() + n * interval '1 s', n % 5000 = 0 from generate_series(1, 20000) n""",
    "insert into status_update_revision(update_id, body, replaced_at) select id, 'Before', now() from status_update",
    """insert into public_postmortem(incident_id, body, author_kind, published_at, version)
      select id, 'We learned much.', 'SYSTEM', public_since, 1 from incident
      where public_status = 'RESOLVED' on conflict do nothing""",
    """insert into alert_delivery(source_id, name, answer, received_at)
      select (select min(id) from alert_source), format('delivery-%s', n), '{}', now() - n * interval '1 second'
      from generate_series(1, 50000) n""",
    """insert into change(source_id, name, service_id, title, state, happened_at, told_at)
      select (select min(id) from alert_source), format('d%s', n), 1 + n % 4, 'v1', 'success', now(), now()
      from generate_series(1, 50000) n""",
    "insert into escalation_policy(name, team_id, version, created_at) select 'Grown', min(id), 1, now() from team",
    """insert into escalation_policy_version(policy_id, version, created_at, definition)
      select id, 1, now(), '{"steps": [{"after_minutes": 5, "targets": [{"kind": "PERSON", "key": 5}]}], "repeat": 0,
        "last_resort": [], "opens_at": "09:00", "closes_at": "17:00", "weekdays": [0]}' from escalation_policy""",
    """insert into contact_method(user_id, way, label, ending, verified_at, created_at)
      select id, 'MAIL', 'Home', 'home', now(), now() from app_user""",
    """insert into paging_preference(user_id, zone, changed_at, rules)
      select user_id, 'UTC', now(), jsonb_build_object('HIGH', jsonb_build_array(
        jsonb_build_object('method_id', id, 'after_minutes', 0))) from contact_method""",
    """insert into paging_run(incident_id, plan, state, step, round, created_at, begun_at, ended_at, policy_id,
        taken_by_id)
      select i.id, '{"steps": [], "last_resort": []}', 'ACKNOWLEDGED', 1, 0, created_at, created_at, created_at, p.id, 5
      from incident i, (select min(id) as id from escalation_policy) p where i.id % 5 = 0 or i.id > 99900""",
    """insert into page(run_id, incident_id, user_id, round, step, state, created_at, ended_at)
      select id, incident_id, 5, 0, 1, 'ACKNOWLEDGED', created_at, created_at from paging_run""",
    """insert into page_attempt(page_id, position, way, state, attempts, due_at, queued_at, sent_at, external_id)
      select id, 0, 'MAIL', 'SENT', 1, created_at, created_at, created_at, format('m%s', id) from page""",
    "update incident set internal_remind_at = now() - interval '1 day' where id % 5000 = 0 and stage = 'RESPONSE'",
    "alter table event disable trigger user",
    "alter table event_origin disable trigger user",
    "update event set origin_digest = sha256('a') where id % 5 = 0",
    "insert into event_origin select id, 'b', format('10.0.%s.1', id / 5 % 200), 'c' from event where id % 5 = 0",
    "insert into audit_link select event_id, sha256('d') from event_origin where event_id < 80000",
    "alter table event enable trigger user",
    """insert into service_account(name, access_role, created_at)
      select 'Bot', 'VIEWER', now() from generate_series(1, 200)""",
    """insert into oauth_client(client_id, secret_digest, name, service_account_id, access_role, created_at)
      select format('client-%s-%s', id, n), sha256('a'), 'Client', id, 'VIEWER', now()
      from service_account, generate_series(1, 20) n""",
    """insert into access_token(digest, name, service_account_id, access_role, created_at)
      select sha256(format('t%s-%s', id, n)::bytea), 'Token', id, 'VIEWER', now()
      from service_account, generate_series(1, 20) n""",
    """insert into access_token(digest, name, user_id, access_role, created_at)
      select sha256(format('u%s-%s', id, n)::bytea), 'Token', id, 'VIEWER', now()
      from app_user, generate_series(1, 20) n""",
    """insert into browser_session(digest, user_id, created_at, last_seen_at, expires_at)
      select sha256(format('s%s-%s', id, n)::bytea), id, now(), now(), now() + interval '1 day'
      from app_user, generate_series(1, 20) n""",
    """insert into device_authorization(device_digest, user_digest, client_id, created_at, expires_at, interval_seconds,
        user_id)
      select sha256(format('d%s-%s', id, n)::bytea), sha256(format('c%s-%s', id, n)::bytea), 'cli', now(), now(), 5, id
      from app_user, generate_series(1, 20) n""",
    "alter table event_origin enable trigger user",
    """insert into maintenance_series(rule, time_zone, starts_at, minutes, title, body, component_ids, auto_start,
        auto_end, notify, made_until, extend_due_at, version, created_at)
      select 'FREQ=WEEKLY', 'UTC', now(), 60, 'Disks', 'New ones.', '[1]', true, true, true, now(),
        now() + n * interval '1 hour', 1, now() from generate_series(1, 2000) n""",
    """insert into maintenance(id, title, body, state, starts_at, ends_at, started_at, ended_at, auto_start, auto_end,
        notify, series_id, occurrence_at, edited_apart, sequence, version, created_at, changed_at)
      select n, 'Disks', 'New ones.', 'COMPLETED', at, at + interval '1 hour', at, at + interval '1 hour', true, true,
        true, (select min(id) from maintenance_series) + n % 2000, at, false, 2, 3, at, at
      from (select n, now() - n * interval '1 hour' as at from generate_series(1, 50000) n) s""",
    "select setval('maintenance_number', 50000)",
    "insert into maintenance_component select id, 1 + id % 20 from maintenance",
    """insert into maintenance_update(maintenance_id, status, body, author_kind, published_at)
      select id, 'COMPLETED', 'Done.', 'SYSTEM', ended_at from maintenance""",
    """insert into maintenance_update_revision(update_id, body, replaced_at)
      select id, 'Before', now() from maintenance_update""",
    """insert into integration(key, vendor, name, configuration, version, created_at)
      values ('old-calls', 'jitsi', 'Jitsi', '{}', 1, now())""",
    """insert into integration(key, vendor, name, configuration, version, created_at)
      values ('old-pager', 'pagerduty', 'Pager', '{}', 1, now())""",
    """insert into on_call_roster(integration_id, people, as_of, due_at)
      select id, '[{"name": "Sam", "email": "user-2@example.org", "rota": "Shop", "until": null, "service": null}]',
        now(), now() + interval '1 hour'
      from integration where key = 'old-pager'""",
    """insert into outward_action(key, integration_id, incident_id, verb, arguments, state, attempts, created_at)
      select format('INC-%s/bridge', i.id), (select min(id) from integration), i.id, 'OPEN_BRIDGE', '{}', 'DONE', 1,
        now()
      from incident i where i.id <= 50000""",
    """insert into schedule(name, version, stamp, created_at, archived_at)
      select format('Old %s', n), 1, gen_random_uuid(), now(), case when n > 2 then now() end
      from generate_series(1, 400) n""",
    f"""insert into schedule_version(schedule_id, version, valid_from, definition, created_at)
      select id, n, now() + (n * 10 - 19) * interval '1 year', '{ROTA}', now()
      from schedule, generate_series(1, 2) n""",
    """insert into schedule_override(schedule_id, starts_at, ends_at, user_id, created_at)
      select id, now() + interval '1 hour', now() + interval '2 hours', 5, now() from schedule where name = 'Old 1'""",
    """insert into schedule_override(schedule_id, starts_at, ends_at, user_id, created_at)
      select s.id, now() - n * interval '1 hour', now() - n * interval '1 hour' + interval '50 min', 1 + n % 50, now()
      from generate_series(1, 50000) n join schedule s on s.name = format('Old %s', 1 + n % 400)""",
    "insert into runbook(name, body, version, created_at) values ('All', '- [ ] Look', 1, now())",
    """insert into opened_runbook(incident_id, runbook_id, name, version, body, opened_at)
      select i.id, (select min(id) from runbook), 'All', 1, '- [ ] Look', now() from incident i where i.id <= 50000""",
    """insert into outward_action(key, integration_id, incident_id, verb, arguments, state, attempts, created_at,
        external_id)
      select format('INC-%s/page/1', i.id), (select min(id) from integration), i.id, 'PAGE',
        '{"mark": "", "target": null, "beside": null}', 'DONE', 1, now(), format('PINC%s', i.id)
      from incident i where i.id <= 20000""",
    """insert into outward_action(key, integration_id, incident_id, verb, arguments, state, attempts, created_at,
        external_id, ticket_state)
      select format('INC-%s/ticket', i.id), (select min(id) from integration), i.id, 'OPEN_TICKET', '{}', 'DONE', 1,
        now(), format('OPS-%s', i.id), 'OPEN'
      from incident i where i.id <= 20000""",
    """insert into outward_action(key, integration_id, action_item_id, verb, arguments, state, attempts, created_at,
        external_id, ticket_state)
      select format('ITEM-%s/ticket', id), (select min(id) from integration), id, 'OPEN_TICKET', '{}', 'DONE', 1,
        now(), format('WEB-%s', id), 'OPEN'
      from action_item where id <= 20000""",
    "update action_item set kind = 'DETECT' where id % 3 = 0",
    "update action_item set remind_at = now() - interval '1 day' where id % 5000 = 0",
    """insert into chat_person(integration_id, external_id, name, user_id, asked_at)
      select (select min(id) from integration), format('U%s', id), name, id, now() from app_user""",
    """insert into chat_message(incident_id, integration_id, channel, stamp, posted_at, author, body)
      select i.id, (select min(id) from integration), format('C%s', i.id), n::text, now() + n * interval '1 s',
        format('U%s', i.id % 50 + 1), 'See <@U5>'
      from incident i, generate_series(1, 2) n where i.id > (select 0.6 * max(id) from incident)""",
    """insert into metric_snapshot(incident_id, service_id, name, query, unit, starts_at, ends_at, step_seconds,
        measured_at)
      select p.incident_id, 1, 'Errors', 'errors', '%', now(), now(), 15, now() from postmortem p""",
    """insert into service_metric(service_id, integration_id, name, query, unit, position)
      select s.id, (select min(id) from integration), 'Errors', 'errors', '%', 0 from service s""",
    """insert into postmortem_section_revision(section_id, version, markdown, author_kind, created_at)
      select id, n, 'Before', 'SYSTEM', now() from postmortem_section, generate_series(1, 2) n""",
    """insert into postmortem_reviewer(postmortem_id, user_id, asked_at)
      select p.id, n, now() from postmortem p, generate_series(1, 2) n""",
    """insert into postmortem_comment(postmortem_id, section, body, author_kind, created_at)
      select p.id, 'impact', 'Who?', 'SYSTEM', now() from postmortem p, generate_series(1, 2) n""",
    """insert into postmortem_suggestion(postmortem_id, section, base_version, base, markdown, author_kind, created_at,
        state)
      select p.id, 'impact', 1, 'None.', 'Many.', 'SYSTEM', now(), 'OPEN' from postmortem p, generate_series(1, 2) n""",
    """insert into postmortem_wording(postmortem_id, integration_id, sections, author_kind, asked_at, state)
      select p.id, (select min(id) from integration), '["summary"]', 'SYSTEM', now(), 'FAILED'
      from postmortem p, generate_series(1, 2) n""",
    """update postmortem_suggestion set model_name = 'small',
      statements = '[{"text": "Many.", "source_ids": [1, 2], "proposed": true}]' where id % 2 = 0""",
    "update postmortem set remind_at = now() + id * interval '1 minute'",
    """insert into contributing_factor(postmortem_id, kind_id, position, note)
      select p.id, 1 + n, n, 'Full.' from postmortem p, generate_series(0, 1) n""",
    """insert into chat_reading(incident_id, integration_id, channel, due_at)
      select i.id, (select min(id) from integration), format('C%s', i.id), case when i.id % 500 = 0 then now() end
      from incident i where i.id > (select 0.6 * max(id) from incident)""",
    """insert into workflow_run(key, workflow_id, version_id, incident_id, after_id, depth, begun_by_kind, state,
        position, created_at, ended_at)
      select 'event/1', w.id, w.current_version_id, i.id, 1, 0, 'SYSTEM', 'DONE', 2, now(), now()
      from incident i, workflow w where i.id <= 20000 and w.key in ('sev1', 'drill')""",
    """insert into workflow_step_run(run_id, position, kind, state, attempts, inputs, outputs, outward_action_id)
      select r.id, n, 'open_bridge', 'DONE', 1, '{}', '{}', (select min(id) from outward_action) + r.id
      from workflow_run r, generate_series(0, 1) n""",
    """insert into subscriber(channel, digest, email, kinds, every_component, created_at, confirmed_at, unsubscribed_at,
        disabled_at)
      select 'EMAIL', sha256(n::text::bytea), format('r%s@example.org', n), '["INCIDENTS"]', n % 20 > 0,
        now() - interval '1 day', case when n % 50 > 0 then now() - interval '1 hour' end,
        case when n % 49 = 0 then now() end, case when n % 47 = 0 then now() end from generate_series(1, 20000) n""",
    "insert into subscriber_component select id, 2 from subscriber where not every_component",
    """insert into suppression(digest, reason, since)
      select sha256(n::text::bytea), 'x', now() from generate_series(1, 5000) n""",
    """insert into broadcast(event_id, topic, kind, begun_at, after_id, listed_at)
      select n, format('INC-%s', n), 'INCIDENTS', now(), 0, now() from generate_series(1, 1000) n""",
    """insert into subscriber_delivery(broadcast_id, subscriber_id, topic, channel, state, attempts, created_at, due_at)
      select b.id, s.id, b.topic, s.channel, 'SENT', 1, now(), now() from broadcast b, subscriber s
      where b.id <= 20 and s.id <= 2000""",
    "vacuum analyze",
)
"""What the benchmark's past lacks: a queue, edited updates, reminders that are due, audited events, credentials."""

SCANS = "select relname, seq_scan from pg_stat_user_tables"

EXCUSED_FOR_ANY = {
    **EXCUSED,
    "SELECT alert.id, alert.source_id, alert.service_id, alert.labels": "fires now; for that value an index serves",
    "SELECT incident.id, role.name, incident.visibility": "when a person is archived; for its values an index serves",
    "SELECT incident.id, task.title": "before a person is erased; for its values an index serves",
    "SELECT (EXISTS (SELECT 1": "looks for older news that waits; for its values an index serves",
    "SELECT CAST(NULL AS INTEGER) AS number": "planned work that runs now; for its values an index serves",
    "DELETE FROM subscriber_delivery": "a batch of 500, once an hour",
    "SELECT incident.id, incident.public_title": "postmortems of two weeks; for its values an index serves",
    "SELECT status_update_component.update_id, status_update_component.component_id": "of 100 incidents of one page",
}
"""The same of plans for any values, which the product itself never makes."""

READ_FROM_END_TO_END = {
    *("job", "subscriber", "subscriber_component"),
    # For an erasure:
    *("chat_message", "delivery", "outward_action", "page", "page_attempt", "postmortem_section"),
    "postmortem_statement",
    "alert",  # for reports on all pages of a period
}
"""For the reasons above, and by `muster doctor`."""


async def _grow(url):
    await load(url, incidents=INCIDENTS, events_each=1)
    connection = await asyncpg.connect(url, command_timeout=300)
    for statement in MORE:
        await connection.execute(statement)
    await connection.close()


async def _scans(url):
    """How often each table that grows was read from end to end so far."""
    connection = await asyncpg.connect(url)
    try:
        return {name: count for name, count in await connection.fetch(SCANS) if name not in FIXED}
    finally:
        await connection.close()


async def _drive(url, folder):
    """Do everything once; what was sent, what was asked for, and which batch resolvers had parents."""
    database = Database(url, pool_size=3, secrets=Secrets(["tests"]))
    live = Live(database)
    database.on_commit = live.on_commit
    runtime = Runtime(Settings(public_url=HOST, data_dir=folder), database, live, offers=dict(OFFERS))
    everything = Everything(runtime, INCIDENTS)
    called, values = set(), Batch.values

    async def noted(batch, ctx, parents, arguments, *selected):
        if parents:
            called.add(batch)
        return await values(batch, ctx, parents, arguments, *selected)

    async with live.running():
        with (
            Watched(database.engine.sync_engine) as watched,
            LockWatch() as locks,
            patch.object(Batch, "values", noted),
            # The search before an erasure reads all of every table, which is what it is for (tests/erasing).
            patch.dict(SEARCHED, {"job": "error"}, clear=True),
        ):
            await everything.run()
    await database.close()
    return SimpleNamespace(
        sent=list(watched.all()),
        asked=everything.asked,
        refused=everything.refused,
        called=called,
        locks=locks.orders,
    )


async def _plans(url, sent):
    """The plan of each statement, by mode: (statement, plan)."""
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    try:
        return {
            mode: [(each[0], await plan_of(connection, *each, mode)) for each in sent] for mode in (CUSTOM, GENERIC)
        }
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def driven(fresh_database, template, tmp_path_factory):
    """What everything that can be done asks of PostgreSQL, with the plans."""
    with fresh_database(template) as url:
        asyncio.run(_grow(url))
        before = asyncio.run(_scans(url))
        found = asyncio.run(_drive(url, tmp_path_factory.mktemp("data")))
        after = asyncio.run(_scans(url))
        found.scanned = {name for name, count in after.items() if count > before.get(name, 0)}
        found.sent += [(TAIL, (10,)), *of_the_broker(url)]
        found.plans = asyncio.run(_plans(url, found.sent)) if FULL else {}
        yield found


def _wrong(plans, excused, counts=bool):
    """The statements whose plans have faults that count, with the plans, for people."""
    found = []
    for statement, plan in plans:
        reasons = [fault for fault in faults(plan) if counts(fault)]
        if reasons and not statement.startswith(tuple(excused)):
            found.append("\n".join([*reasons, statement, drawn(plan)]))
    return found


def test_everything_was_answered(driven):
    assert driven.refused == []


@proof
def test_no_statement_reads_or_sorts_more_of_a_growing_table_than_a_page_needs(driven):
    wrong = _wrong(driven.plans[CUSTOM], EXCUSED)
    assert not wrong, f"{len(wrong)} of {len(driven.sent)}\n\n" + "\n\n".join(wrong)


@proof
def test_no_plan_for_any_values_reads_a_growing_table_from_end_to_end(driven):
    wrong = _wrong(driven.plans[GENERIC], EXCUSED_FOR_ANY, lambda fault: fault.startswith("reads all"))
    assert not wrong, f"{len(wrong)} of {len(driven.sent)}\n\n" + "\n\n".join(wrong)


@proof
def test_neither_functions_nor_foreign_keys_read_a_growing_table_from_end_to_end(driven):
    """Their statements are inside the database: PostgreSQL counts how often it read each table so."""
    assert driven.scanned <= READ_FROM_END_TO_END


def test_every_field_argument_filter_and_order_of_the_schema_was_asked_for(driven):
    assert there_is() - driven.asked == set()


def test_every_batch_resolver_had_something_to_resolve(driven):
    assert {name for name, batch in batches().items() if batch not in driven.called} == set()


def test_every_mutation_was_carried_out(driven):
    assert set(core.mutation_type.fields) <= {name.removeprefix("Mutation.") for name in driven.asked}


async def test_the_product_has_statements_planned_for_their_values(database):
    async with database.reading() as reader:
        assert await reader.scalar(text("show plan_cache_mode")) == CUSTOM


async def test_a_plan_that_reads_too_much_is_found_out(database):
    connection = await asyncpg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for statement, fault in (
            ("select id from incident where title = $1", "reads all of incident"),
            ("select id from incident order by title limit $2 + length($1)", "reads all of incident"),
        ):
            parameters = ("x",) if "$2" not in statement else ("x", 1)
            assert fault in faults(await plan_of(connection, statement, parameters, GENERIC))
    finally:
        await connection.close()


OF_ONE_INCIDENT = frozenset(
    {"incident_member", "incident_service", "role_assignment", "task", "status_update"}
    | {"paging_run", "page", "page_attempt"}
)
"""Tables whose rows are changed only under the lock of the incident that they belong to."""


def test_no_two_ways_of_locking_are_opposed(driven):
    """docs/locks.md: two transactions that lock the same things in one order never wait for each other in a circle."""
    assert len(driven.locks) > 20

    assert opposed(driven.locks, OF_ONE_INCIDENT) == {}


def test_an_opposed_order_of_locks_would_be_found():
    there, back = ("incident", "UPDATE"), ("alert", "NO KEY UPDATE")
    assert opposed({(there, back): "a merge", (back, there): "an intake"}) != {}
