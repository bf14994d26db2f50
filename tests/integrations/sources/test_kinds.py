"""Datadog, PagerDuty and Sentry: from what fires to what ends it, as they say it themselves."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from actions.alerts.source_secrets import set_alert_source_secret
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from models.words import AlertState
from tests.actions.alerting import alerts, incidents, rule
from tests.integrations.sources.samples import sample
from tests.integrations.sources.test_proof import mac

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
RESOURCE = "Sentry-Hook-Resource"


def stamp(moment):
    return str(int(moment.timestamp() * 1000))


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


def datadog(transition, moment, **changes):
    """As the payload of the guide is filled in."""
    return {
        "id": f"event-{stamp(moment)}",
        "monitor_id": "1234",
        "title": f"[P2] [{transition} on {{host:web-1}}] High CPU",
        "body": "%%%\nCPU is over 90 %.\n%%%",
        "alert_transition": transition,
        "alert_type": "error",
        "severity": "P2",
        "date": stamp(moment),
        "scopes": "host:web-1",
        "tags": "env:prod,team:shop,monitor",
        "url": "https://app.datadoghq.com/event/event?id=1",
        **changes,
    }


async def test_datadogs_recovery_ends_what_triggered_whatever_comes_between(world, source, clock):
    await rule(world)
    here = await source("datadog")
    began = clock.now().replace(microsecond=0)
    assert here.path.startswith("/hooks/alerts/datadog/msh_")
    assert await here.takes(datadog("Triggered", began)) == (1, 1, 0)
    clock.advance(minutes=10)
    assert await here.takes(datadog("Re-Triggered", clock.now())) == (1, 0, 1)
    assert await here.takes(datadog("Triggered", clock.now(), scopes="host:web-2")) == (1, 1, 0)
    clock.advance(minutes=10)
    assert await here.takes(datadog("Recovered", clock.now())) == (1, 0, 1)
    first, second = await alerts(world)
    assert (first.title, first.state, first.starts_at) == ("High CPU", AlertState.RESOLVED, began)
    assert first.labels == {
        "env": "prod", "team": "shop", "monitor": "true", "host": "web-1", "monitor_id": "1234", "severity": "P2",
        "alert_type": "error",
    }  # fmt: skip
    assert first.annotations == {"description": "CPU is over 90 %."}
    assert (second.state, second.labels["host"]) == (AlertState.FIRING, "web-2")
    assert len(await incidents(world)) == 1, "the hosts of one monitor are one group"
    assert await here.takes(datadog("Triggered", began, id="late")) == (1, 0, 1)
    clock.advance(minutes=10)
    assert await here.takes(datadog("Triggered", clock.now())) == (1, 1, 0), "what fires after its end is another alert"


async def test_an_end_that_overtakes_its_beginning_leaves_nothing_firing(world, source, clock):
    here = await source("datadog")
    began = clock.now().replace(microsecond=0)
    clock.advance(minutes=1)
    assert await here.takes(datadog("Recovered", clock.now())) == (1, 1, 0)
    assert await here.takes(datadog("Triggered", began)) == (1, 0, 1)
    (only,) = await alerts(world)
    assert only.state is AlertState.RESOLVED


async def test_datadogs_secret_is_a_header(world, source, clock):
    here = await source("datadog")
    _, secret = await world.do(set_alert_source_secret, world.ada, source=here.reference)
    assert (await here.post(datadog("Triggered", clock.now()))).status_code == 401
    assert await here.takes(datadog("Triggered", clock.now()), **{"X-Muster-Secret": secret}) == (1, 1, 0)


def pagerduty(kind, moment, **changes):
    data = {
        "id": "PGR0VU2",
        "type": "incident",
        "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
        "status": "triggered",
        "created_at": "2026-11-24T02:50:00Z",
        "title": "A bump",
        "urgency": "high",
        "service": {"summary": "API Service"},
        **changes,
    }
    event = {"id": f"e{kind}", "event_type": kind, "resource_type": "incident", "occurred_at": iso(moment)}
    return {"event": {**event, "data": data}}


async def test_pagerdutys_incident_is_an_alert_until_it_is_resolved_and_another_once_it_is_reopened(
    world, source, clock
):
    here = await source("pagerduty")
    assert await here.takes(pagerduty("incident.triggered", clock.now())) == (1, 1, 0)
    assert await here.takes(pagerduty("incident.acknowledged", clock.now(), status="acknowledged")) == (1, 0, 1)
    clock.advance(minutes=5)
    ended = clock.now()
    assert await here.takes(pagerduty("incident.resolved", ended, status="resolved")) == (1, 0, 1)
    clock.advance(minutes=5)
    again = pagerduty("incident.reopened", clock.now(), reopened_at=iso(clock.now()))
    assert await here.takes(again) == (1, 1, 0)
    first, second = await alerts(world)
    assert (first.state, first.resolved_at, first.labels["service"]) == (AlertState.RESOLVED, ended, "API Service")
    assert second.state is AlertState.FIRING
    note = await here.post({"event": {"event_type": "pagey.ping", "data": {"message": "Hello", "type": "ping"}}})
    assert (note.status_code, note.json()["note"]) == (202, "pagey.ping says nothing of an alert.")


async def test_one_of_several_signatures_of_pagerduty_is_enough(world, source, clock):
    here = await source("pagerduty")
    await world.do(set_alert_source_secret, world.ada, source=here.reference, secret="of-pagerduty")
    body = pagerduty("incident.triggered", clock.now())
    good = "v1=" + mac("of-pagerduty", orjson.dumps(body))
    assert await here.takes(body, **{"X-PagerDuty-Signature": f"v1={'0' * 64}, {good}"}) == (1, 1, 0)
    for given in ("", f"v1={'0' * 64}", good[3:], good.replace("v1", "v2"), ",".join(["v1=0"] * 30 + [good])):
        assert (await here.post(body, **{"X-PagerDuty-Signature": given})).status_code == 401, given


async def test_sentrys_issue_ends_what_an_issue_alert_began(world, source, clock):
    here = await source("sentry")
    await world.do(set_alert_source_secret, world.ada, source=here.reference, secret="client-secret")

    async def post(resource, body, request):
        signed = {RESOURCE: resource, "Sentry-Hook-Signature": mac("client-secret", orjson.dumps(body))}
        return await here.takes(body, **signed, **{"Request-ID": request})

    event = {
        "issue_id": "11",
        "title": "ReferenceError",
        "level": "error",
        "datetime": iso(clock.now()),
        "tags": [["os", "Mac"]],
    }
    fired = {"action": "triggered", "data": {"event": event, "triggered_rule": "All"}}
    issue = {"id": "11", "title": "ReferenceError", "firstSeen": "2026-11-01T00:00:00Z", "level": "error"}
    assert (await here.post(fired, **{RESOURCE: "event_alert"})).status_code == 401
    assert await post("event_alert", fired, "1") == (1, 1, 0)
    assert await post("issue", {"action": "assigned", "data": {"issue": issue}}, "2") == (0, 0, 0)
    assert await post("issue", {"action": "created", "data": {"issue": issue}}, "3") == (1, 0, 1)
    assert await post("installation", {"action": "created", "data": {"installation": {}}}, "4") == (0, 0, 0)
    clock.advance(minutes=3)
    assert await post("issue", {"action": "resolved", "data": {"issue": issue}}, "5") == (1, 0, 1)
    clock.advance(minutes=3)
    assert await post("issue", {"action": "unresolved", "data": {"issue": issue}}, "6") == (1, 1, 0)
    first, second = await alerts(world)
    assert (first.state, first.labels["os"], first.labels["rule"]) == (AlertState.RESOLVED, "Mac", "All")
    assert second.state is AlertState.FIRING


async def test_sentrys_metric_alert_is_one_alert_from_warning_to_its_end(world, source):
    here = await source("sentry")
    whole = sample("sentry/metric_alert_resolved")
    for action in ("warning", "critical"):
        title = f"{action.capitalize()}: Too many errors"
        body = {**whole, "action": action, "data": {**whole["data"], "description_title": title}}
        assert (await here.takes(body))[0] == 1
    assert await here.takes(whole) == (1, 0, 1)
    (only,) = await alerts(world)
    assert (only.title, only.state, only.count) == ("Too many errors", AlertState.RESOLVED, 2)
    assert only.labels["project"] == "bar"
    assert only.starts_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("datadog", {"title": "x"}, "monitor_id"),
        ("datadog", {"monitor_id": {}}, "monitor_id"),
        ("pagerduty", {}, "event"),
        ("pagerduty", {"event": {"event_type": 7.5}}, "event.event_type"),
        ("pagerduty", {"event": {"event_type": 7}}, "event.event_type"),
        ("pagerduty", {"event": {"event_type": "incident.triggered", "data": {}}}, "event.data.id"),
        ("sentry", {"action": "triggered"}, "data"),
        ("sentry", {"data": {"event": {}}}, "action"),
        ("sentry", {"action": "triggered", "data": {"event": {}}}, "data.event.issue_id"),
        ("sentry", {"action": "critical", "data": {"metric_alert": {"id": []}}}, "data.metric_alert.id"),
        ("cloudwatch", {"Type": "Other"}, "Type"),
        ("cloudwatch", {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://evil.example/"}, "SubscribeURL"),
    ],
)
def test_what_names_no_alert_is_refused_at_the_field(kind, body, field):
    with pytest.raises(Refusal) as refused:
        SOURCES[kind].parse(Post(orjson.dumps(body)), NOW)
    assert (refused.value.field, bool(refused.value.hint)) == (field, True)


@pytest.mark.parametrize("odd", [None, -1, [], "x"])
def test_an_incident_of_pagerduty_whose_type_is_odd_is_an_alert_with_a_note(odd):
    body = pagerduty("incident.triggered", NOW, type=odd)
    (found,) = SOURCES["pagerduty"].parse(Post(orjson.dumps(body)), NOW).groups[0].alerts
    assert (found.firing, "data.type is" in found.annotations["parse_note"]) == (True, True)


def test_a_note_of_an_incident_of_pagerduty_is_no_alert():
    body = pagerduty("incident.annotated", NOW, type="incident_note")
    assert SOURCES["pagerduty"].parse(Post(orjson.dumps(body)), NOW).groups == ()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("alertmanager", "alertmanager/v4_firing_two_alerts"), ("grafana", "grafana/webhook_docs_firing_two")],
)
def test_a_mark_of_byte_order_is_no_fault(kind, name):
    marked = b"\xef\xbb\xbf" + orjson.dumps(sample(name))
    assert len(SOURCES[kind].parse(Post(marked), NOW).groups[0].alerts) == 2


def test_a_clock_that_is_ahead_is_said_and_not_believed():
    body = datadog("Triggered", NOW + timedelta(days=2))
    (found,) = SOURCES["datadog"].parse(Post(orjson.dumps(body)), NOW).groups[0].alerts
    assert found.starts_at == NOW
    assert found.annotations["parse_note"].startswith("date is ahead of our clock: 2026-11-26T03:00:00")
