"""The doorways of pagers: who is let in, what is taken, and that nothing is taken twice."""

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest

from actions.outward.settings import save_integration
from core import ids
from integrations.pager_news import from_opsgenie, from_pagerduty, signed_by_pagerduty
from models.words import PageChange, Stage
from tests.integrations.hooking import refused
from tests.outward import opsgenie_double, pagerduty_double
from tests.outward.pager_desk import pager_at

SAMPLES = Path(__file__).parents[3] / "shared" / "contracts" / "samples"
SIGNATURE = "x-pagerduty-signature"


@pytest.fixture
async def desk(world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, "pagerduty", monkeypatch) as made:
        yield made


@pytest.fixture
async def genie(world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, "opsgenie", monkeypatch) as made:
        yield made


def signature(body, secret=pagerduty_double.SECRET):
    return "v1=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def taken(desk):
    """A page that somebody acknowledged there, and the webhook that tells it."""
    incident = await desk.report()
    await desk.settle()
    desk.vendor.acts("PUSER01", "acknowledged")
    ((_, body),) = desk.vendor.posted
    desk.vendor.posted = []
    return incident, body


async def stage(desk, incident):
    await desk.run()
    return (await desk.world.incident(incident.id)).stage


FORGED = {
    "none": lambda _: {},
    "empty": lambda _: {SIGNATURE: ""},
    "of another secret": lambda body: {SIGNATURE: signature(body, "guessed")},
    "of another body": lambda body: {SIGNATURE: signature(body + b" ")},
    "of no secret": lambda body: {SIGNATURE: signature(body, "")},
    "of another version": lambda body: {SIGNATURE: signature(body).replace("v1", "v0")},
    "beyond ASCII": lambda _: {SIGNATURE: "v1=é".encode()},
}


async def test_what_is_not_signed_as_it_should_be_is_turned_away(desk):
    incident, body = await taken(desk)
    before = refused("wrong_signature")
    for how, forged in FORGED.items():
        answer = await desk.post(body, forged(body))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED"), how
    assert refused("wrong_signature") == before + len(FORGED)
    assert await stage(desk, incident) is Stage.DETECTION


async def test_of_several_signatures_one_that_fits_is_enough_so_that_secrets_can_be_changed(desk):
    incident, body = await taken(desk)
    await desk.configure(webhook_secret="new-one, hook-secret")
    both = f"{signature(body, 'older')}, {signature(body)}"
    assert (await desk.post(body, {SIGNATURE: both})).status_code == 202
    assert await stage(desk, incident) is Stage.TRIAGE
    assert signed_by_pagerduty({SIGNATURE: signature(body, "new-one")}, body, "new-one, hook-secret")
    await desk.configure(webhook_secret="new-one")
    assert (await desk.post(body, {SIGNATURE: signature(body)})).status_code == 401


async def test_what_was_told_before_is_told_once(desk):
    incident, body = await taken(desk)
    for _ in range(3):
        assert (await desk.post(body, {SIGNATURE: signature(body)})).status_code == 202
        await desk.run()
    assert len(await desk.heard(incident)) == 1
    assert len(await desk.world.events(incident.id, "incident.acknowledged")) == 1


@pytest.mark.parametrize("moved", [timedelta(hours=25), timedelta(minutes=-20)])
async def test_what_is_old_or_from_the_future_is_passed_over(desk, moved):
    incident, body = await taken(desk)
    desk.world.clock.moment += moved
    answer = await desk.post(body, {SIGNATURE: signature(body)})
    assert (answer.status_code, answer.json()) == (202, {"taken": False})
    assert await stage(desk, incident) is Stage.DETECTION


async def test_where_there_is_no_such_integration_everything_is_answered_alike(desk):
    _, body = await taken(desk)
    known = {SIGNATURE: signature(body)}
    before = await desk.post(body, known, "/hooks/pagerduty/other")
    wrong_vendor = await desk.post(body, known, "/hooks/opsgenie/pagerduty")
    await desk.configure(webhook_secret=None)
    without = await desk.post(body, known)
    reference = ids.encode("Integration", desk.account.id)
    await desk.configure(webhook_secret=pagerduty_double.SECRET)
    await desk.world.do(save_integration, desk.world.ada, id=reference, archived=True)
    archived = await desk.post(body, known)
    assert [each.status_code for each in (before, wrong_vendor, without, archived)] == [404] * 4
    assert before.json() == without.json() == archived.json()


NO_WEBHOOKS = {
    "cut": (b"{", "malformed"),
    "null": (b"null", "invalid"),
    "a list": (b"[]", "invalid"),
    "without a moment": (b'{"event": {"id": "1", "event_type": "incident.resolved", "data": {}}}', "invalid"),
    "no UTF-8": (b"\xff\xfe", "malformed"),
    "deep": (b"[" * 100_000, "malformed"),
    "large": (b" " * 1_000_001, "too_large"),
}


async def test_what_is_no_webhook_is_turned_away_though_it_is_signed(desk):
    for name, (body, reason) in NO_WEBHOOKS.items():
        before = refused(reason)
        answer = await desk.post(body, {SIGNATURE: signature(body)})
        assert answer.status_code == (413 if name == "large" else 400), name
        assert refused(reason) == before + 1, name


async def test_a_ping_and_what_is_not_ours_are_taken_and_leave_nothing(desk):
    incident = await desk.report()
    await desk.settle()
    desk.vendor.post({"event": {"id": "p", "event_type": "pagey.ping", "occurred_at": now(desk), "data": {}}})
    others = {"id": "POTHER1", "key": "srv01/disk\0", "status": "triggered", "title": "Disk\0"}
    ours = desk.vendor.only()["key"]
    forged = {**others, "key": ours[:-1] + ("3" if ours.endswith("2") else "2")}
    for each in (others, forged):
        desk.vendor.change(each, "incident.acknowledged", {"id": "P\0", "type": "user_reference"})
    assert await desk.deliver() == [202] * 3
    assert (await desk.world.incident(incident.id)).stage is Stage.DETECTION
    assert await desk.heard(incident) == []


def now(desk):
    return desk.world.clock.now().isoformat()


async def test_the_page_of_another_account_is_not_ours(desk, world):
    """Whoever may sign for one integration can't speak for another's pages."""
    incident, body = await taken(desk)
    given = {"routing_key": pagerduty_double.KEY, "webhook_secret": "theirs"}
    await world.do(save_integration, world.ada, vendor="pagerduty", key="theirs", configuration=given)
    answer = await desk.post(body, {SIGNATURE: signature(body, "theirs")}, "/hooks/pagerduty/theirs")
    assert answer.status_code == 202
    assert await stage(desk, incident) is Stage.DETECTION


async def test_opsgenie_is_known_by_our_token(genie):
    await genie.report()
    await genie.settle()
    genie.vendor.change(genie.vendor.only(), "Acknowledge", "ben@quillhaven.example")
    ((_, body),) = genie.vendor.posted
    for path, authorization, status in (
        ("", f"Bearer {opsgenie_double.SECRET}", 202),
        (f"?token={opsgenie_double.SECRET}", None, 202),
        ("", f"Basic {opsgenie_double.SECRET}", 401),
        ("", "Bearer guessed", 401),
        ("", "Bearer", 401),
        ("?token=", None, 401),
        ("", None, 401),
    ):
        headers = {"authorization": authorization} if authorization else {}
        answer = await genie.post(body, headers, f"/hooks/opsgenie/opsgenie{path}")
        assert answer.status_code == status, (path, authorization)


def sample(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip("the samples of the vendors are not on this machine")
    return json.loads(path.read_text())


def test_the_vendors_own_samples_are_understood(clock):
    whole = sample("pagerduty/v3_incident_priority_updated.json")
    assert from_pagerduty(json.dumps(whole).encode()) is None
    whole["event"]["event_type"] = "incident.acknowledged"
    heard = from_pagerduty(json.dumps(whole).encode())
    assert (heard.change, heard.external_id, heard.agent_id) == (PageChange.ACKNOWLEDGED, "PGR0VU2", "PLH1HKV")
    for kind, name, note in (
        ("annotated", "v3_data_incident_note.json", "I sure am glad we are using PagerDuty!"),
        ("responder.added", "v3_data_incident_responder.json", "Maeve"),
    ):
        whole["event"] |= {"event_type": f"incident.{kind}", "data": sample(f"pagerduty/{name}")}
        heard = from_pagerduty(json.dumps(whole).encode())
        assert (heard.external_id, heard.mark, heard.note) == ("PGR0VU2", None, note)
    close = from_opsgenie(json.dumps(sample("opsgenie/close.json")).encode(), clock.now())
    assert (close.change, close.mark, close.email) == (PageChange.RESOLVED, "aliastest", "fili@ifountain.com")
    assert close.occurred_at.year == 2015
    create = from_opsgenie(json.dumps(sample("opsgenie/create.json")).encode(), clock.now())
    assert (create.change, create.by_person) == (None, False)
    other = from_opsgenie(json.dumps(sample("opsgenie/create_third_party_example.json")).encode(), clock.now())
    assert other.occurred_at <= clock.now()
