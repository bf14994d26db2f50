"""`muster archive` of alerts and events: what goes, what stays, that it comes back, and what is said meanwhile."""

from datetime import timedelta

import psycopg
import pytest

import actions.alerts.at_once
from actions.alerts.at_once import take_at_once
from actions.alerts.noise import unmark_noise
from core import ids
from core.cursor import decode_cursor, encode_cursor
from core.errors import DomainError, ErrorCode
from core.feed import Feed
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from schema.websocket import routes
from server.keeping import archive_choice, archiving
from tests.actions.alerting import firing, group, incidents
from tests.core.feed import note
from tests.restore.archived import GOES, STAYS, Place, file_names, fingerprints, lived, rows
from tests.schema.doorway import Doorway
from tests.schema.sockets import connected, serving, token_of


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def ask(url, statement, *values):
    with psycopg.connect(url) as connection:
        return connection.execute(statement, values).fetchall()


async def test_what_ended_and_came_to_nothing_goes_and_comes_back_as_it_was(world, database_url, place):
    await lived(world)
    before = rows(database_url)
    (done,) = await place.take(database_url)
    assert fingerprints(database_url) == STAYS
    assert done.rows["alert"] == len(GOES)
    assert done.rows["event"] >= 2 * len(GOES) - 1
    after, gone = rows(database_url), ("alert", "event", "event_text")
    assert {name: after[name] for name in after if name not in gone} == {
        name: before[name] for name in before if name not in gone
    }
    assert await place.take(database_url) == []
    back = await place.back(database_url, done.name)
    assert (back.rows, back.whole, back.erased) == (done.rows["alert"] + done.rows["event"], True, 0)
    assert rows(database_url) == before
    assert (await place.back(database_url, done.name)).rows == 0
    assert rows(database_url) == before


async def test_no_event_of_an_incident_goes_nor_what_is_audited_nor_the_newest_or_the_first_of_a_day(
    world, database_url, place
):
    await lived(world)
    which = "select id from event where incident_id is not null or origin_digest is not null"
    stays = set(ask(database_url, which))
    days = "select distinct on (day) id, (recorded_at at time zone 'UTC')::date as day from event order by day, id"
    first = {(key,) for key, _ in ask(database_url, days)}
    newest = ask(database_url, "select max(id) from event")
    await place.take(database_url)
    left = set(ask(database_url, "select id from event"))
    assert stays | first | set(newest) <= left
    gaps = "select incident_id from event where number is not null group by 1 having count(*) <> max(number)"
    assert ask(database_url, gaps) == []
    gone = "select id from event where starts_with(kind, 'alert.') and incident_id is null and id <> all(%s)"
    about_nothing = f"{gone} and not exists (select from alert a where a.id = (data ->> 'alert_id')::bigint)"
    assert ask(database_url, about_nothing, [key for (key,) in first]) == []


async def test_events_of_things_that_failed_long_ago_go_but_not_those_that_something_names(world, database_url, place):
    await lived(world)
    insert = """
      insert into event(id, kind, actor_kind, occurred_at, recorded_at, visibility, data)
        select nextval('event_feed') - 1000000, kind, 'SYSTEM', at, at, 'ORGANISATION', '{}'
        from unnest(%s::text[]) kind, (select now() - interval '90 days' as at) a
        returning id
    """
    kinds = ["first.of_the_day", "integration.failing", "delivery.failed", "component.status_changed"]
    with psycopg.connect(database_url) as connection:
        connection.execute("set muster.journal = 'on'")
        connection.execute("select setval('event_feed', nextval('event_feed') + 1000000)")
        keys = [key for (key,) in connection.execute(insert, (kinds,))]
        connection.execute(
            "insert into job(queue, name, args, event_id, dead) values ('x', 'y', '{}', %s, true)", keys[2:3]
        )
        connection.execute("select nextval('event_feed')")
    await place.take(database_url)
    left = {key for (key,) in ask(database_url, "select id from event")}
    assert [key in left for key in keys] == [True, False, True, True]


async def test_nothing_goes_by_another_way_nor_what_is_younger_than_thirty_days(world, database_url):
    await lived(world)
    before = rows(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("delete from event where incident_id is null")
        keys = [key for (key,) in connection.execute("select id from event order by id")]
        alerts = connection.execute("select array_agg(id order by id), array_agg(xmin::text order by id) from alert")
        which, versions = alerts.fetchone()
        note = """insert into archive(name, target, taken_at, days, bytes, rows, newest_event, alerts_until)
          values ('a', 'b', now(), 1, 1, '{}', %s, %s) returning id"""
        (blind,) = connection.execute(note, (None, None)).fetchone()
        (file,) = connection.execute(note, (keys[-1], "infinity")).fetchone()
        for number, before_when in ((file, "now() - interval '29 days'"), (blind, "now() - interval '60 days'")):
            events = f"select archive_events({number}, %s, {before_when})"
            assert connection.execute(events, (keys,)).fetchone() == (0,)
            taken = f"select archive_alerts({number}, %s, %s, {before_when})"
            assert connection.execute(taken, (which, versions)).fetchone() == (0,)
        stale = f"select archive_alerts({file}, %s, %s, now() - interval '60 days')"
        assert connection.execute(stale, (which, ["0"] * len(which))).fetchone() == (0,)
    assert rows(database_url) == before


async def test_a_cursor_before_what_was_archived_is_refused_everywhere_until_it_is_back(world, database_url, place):
    await lived(world)
    feed = Feed(world.database, replay_days=3650)
    old = ask(database_url, "select min(id) from event where kind = 'alert.received'")[0][0]
    ((number,),) = ask(database_url, "select min(incident_id) from event")
    newest = ask(database_url, "select max(id) from event")[0][0]
    await feed.check(old, None)
    (done,) = await place.take(database_url)
    with pytest.raises(DomainError, match="archived") as refused:
        await feed.check(old, None)
    assert refused.value.code is ErrorCode.CURSOR_EXPIRED
    await feed.check(newest, None)
    await feed.check(old, number)  # of an incident nothing is gone
    await place.back(database_url, done.name)
    await feed.check(old, None)


async def test_the_report_on_fatigue_says_from_when_on_it_can_say_anything(world, database_url, place, tmp_path):
    await lived(world)
    api = Doorway.open(world, tmp_path)
    question = '{{ alertFatigue(firstDay: "{}") {{ alerts }} }}'
    ((day, after),) = ask(
        database_url,
        "select to_char(max(first_seen_at), 'YYYY-MM-DD'), to_char(max(first_seen_at) + interval '1 day', 'YYYY-MM-DD')"
        " from alert",
    )
    try:
        before = await api.ask("ben", question.format(day))
        assert before[0]["alertFatigue"]["alerts"] == len(GOES | STAYS) - 1
        (done,) = await place.take(database_url)
        assert (await api.ask("ben", question.format(day)))[1] == [("alertFatigue", "INVALID_INPUT", "firstDay")]
        assert (await api.ask("ben", question.format(after)))[1] == []
        assert (await api.ask("ben", "{ alertFatigue { alerts } }"))[1] == []
        await place.back(database_url, done.name)
        assert await api.ask("ben", question.format(day)) == before
    finally:
        await api.close()


async def test_the_audit_as_of_an_event_that_is_gone_is_refused_and_metrics_keep_their_day(
    world, database_url, place, tmp_path
):
    await lived(world)
    api = Doorway.open(world, tmp_path)
    ((gone,),) = ask(
        database_url,
        "select max(e.id) from event e join alert a on a.id = (e.data ->> 'alert_id')::bigint"
        " where a.fingerprint = 'noise' and e.incident_id is null",
    )
    cursor = encode_cursor(gone)
    day = f"select (recorded_at at time zone 'UTC')::date from event where id <= {gone} order by id desc limit 1"
    audit = f'{{ practiceAudit(input: {{quarter: "2026-Q1", asOf: "{cursor}"}}) {{ cursor }} }}'
    try:
        before = await api.ask("ben", audit)
        assert before[1] == []
        today = ask(database_url, day)
        (done,) = await place.take(database_url)
        assert (await api.ask("ben", audit))[1] == [("practiceAudit", "CURSOR_EXPIRED", "asOf")]
        assert ask(database_url, day) == today
        assert (await api.ask("ben", audit.replace(f', asOf: "{cursor}"', "")))[1] == []
        await place.back(database_url, done.name)
        assert await api.ask("ben", audit) == before
    finally:
        await api.close()


async def test_an_alert_that_comes_again_is_a_new_one_and_its_older_self_comes_back_beside_it(
    world, database_url, place
):
    monitor = await lived(world)
    ((starts_at,),) = ask(database_url, "select starts_at from alert where fingerprint = 'ended'")
    (done,) = await place.take(database_url)
    world.clock.advance(minutes=1)
    await monitor.sends(firing("ended", starts_at=world.clock.now(), job="web"), key="ended")
    assert ask(database_url, "select count(*) from alert where fingerprint = 'ended' and state = 'FIRING'") == [(1,)]
    await monitor.sends(firing("noise", starts_at=starts_at, job="web"), key="noise")  # the very same once more
    back = await place.back(database_url, done.name)
    assert (back.replaced, back.whole) == (1, False)
    found = "select fingerprint, count(*) from alert where fingerprint in ('ended', 'noise') group by 1 order by 1"
    assert ask(database_url, found) == [("ended", 2), ("noise", 1)]
    assert file_names(database_url) == [done.name]
    assert ask(database_url, "select restored_at from archive") == [(None,)]


async def test_several_files_come_back_in_any_order_once_their_events_are_there(
    world, database_url, place, monkeypatch
):
    await lived(world)
    monkeypatch.setattr(archive_choice, "PART", 2)
    monkeypatch.setattr(archive_choice, "WINDOW", 3)
    monkeypatch.setattr(archiving, "BATCH", 1)
    insert = """
      insert into delivery(event_id, channel, template, "to", state, attempts, created_at)
        select e.id, 'webhook', e.kind, 'https://example.org/' || n, 'SENT', 1, e.recorded_at
        from event e, generate_series(1, 3) n where e.kind = 'alert.received' and (e.data ->> 'alert_id')::bigint in
          (select id from alert where fingerprint in ('ended', 'noise'))
    """
    with psycopg.connect(database_url) as connection:
        connection.execute(insert)
    before = rows(database_url)
    done = await place.take(database_url)
    assert len(done) == len(file_names(database_url)) == 3 + 2
    assert fingerprints(database_url) == STAYS
    ledger = [each.name for each in done if "delivery" in each.rows]
    assert len(ledger) == 3
    assert (await place.back(database_url, ledger[0])).waiting == 2
    for each in reversed(done):
        await place.back(database_url, each.name)
    assert rows(database_url) == before
    assert ask(database_url, "select count(*) from archive where restored_at is null") == [(0,)]


async def test_of_an_alert_that_a_process_remembers_and_that_is_gone_it_makes_a_new_one(
    world, database_url, place, monkeypatch
):
    looked, look = [], actions.alerts.at_once.look

    async def looking(*given):
        looked.append(given)
        return await look(*given)

    monkeypatch.setattr(actions.alerts.at_once, "look", looking)
    monitor = await lived(world)
    ((key, starts_at),) = ask(database_url, "select id, starts_at from alert where fingerprint = 'ended'")
    same = group(firing("ended", starts_at=starts_at, job="web"), key="ended")
    for _ in range(2):
        receipt = await take_at_once(world.database, monitor.source, same)
        assert (receipt.created, receipt.repeated, len(looked)) == (0, 1, 1)  # by then its key is remembered
    ask(database_url, "update alert set last_seen_at = first_seen_at where id = %s returning 1", key)  # weeks pass
    (done,) = await place.take(database_url)
    receipt = await take_at_once(world.database, monitor.source, same)
    assert (receipt.created, receipt.repeated, len(looked)) == (1, 0, 2)
    ((new, count),) = ask(database_url, "select id, count from alert where fingerprint = 'ended'")
    assert (new > key, count) == (True, 1)
    for _ in range(2):
        assert (await take_at_once(world.database, monitor.source, same)).repeated == 1
    assert ask(database_url, "select count from alert where id = %s", new) == [(3,)]
    assert (await place.back(database_url, done.name)).replaced == 1


async def test_a_subscriber_is_refused_a_cursor_before_what_is_gone_and_who_listens_already_goes_on(
    world, database_url, place, tmp_path
):
    await lived(world)
    token, _ = await token_of(world, "ben")
    ((old, newest),) = ask(database_url, "select min(id) filter (where kind = 'alert.received'), max(id) from event")
    reference = (await incidents(world))[0].reference
    feed = "subscription ($after: Cursor) { feed(after: $after) { cursor } }"
    live = Live(world.database, poll=0.1, beat=30, replay_days=365)
    world.database.on_commit = live.on_commit
    runtime = Runtime(Settings(data_dir=tmp_path), world.database, live)
    async with live.running(), serving(routes(runtime)) as address, connected(address, token) as listener:
        await listener.start("a", feed, after=encode_cursor(newest))
        assert await listener.ask("b", "{ cursor }")
        async with connected(address, token) as client:
            await client.start("a", feed, after=encode_cursor(old))
            assert (await client.next("a"))["feed"]["cursor"]
        (done,) = await place.take(database_url)
        async with connected(address, token) as client:
            await client.start("a", feed, after=encode_cursor(old))
            assert await client.refusal("a") == ("CURSOR_EXPIRED", "after")
            one = feed.replace("feed(", f'incidentEvents(incident: "{reference}", ')
            await client.start("b", one, after=encode_cursor(old))
            assert (await client.next("b"))["incidentEvents"]["cursor"]
        await note(world.database, "after")
        assert decode_cursor((await listener.next("a"))["feed"]["cursor"]) > newest
        await place.back(database_url, done.name)
        async with connected(address, token) as client:
            await client.start("a", feed, after=encode_cursor(old))
            assert (await client.next("a"))["feed"]["cursor"]


async def test_of_an_alert_that_is_in_two_files_the_later_is_put_back_first(world, database_url, place):
    await lived(world)
    (older,) = await place.take(database_url)
    await place.back(database_url, older.name)
    ((key,),) = ask(database_url, "select id from alert where fingerprint = 'noise'")
    world.clock.moment -= timedelta(days=70)
    await world.do(unmark_noise, world.ben, alert=ids.encode("Alert", key))
    before = rows(database_url, "alert")
    world.clock.moment += timedelta(days=70)
    (later,) = await place.take(database_url)
    assert "noise" not in fingerprints(database_url)
    for each in (later, older):
        await place.back(database_url, each.name)
    assert rows(database_url, "alert") == before


async def test_who_is_asked_about_many_places_refuses_those_that_one_by_one_are_refused(world, database_url, place):
    await lived(world)
    feed = Feed(world.database, replay_days=3650)
    ((number,),) = ask(database_url, "select min(incident_id) from event")
    places = [0, *(key for (key,) in ask(database_url, "select id from event order by id")), 10**12]

    async def refused_one_by_one(incident_id):
        refused = set()
        for each in places:
            try:
                await feed.check(each, incident_id)
            except DomainError:
                refused.add(each)
        return refused

    async def agree():
        for incident_id in (None, number):
            refused = set(places) - await feed.good(places, incident_id)
            assert refused == await refused_one_by_one(incident_id)
        return len(places) - len(await feed.good(places, None))

    assert await agree() == 1
    (done,) = await place.take(database_url)
    assert await agree() > 1
    await place.back(database_url, done.name)
    assert await agree() == 1
