"""Opsgenie, Zabbix, Uptime Kuma, Healthchecks, Icinga, CloudEvents: from what fires to what ends it, as they say it."""

from datetime import UTC, datetime

import orjson
import pytest

from actions.alerts.source_secrets import set_alert_source_secret
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from models.words import AlertState
from tests.actions.alerting import alerts, incidents, rule
from tests.integrations.sources.samples import sample

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def reread(kind, body, **headers):
    return SOURCES[kind].parse(Post(orjson.dumps(body), headers), NOW)


def one(kind, body, **headers):
    (group,) = reread(kind, body, **headers).groups
    (alert,) = group.alerts
    return alert


ENDS = {
    "opsgenie": ("opsgenie/create", "another alert"),
    "zabbix": ("zabbix/problem", "Disk is full on web-1"),
    "uptime-kuma": ("uptime-kuma/down", "Shop is down"),
    "healthchecks": ("healthchecks/down", 'Nightly "backup" is down'),
    "icinga": ("icinga/service", "disk on web-1"),
    "cloudevents": ("cloudevents/structured", "Disk is full"),
}


def ended(kind, began):
    """What is sent when it is over."""
    match kind:
        case "opsgenie":
            later = {"updatedAt": began["alert"]["updatedAt"] + 10**9 * 60}
            return {**began, "action": "Close", "alert": {**began["alert"], **later}, "alertFlowContext": {}}
        case "zabbix":
            return sample("zabbix/recovery")
        case "uptime-kuma":
            return {**began, "heartbeat": {"monitorID": 29, "status": 1, "time": "2026-11-24 02:55:35.527"}}
        case "healthchecks":
            return {**began, "status": "up", "now": "2026-11-24T02:58:00+00:00"}
        case "icinga":
            return {**began, "type": "RECOVERY", "state": "OK", "time": "1795488900"}
        case _:
            return {**began, "id": "A-2", "data": {"state": "resolved"}, "time": "2026-11-24T02:58:00Z"}


@pytest.mark.parametrize("kind", ENDS)
async def test_an_alert_goes_from_its_beginning_to_its_end_once_and_by_secret(world, source, kind):
    await rule(world)
    here = await source(kind)
    name, title = ENDS[kind]
    began = sample(name)
    assert await here.takes(began) == (1, 1, 0)
    first = await here.takes(began)
    assert first in ((1, 1, 0), (1, 0, 1)), "taken once, by its name or as a repeat"
    _, secret = await world.do(set_alert_source_secret, world.ada, source=here.reference)
    assert (await here.post(ended(kind, began))).status_code == 401
    assert await here.takes(ended(kind, began), **{"X-Muster-Secret": secret}) == (1, 0, 1)
    (only,) = await alerts(world)
    assert (only.title, only.state) == (title, AlertState.RESOLVED)
    assert only.starts_at < only.resolved_at, "by its own words"
    assert "parse_note" not in only.annotations
    assert len(await incidents(world)) == 1


def test_labels_and_severities_are_theirs():
    zabbix = one("zabbix", sample("zabbix/problem"))
    assert zabbix.labels == {
        "scope": "capacity", "db": "true", "host": "web-1", "severity": "High", "trigger_id": "17",
    }  # fmt: skip
    assert zabbix.starts_at == datetime.fromtimestamp(1_795_488_000, UTC)
    assert one("opsgenie", sample("opsgenie/create")).labels["severity"] == "P3"
    kuma = one("uptime-kuma", sample("uptime-kuma/down"))
    assert (kuma.labels["env"], kuma.labels["paging"]) == ("prod", "true")
    assert kuma.starts_at == datetime(2026, 11, 24, 2, 51, 35, 527_000, UTC), "in UTC, as Uptime Kuma means it"
    assert one("healthchecks", sample("healthchecks/down")).labels["env"] == "prod"
    assert one("icinga", sample("icinga/service")).labels["severity"] == "critical"


def test_what_says_nothing_of_an_alert_is_taken_with_a_note():
    for kind, body in (
        ("opsgenie", {**sample("opsgenie/create"), "action": "AddNote"}),
        ("uptime-kuma", {"heartbeat": None, "monitor": None, "msg": "My hook Testing"}),
        ("uptime-kuma", {**sample("uptime-kuma/down"), "heartbeat": {"status": 3, "time": "2026-11-24 02:55:35"}}),
        ("icinga", {**sample("icinga/service"), "type": "DOWNTIMESTART"}),
    ):
        reading = reread(kind, body)
        assert (reading.groups, bool(reading.note)) == ((), True)


def test_a_certificate_that_ends_soon_is_one_alert_from_day_to_day():
    body = sample("uptime-kuma/certificate")
    later = {**body, "msg": body["msg"].replace("14", "7")}
    first, second = one("uptime-kuma", body), one("uptime-kuma", later)
    assert first.fingerprint == second.fingerprint
    assert "only people can end it" in first.annotations["parse_note"]


def test_what_zabbix_left_as_it_is_is_nothing_and_odd_words_fire_with_a_note():
    bare = {"event_id": 7, "event_value": "{EVENT.VALUE}", "event_name": "{EVENT.NAME}", "event_tags": "{"}
    alert = one("zabbix", bare)
    assert (alert.firing, alert.title) == (True, "Zabbix event 7")
    assert "event_tags is no JSON" in alert.annotations["parse_note"]
    for kind, body, words in (
        ("healthchecks", {"code": "a", "status": "late"}, "status is 'late'"),
        ("icinga", {"host": "a", "state": "ODD"}, "state is 'ODD'"),
        ("uptime-kuma", {"monitor": {"id": 1}, "heartbeat": {}}, "heartbeat.status is ''"),
        ("opsgenie", {"alert": {"alertId": "a"}}, "action names nothing"),
    ):
        alert = one(kind, body)
        assert (alert.firing, words in alert.annotations["parse_note"]) == (True, True), body


@pytest.mark.parametrize(
    ("kind", "name", "odd", "words"),
    [
        ("opsgenie", "opsgenie/create", -1, "action names nothing"),
        ("opsgenie", "opsgenie/create", True, "action names nothing"),
        ("icinga", "icinga/service", -1, "type is '-1'"),
        ("icinga", "icinga/service", "$NOTIFICATIONTYPE$", "type is '$NOTIFICATIONTYPE$'"),
    ],
)
def test_what_was_done_in_no_word_there_is_silences_no_alert(kind, name, odd, words):
    alert = one(kind, {**sample(name), {"opsgenie": "action", "icinga": "type"}[kind]: odd})
    assert (alert.firing, words in alert.annotations["parse_note"]) == (True, True)


def test_a_state_that_is_well_ends_what_an_unknown_type_tells():
    well = {**sample("icinga/service"), "type": "$NOTIFICATIONTYPE$", "state": "OK"}
    assert not one("icinga", well).firing
    assert one("icinga", {**well, "state": "$SERVICESTATE$"}).firing


def test_opsgenies_actions_count_in_any_case():
    began = sample("opsgenie/create")
    assert one("opsgenie", {**began, "action": "CREATE"}).firing
    assert not one("opsgenie", {**began, "action": "close"}).firing


def test_cloudevents_come_in_batches_and_as_headers():
    batch = reread("cloudevents", sample("cloudevents/batch"))
    (failed,), (recovered,) = (group.alerts for group in batch.groups)
    assert (failed.firing, failed.title) == (True, "com.example.disk.failed web-2")
    assert failed.annotations["description"] == "It is full."
    assert (recovered.firing, recovered.title) == (False, "Disk is full"), "from base64, and a word of the type"
    names = {
        "ce-specversion": "1.0",
        "ce-id": "A-1",
        "ce-source": "/monitors/disk",
        "ce-type": "com.example.disk.alert",
    }
    told = {**names, "ce-subject": "web%201 %E2%82%AC", "ce-time": "2026-11-24T02:50:00Z"}
    whole = SOURCES["cloudevents"].parse(
        Post(b'{"state": "firing"}', {**told, "content-type": "application/json"}), NOW
    )
    (alert,) = whole.groups[0].alerts
    assert (alert.labels["subject"], alert.firing, whole.delivery) == ("web 1 €", True, "/monitors/disk A-1")
    text = SOURCES["cloudevents"].parse(Post(b"\xffIt is full", {**told, "content-type": "text/plain"}), NOW)
    assert text.groups[0].alerts[0].annotations["description"] == "\ufffdIt is full"
    without = SOURCES["cloudevents"].parse(Post(b"", {**names, "ce-type": "a.resolved"}), NOW)
    again = SOURCES["cloudevents"].parse(Post(b"", {**names, "ce-type": "a.firing"}), NOW)
    assert without.groups[0].alerts[0].fingerprint == again.groups[0].alerts[0].fingerprint
    assert not without.groups[0].alerts[0].firing


EVENT = {"specversion": "1.0", "id": "1", "source": "/a", "type": "b"}


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("opsgenie", {"action": "Create", "alert": {}}, "alert.alertId"),
        ("zabbix", {"event_value": "1"}, "event_id"),
        ("uptime-kuma", {}, "monitor"),
        ("uptime-kuma", {"heartbeat": {"status": 0}}, "monitor.id"),
        ("healthchecks", {"status": "down"}, "code"),
        ("icinga", {"service": "disk"}, "host"),
        ("cloudevents", {**EVENT, "specversion": "0.3"}, "specversion"),
        ("cloudevents", {**EVENT, "source": None}, "source"),
        ("cloudevents", {**EVENT, "id": []}, "id"),
        ("cloudevents", [], None),
        ("cloudevents", [EVENT] * 21, None),
        ("cloudevents", [7], None),
    ],
)
def test_what_names_no_alert_is_refused_at_the_field(kind, body, field):
    with pytest.raises(Refusal) as refused:
        reread(kind, body)
    assert (refused.value.field, bool(refused.value.hint)) == (field, True)
