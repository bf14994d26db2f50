"""Alert sources through the API: secrets that are shown once, mappings that are tried, what is read again."""

import pytest

from actions.alerts.unread import Fault, keep_unread
from core.ids import decode
from tests.schema.doorway import Doorway

ALERTS = "alerts { fingerprint title firing labels group } faults { expression message hint } delivery"


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def made(api, **given):
    answer = await api.do("ada", "createAlertSource", "source { id } hookUrl", kind="generic", name="Icinga", **given)
    return answer["source"]["id"]


async def test_a_secret_is_shown_once_and_one_of_the_vendors_own_never(api):
    source = await made(api)
    fields = "source { signed oldSecretUntil } secret"
    first = await api.do("ada", "setAlertSourceSecret", fields, source=source, idempotencyKey="k")
    assert first["secret"].startswith("msk_")
    again = await api.do("ada", "setAlertSourceSecret", fields, source=source, idempotencyKey="k")
    assert again == {**first, "secret": None}
    own = await api.do("ada", "setAlertSourceSecret", fields, source=source, secret="of-the-vendor")
    assert (own["secret"], own["source"]["signed"]) == (None, True)
    assert own["source"]["oldSecretUntil"].startswith("2026-11-25T03:00:00")
    none = await api.do("ada", "setAlertSourceSecret", fields, source=source, secret=None)
    assert none["source"] == {"signed": False, "oldSecretUntil": None}
    refused = await api.refused("ada", "setAlertSourceSecret", source=source, overlapMinutes=-1)
    assert refused == ("INVALID_INPUT", "overlapMinutes")


async def test_a_mapping_is_checked_kept_and_changed(api):
    wrong = {"kind": "generic", "name": "Icinga", "mapping": {"startsAt": "a |"}}
    assert await api.refused("ada", "createAlertSource", **wrong) == ("INVALID_INPUT", "mapping.startsAt")
    source = await made(api, mapping={"title": "what", "startsAt": "since"})
    saved = await api.do("ada", "saveAlertSource", "source { name mapping archived }", id=source, mapping={"key": "no"})
    assert saved["source"] == {"name": "Icinga", "mapping": {"key": "no"}, "archived": False}


async def test_a_mapping_is_tried_on_a_body(client):
    query = f"query($m: JSON, $b: String!) {{ alertSourcePreview(mapping: $m, body: $b) {{ {ALERTS} }} }}"

    async def tried(mapping, body):
        return (await client.ask(query, {"m": mapping, "b": body}, by="ada"))["alertSourcePreview"]

    found = await tried({"title": "what", "key": "no", "delivery": "id"}, '{"what": "Disk full", "no": 7, "id": "d1"}')
    alert = {"fingerprint": "7", "title": "Disk full", "firing": True, "labels": {}, "group": "7"}
    assert found == {"alerts": [alert], "faults": [], "delivery": "d1"}
    for mapping, body, expression in (
        (None, "{", "body"),
        ({"title": "a |"}, "{}", "title"),
        ({"alerts": "nowhere"}, "{}", "alerts"),
        ({}, "{}", "key"),
    ):
        (fault,) = (await tried(mapping, body))["faults"]
        assert fault["expression"] == expression
        assert fault["message"]
        assert fault["hint"]


async def test_a_mail_is_tried_on_the_patterns_of_a_source(client):
    query = (
        "query($m: JSON, $b: String!, $k: String!) { alertSourcePreview(mapping: $m, body: $b, kind: $k)"
        " { alerts { fingerprint title firing } faults { expression message hint } note } }"
    )

    async def tried(mapping, body, kind="email"):
        return (await client.ask(query, {"m": mapping, "b": body, "k": kind}, by="ada"))["alertSourcePreview"]

    mail = "From: probe@mon.example\nSubject: [prod] web-1 disk: all clear (took 5m)\n\nGone."
    usual = (await tried(None, mail))["alerts"]
    assert [(each["firing"], each["fingerprint"]) for each in usual] == [(True, "prod web-1 disk all clear took")]
    own = {"resolve_when": "(?i)all clear", "fingerprint": r"web-\d+ \w+"}
    (found,) = (await tried(own, mail))["alerts"]
    assert (found["firing"], found["fingerprint"]) == (False, "web-1 disk")
    quiet = await tried(None, "Subject: ACKNOWLEDGEMENT: web-1 is DOWN")
    assert (quiet["alerts"], quiet["faults"]) == ([], [])
    assert quiet["note"].startswith("The subject says what changes nothing")
    for mapping, body, kind, expression in (
        ({"resolve_when": "("}, mail, "email", "resolve_when"),
        ({"resolve": "x"}, mail, "email", "resolve"),
        (None, "", "email", "body"),
        (None, "{}", "grafana", "groupKey"),
    ):
        (fault,) = (await tried(mapping, body, kind))["faults"]
        assert fault["expression"] == expression
        assert fault["message"]
        assert fault["hint"]


async def test_what_a_preview_can_not_take_is_refused_at_its_field(api):
    for given, field in (('kind: "smoke"', "kind"), ('kind: "sentry", mapping: {title: "a"}', "mapping")):
        _, refusals = await api.ask("ada", f'{{ alertSourcePreview(body: "{{}}", {given}) {{ delivery }} }}')
        assert [refusal[1:] for refusal in refusals] == [("INVALID_INPUT", field)]


async def test_what_could_not_be_read_is_listed_for_admins(world, client, api):
    source, other = await made(api), await made(api)
    key = decode(source)[1]
    await keep_unread(
        world.database, key, b"{\xff", {}, Fault("malformed", "The body is not JSON.", None, "Send JSON.")
    )
    fields = "id source { name } reason message field hint size body askedAt readAt"
    query = f"query($s: ID) {{ unreadDeliveries(source: $s) {{ {fields} }} }}"
    (found,) = (await client.ask(query, {"s": source}, by="ada"))["unreadDeliveries"]
    delivery = found.pop("id")
    assert found == {
        "source": {"name": "Icinga"},
        "reason": "malformed",
        "message": "The body is not JSON.",
        "field": None,
        "hint": "Send JSON.",
        "size": 2,
        "body": "{\ufffd",
        "askedAt": None,
        "readAt": None,
    }
    assert (await client.ask(query, {"s": other}, by="ada"))["unreadDeliveries"] == []
    asked = await api.do("ada", "replayUnreadDelivery", "delivery { id askedAt }", delivery=delivery)
    assert (asked["delivery"]["id"], asked["delivery"]["askedAt"] is None) == (delivery, False)
