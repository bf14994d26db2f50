"""The samples of all vendors, as they are and mangled: an alert, perhaps with a note, or a refusal; nothing else."""

import json
from datetime import UTC, datetime

import orjson
import pytest

from actions.alerts.group import NormalisedAlert
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from tests.integrations.sources.samples import FOLDER, names, sample

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
FOLDERS = {
    "alertmanager": "alertmanager",
    "grafana": "grafana",
    "datadog": "datadog",
    "pagerduty": "pagerduty",
    "sentry": "sentry",
    "cloudwatch": "cloudwatch-sns",
    "opsgenie": "opsgenie",
    "zabbix": "zabbix",
    "uptime-kuma": "uptime-kuma",
    "healthchecks": "healthchecks",
    "icinga": "icinga",
    "cloudevents": "cloudevents",
    "github": "github",
    "generic": "generic",
}
NO_DELIVERY = {"pagerduty/webhook_subscription_create_request", "github/issues_opened", "github/ping"}
"""A request to PagerDuty, not from it; events of GitHub that only their headers tell from deployments."""
ODD = [None, True, -1, 2**70, "", "\x00", "𝕏" * 300, [], {}, [[]], {"a": {"b": [1]}}]
STRANGE = [*ODD, "2999-01-01T00:00:00Z", "0", "\ud800"]

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the vendors' samples are not beside this checkout")


def delivered(name):
    """A sample as it is delivered: some have only the middle of PagerDuty's."""
    found = sample(name)
    if not name.startswith("pagerduty/v3_data_"):
        return found
    what = name.removeprefix("pagerduty/v3_data_")
    kind = "incident.triggered" if what == "incident" else f"{found['type'].replace('_', '.', 1)}.told"
    return {"event": {"id": what, "event_type": kind, "occurred_at": "2026-11-24T02:59:00Z", "data": found}}


CASES = [(kind, name) for kind, folder in FOLDERS.items() for name in names(folder) if name not in NO_DELIVERY]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_every_sample_is_read(kind, name):
    reading = SOURCES[kind].parse(Post(orjson.dumps(delivered(name))), NOW)
    assert reading.groups or reading.note
    assert all(alert.title and alert.fingerprint for group in reading.groups for alert in group.alerts)


def test_what_is_no_delivery_is_refused():
    for name in NO_DELIVERY:
        with pytest.raises(Refusal):
            SOURCES[name.partition("/")[0]].parse(Post(orjson.dumps(sample(name))), NOW)


def mangled(value):
    """Every field once missing, and once as each strange thing, a level at a time."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: each for name, each in value.items() if name != key}
            yield from ({**value, key: strange} for strange in STRANGE)
            yield from ({**value, key: other} for other in mangled(inner))
    if isinstance(value, list) and value:
        yield from ([*value[:-1], other] for other in mangled(value[-1]))


def raw(kind, name):
    """Bodies: mangled ones, other encodings, cut, deep, large."""
    whole = delivered(name)
    for body in mangled(whole):
        yield json.dumps(body).encode()
    text = orjson.dumps(whole).decode()
    yield from (text.encode(encoding) for encoding in ("utf-16", "utf-32", "utf-8-sig"))
    yield from (b"", b"null", b"[]", b'"x"', b"\xff", text[:-9].encode(), b"[" * 100_000, b'{"a":' * 2000)
    if kind == "cloudwatch":
        told = orjson.loads(text)
        for message in ("", "{", "[]", '{"AlarmName": 7}', '{"AlarmName": "a"}', "[" * 3000):
            yield orjson.dumps({**told, "Type": "Notification", "Message": message})


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_whatever_is_wrong_with_a_sample_it_is_an_alert_or_a_refusal(kind, name):
    readings, refusals = [], []
    for body in raw(kind, name):
        try:
            readings.append(SOURCES[kind].parse(Post(body), NOW))
        except Refusal as refusal:
            refusals.append(refusal)
    assert all(400 <= refusal.response().status_code < 500 for refusal in refusals)
    assert all(refusal.message and refusal.hint for refusal in refusals)
    assert all(reading.groups or reading.note for reading in readings)
    for group in (group for reading in readings for group in reading.groups):
        assert 0 < len(group.key) <= 500
        for alert in group.alerts:
            sound(alert)
    for change in (change for reading in readings for change in reading.changes):
        texts = [
            change.name,
            change.title,
            change.state,
            change.environment or "",
            change.author or "",
            change.url or "",
        ]
        assert not any("\x00" in text or len(text) > 2000 for text in (*texts, *change.services))
        assert change.happened_at <= NOW
    assert min(len(readings), len(refusals)) > 5


def sound(alert: NormalisedAlert):
    """Fit for the tables."""
    assert 0 < len(alert.fingerprint) <= 200
    assert 0 < len(alert.title) <= 200
    assert not alert.continues or alert.starts_at <= NOW
    assert alert.firing is (alert.ends_at is None)
    texts = [alert.fingerprint, alert.title, *alert.labels, *alert.labels.values(), *alert.annotations.values()]
    assert not any("\x00" in text for text in texts)
    orjson.dumps(texts)
