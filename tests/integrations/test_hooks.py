"""Alertmanager's hook over HTTP: what is taken, what is turned away and why, and that nothing is half-stored."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.alert import Alert, AlertSource
from models.incident import Incident
from models.words import AlertState
from tests.actions.alerting import Monitor, alerts, rule
from tests.integrations.hooking import alert, delivery, posting, refused

SAMPLE = Path(__file__).parents[3] / "shared/contracts/samples/alertmanager/v4_firing_two_alerts.json"


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


@pytest.fixture
async def hook(database, monitor):
    async with posting(database, monitor.key, max_body_bytes=1_048_576) as poster:
        yield poster


async def stored(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(Alert))


async def test_a_delivery_is_answered_with_what_became_of_it(world, hook):
    await rule(world)
    response = await hook.post(delivery(alert("a"), alert("b")))
    assert response.status_code == 202
    async with world.database.reading() as reader:
        incident = await reader.row(Incident, select(Incident))
    assert response.json() == {"received": 2, "created": 2, "repeated": 0, "incident": incident.reference}
    response = await hook.post(delivery(alert("a"), alert("b", status="resolved", endsAt="2026-11-24T02:58:00+00:00")))
    assert response.json() == {"received": 2, "created": 0, "repeated": 2, "incident": incident.reference}
    first, second = await alerts(world)
    assert first.title == "a is down"
    assert first.url == "http://prometheus.example/graph?g0.expr=up"
    assert first.starts_at == datetime(2026, 11, 24, 2, 50, 0, 123456, tzinfo=UTC)
    assert first.labels == {"alertname": "InstanceDown", "instance": "a"}
    assert (second.state, second.resolved_at) == (AlertState.RESOLVED, datetime(2026, 11, 24, 2, 58, tzinfo=UTC))


async def test_the_vendors_sample_is_taken(world, hook):
    if not SAMPLE.exists():
        pytest.skip("the vendors' samples are not beside this checkout")
    response = await hook.send(SAMPLE.read_bytes())
    assert response.json() == {"received": 2, "created": 2, "repeated": 0, "incident": None}
    assert [a.title for a in await alerts(world)] == ["Instance localhost:8081 down", "Instance localhost:8082 down"]
    assert [a.url for a in await alerts(world)] == [None, None]


async def test_what_an_alert_lacks_is_filled_in(world, hook):
    bare = {"status": "firing", "labels": {"b": "2", "a": "1"}, "startsAt": "2026-11-24T04:50:00+02:00", "new": [1]}
    swapped = {**bare, "labels": {"a": "1", "b": "2"}}
    response = await hook.post({"version": "4", "groupKey": "g", "alerts": [bare]})
    assert response.status_code == 202
    response = await hook.post({"version": "4", "groupKey": "g", "alerts": [swapped]})
    assert response.json()["repeated"] == 1
    (row,) = await alerts(world)
    assert row.fingerprint.startswith("sha256:")
    assert row.title == f"Alert {row.fingerprint}"
    assert row.starts_at == datetime(2026, 11, 24, 2, 50, tzinfo=UTC)


@pytest.mark.parametrize("ends_at", [None, "0001-01-01T00:00:00+10:00", "2026-11-24T02:00:00Z", "2099-01-01T00:00:00Z"])
async def test_an_end_that_can_not_be_is_now(world, hook, clock, ends_at):
    before = clock.now()
    assert (await hook.post(delivery(alert(status="resolved", endsAt=ends_at)))).status_code == 202
    (row,) = await alerts(world)
    assert before < row.resolved_at <= clock.now()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "", "http://", "https://" + "x" * 3000, "http://[", None])
async def test_a_link_that_is_no_web_address_is_left_out(world, hook, url):
    assert (await hook.post(delivery(alert(generatorURL=url)))).status_code == 202
    assert (await alerts(world))[0].url is None


async def test_strange_and_long_texts_are_taken_and_bounded(world, hook):
    await rule(world)
    strange = "\u202e<b>\x00\x07" + "x" * 5000
    response = await hook.post(
        delivery(
            alert(
                "f" * 3000,
                labels={"alertname": strange, "\x00": "\x00"},
                annotations={"summary": strange},
                generatorURL="http://x/\x00",
            ),
            groupKey="k" * 5000,
            groupLabels={"alertname": strange},
            commonLabels={"alertname": strange, "": "x", **{f"l{i}": "v" for i in range(99)}},
            commonAnnotations={"description": "d" * 50_000},
        )
    )
    assert response.status_code == 202
    (row,) = await alerts(world)
    assert (len(row.title), len(row.fingerprint), len(row.group_key)) == (200, 71, 71)
    assert row.labels["alertname"].startswith("\u202e<b>\ufffd\x07xxx")
    async with world.database.reading() as reader:
        incident = await reader.row(Incident, select(Incident))
    assert (len(incident.title), len(incident.summary), len(incident.labels)) == (200, 20_000, 50)


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        (b"", "malformed", None),
        (b"{", "malformed", None),
        (b"\xff\xfe", "malformed", None),
        (b'{"version": "4", "x": ' + b"[" * 5000, "malformed", None),
        (b'{"version": "4", "x": ' + b"9" * 5000 + b"}", "malformed", None),
        (b'{"version": "4", "groupKey": "\\ud800"}', "malformed", None),
        (b"null", "invalid", None),
        (b"1", "invalid", None),
        (b"[]", "invalid", None),
        (b"{}", "unknown_version", "version"),
        (json.dumps(delivery(version="3")), "unknown_version", "version"),
        (json.dumps(delivery(version=4)), "unknown_version", "version"),
        (json.dumps(delivery(alerts=[])), "no_alerts", "alerts"),
        (json.dumps(delivery(alerts=[alert()] * 1001)), "too_many_alerts", "alerts"),
        (json.dumps(delivery(alerts={})), "invalid", "alerts"),
        (json.dumps(delivery(groupKey="")), "invalid", "groupKey"),
        (json.dumps(delivery(groupKey=7)), "invalid", "groupKey"),
        (json.dumps(delivery(commonLabels=[])), "invalid", "commonLabels"),
        (json.dumps(delivery(alert(), alert(status="pending"))), "invalid", "alerts.1.status"),
        (json.dumps(delivery(alert(labels={"a": 1}))), "invalid", "alerts.0.labels.a"),
        (json.dumps(delivery(alert(labels=None))), "invalid", "alerts.0.labels"),
        (json.dumps(delivery(alert(startsAt="yesterday"))), "invalid", "alerts.0.startsAt"),
        (json.dumps(delivery(alert(startsAt="2026-11-24T02:50:00"))), "invalid", "alerts.0.startsAt"),
        (json.dumps(delivery(alert(startsAt=1_700_000_000))), "invalid", "alerts.0.startsAt"),
        (json.dumps(delivery(alert(startsAt="0001-01-01T00:00:00+10:00"))), "invalid", "alerts.0.startsAt"),
        (json.dumps(delivery(alert(endsAt="9999-99-99"))), "invalid", "alerts.0.endsAt"),
        (json.dumps(delivery(alert(fingerprint=5))), "invalid", "alerts.0.fingerprint"),
    ],
)
async def test_what_is_no_delivery_is_turned_away_with_a_reason_and_counted(world, hook, body, reason, field):
    before = refused(reason)
    response = await hook.send(body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", field)
    assert error["message"]
    assert error["hint"]
    assert refused(reason) == before + 1
    assert await stored(world) == 0


async def test_one_bad_alert_turns_the_whole_delivery_away(world, hook):
    good = [alert(f"a{i}") for i in range(20)]
    assert (await hook.post(delivery(*good, alert(status="?")))).status_code == 400
    assert await stored(world) == 0


async def test_a_key_that_is_unknown_archived_or_of_another_shape_looks_the_same(world, hook, monitor, clock, database):
    before = refused("unknown_key")
    keys = ("msh_" + "x" * 43, "nonsense", monitor.key + "x", "%00", "x" * 5000)
    answers = [await hook.client.post(f"/hooks/alertmanager/{key}", json=delivery()) for key in keys]
    async with database.unit_of_work() as session:
        (await session.get_one(AlertSource, monitor.source.id)).archived_at = clock.now()
    answers.append(await hook.post(delivery()))
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1
    assert answers[0].json()["error"]["code"] == "NOT_FOUND"
    assert refused("unknown_key") == before + 6
    assert await stored(world) == 0


async def test_only_the_hash_of_a_key_is_kept(world, monitor):
    async with world.database.reading() as reader:
        source = await reader.row(AlertSource, select(AlertSource))
    assert monitor.key.startswith("msh_")
    assert monitor.key.encode() not in source.key_digest


async def test_hooks_take_nothing_but_posts(hook):
    assert (await hook.client.get(hook.path)).status_code == 405
    assert (await hook.client.post("/hooks/nagios/" + hook.path.rpartition("/")[2])).status_code == 404
