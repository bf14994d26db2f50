"""Grafana's webhook: the vendor's own samples, and bodies that are not what they should be."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from actions.alerts.sources import KINDS
from console.settings import source_kinds
from integrations.refusal import Refusal
from integrations.sources.grafana import parse
from integrations.sources.registry import SOURCES

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
SAMPLES = Path(__file__).parents[4] / "shared" / "contracts" / "samples" / "grafana"
ALERT = {
    "status": "firing",
    "labels": {"alertname": "High CPU", "zone": "eu-1"},
    "annotations": {"summary": "CPU is high in eu-1"},
    "startsAt": "2026-11-24T04:50:00.157076+02:00",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "",
    "fingerprint": "bc97ff14869b13e3",
    "dashboardURL": "https://grafana.example/d/1",
    "panelURL": "https://grafana.example/d/1?viewPanel=2",
    "silenceURL": "",
    "values": {"B": 44.2, "C": 1},
}
BODY = {"version": "1", "orgId": 1, "groupKey": "{}:{}", "groupLabels": {}, "commonLabels": {"zone": "eu-1"}}


def body(*alerts, **changes):
    return orjson.dumps({**BODY, "alerts": list(alerts), **changes})


def test_a_delivery_becomes_a_group_with_the_links_that_grafana_adds():
    ended = {**ALERT, "status": "resolved", "endsAt": "2026-11-24T02:55:00Z", "fingerprint": "other"}
    group = parse(body(ALERT, ended), NOW)
    firing, resolved = group.alerts
    assert (group.key, group.name, group.labels) == ("{}:{}", "CPU is high in eu-1", {"zone": "eu-1"})
    assert (firing.fingerprint, firing.title, firing.firing) == ("bc97ff14869b13e3", "CPU is high in eu-1", True)
    assert firing.starts_at == datetime(2026, 11, 24, 2, 50, 0, 157076, UTC)
    assert firing.url == ALERT["panelURL"]
    assert firing.annotations == {
        "summary": "CPU is high in eu-1",
        "dashboardURL": ALERT["dashboardURL"],
        "panelURL": ALERT["panelURL"],
    }
    assert (resolved.firing, resolved.ends_at) == (False, datetime(2026, 11, 24, 2, 55, tzinfo=UTC))


@pytest.mark.parametrize("name", ["webhook_docs_firing_two", "oncall_example_firing_three"])
def test_the_vendors_samples_are_read_whole(name):
    if not SAMPLES.is_dir():
        pytest.skip("../shared, with the vendors' samples, is not here")
    raw = (SAMPLES / f"{name}.json").read_bytes()
    sent = orjson.loads(raw)["alerts"]
    assert [a.fingerprint for a in parse(raw, NOW).alerts] == [a["fingerprint"] for a in sent]


STRANGE = (None, 7, True, "", "x" * 100_000, [], {}, [[]], {"a": {"b": 1}}, "9999-12-31T23:59:59Z", "\x00")


def test_a_field_that_is_missing_or_strange_is_read_or_refused_with_a_reason():
    bodies = [body({k: v for k, v in ALERT.items() if k != field}) for field in ALERT]
    bodies += [body({**ALERT, field: value}) for field in ALERT for value in STRANGE]
    bodies += [body(ALERT, **{field: value}) for field in (*BODY, "alerts") for value in STRANGE]
    whole = body(ALERT)
    bodies += [whole.decode().encode("utf-16"), b"", b"\xff", whole[:-9], b"[" * 100_000, body(*[ALERT] * 1001)]
    groups, refusals = [], []
    for raw in bodies:
        try:
            groups.append(parse(raw, NOW))
        except Refusal as refusal:
            refusals.append(refusal)
    assert min(len(groups), len(refusals)) > 50
    assert all(refusal.message and refusal.hint for refusal in refusals)
    assert all(len(group.key) <= 500 for group in groups)
    assert all(a.title and 0 < len(a.fingerprint) <= 200 for group in groups for a in group.alerts)


def test_too_many_alerts_are_refused_in_grafanas_own_words():
    with pytest.raises(Refusal, match="at most 1,000") as refused:
        parse(body(*[ALERT] * 1001), NOW)
    assert refused.value.field == "alerts"
    assert "contact point" in refused.value.hint


def test_every_kind_has_a_hook_words_and_a_way_to_set_it_up():
    assert set(KINDS) == set(SOURCES) == set(source_kinds.KINDS)
