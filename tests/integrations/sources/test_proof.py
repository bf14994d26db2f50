"""Secrets of alert sources: who must show one, which ones are good, and what is said to who does not know it."""

import hashlib
import hmac

import orjson
import pytest
from sqlalchemy import select

from actions.alerts.source_secrets import set_alert_source_secret
from actions.alerts.sources import create_alert_source, hook_path
from core.errors import DomainError, ErrorCode
from core.ids import encode
from core.secrets import Secrets
from models.alert import AlertSource
from tests.integrations.hooking import alert, delivery, refused
from tests.integrations.sources.posting import client_of

BODY = orjson.dumps(delivery(alert("a")))
SIGNATURE, MOMENT = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Signature-Timestamp"


async def made(world, kind):
    row, key = await world.do(create_alert_source, world.ada, kind=kind, name=kind)
    return encode("AlertSource", row.id), hook_path(row, key)


def mac(secret, signed):
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def test_grafana_is_held_to_its_signature_once_it_has_a_secret(world, clock):
    source, path = await made(world, "grafana")
    async with client_of(world.database) as client:

        async def post(**headers):
            answer = await client.post(path, content=BODY, headers=headers)
            return answer.status_code, answer.json().get("error", {}).get("message")

        assert (await post())[0] == 202
        _, secret = await world.do(set_alert_source_secret, world.ada, source=source)
        before = {reason: refused(reason) for reason in ("missing_signature", "wrong_signature", "stale_signature")}
        assert (await post(**{SIGNATURE: mac(secret, BODY)}))[0] == 202
        assert (await post(**{SIGNATURE: mac(secret, BODY).upper()}))[0] == 401
        assert (await post())[0] == 401
        assert (await post(**{SIGNATURE: mac("another", BODY)})) == (
            401,
            "This is not signed with the secret of this source.",
        )
        now = str(int(clock.now().timestamp()))
        signed = {SIGNATURE: mac(secret, now.encode() + b":" + BODY), MOMENT: now}
        assert (await post(**signed))[0] == 202
        assert (await post(**{**signed, MOMENT: str(int(now) - 1)}))[0] == 401, "the moment is signed, too"
        clock.advance(minutes=6)
        assert (await post(**signed))[1].startswith("The moment that was signed is more than 5 minutes")
        assert [refused(reason) - before[reason] for reason in before] == [1, 3, 1]


async def test_the_secret_before_is_good_until_the_overlap_ends(world, clock):
    source, path = await made(world, "alertmanager")
    _, old = await world.do(set_alert_source_secret, world.ada, source=source)
    _, new = await world.do(set_alert_source_secret, world.ada, source=source, overlap_minutes=30)
    async with client_of(world.database) as client:

        async def post(secret, **headers):
            shown = {"Authorization": f"Bearer {secret}"} if secret else {}
            return (await client.post(path, content=BODY, headers={**shown, **headers})).status_code

        assert [await post(old), await post(new), await post("x"), await post(None)] == [202, 202, 401, 401]
        assert await post(None, **{"X-Muster-Secret": new}) == 202
        clock.advance(minutes=31)
        assert [await post(old), await post(new)] == [401, 202]
        await world.do(set_alert_source_secret, world.ada, source=source, secret="of-the-vendor", overlap_minutes=0)
        assert [await post(new), await post("of-the-vendor")] == [401, 202]
        await world.do(set_alert_source_secret, world.ada, source=source, secret=None)
        assert [await post("of-the-vendor"), await post(None)] == [202, 202]
    kinds = [event.kind for event in await world.events() if event.kind.startswith(("access.", "setting."))]
    assert kinds == ["access.granted", "setting.saved", "access.rotated", "access.rotated", "setting.saved"]
    assert "of-the-vendor" not in str([event.data for event in await world.events()])


async def test_a_source_whose_secret_can_not_be_opened_any_more_takes_nothing(world):
    source, path = await made(world, "grafana")
    _, secret = await world.do(set_alert_source_secret, world.ada, source=source)
    async with world.database.reading() as reader:
        row = await reader.row(AlertSource, select(AlertSource))
    assert Secrets(["tests"]).open(row.sealed_secret) == secret
    kept, world.database.secrets = world.database.secrets, Secrets(["another"])
    try:
        async with client_of(world.database) as client:
            answer = await client.post(path, content=BODY, headers={SIGNATURE: mac(secret, BODY)})
    finally:
        world.database.secrets = kept
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"secret": "short"}, (ErrorCode.INVALID_INPUT, "secret")),
        ({"secret": "x" * 501}, (ErrorCode.INVALID_INPUT, "secret")),
        ({"secret": "mit Umläuten"}, (ErrorCode.INVALID_INPUT, "secret")),
        ({"overlap_minutes": -1}, (ErrorCode.INVALID_INPUT, "overlap_minutes")),
        ({"overlap_minutes": 10_081}, (ErrorCode.INVALID_INPUT, "overlap_minutes")),
        ({"source": encode("AlertSource", 99)}, (ErrorCode.NOT_FOUND, "source")),
        ({"who": "dov"}, (ErrorCode.FORBIDDEN, None)),
    ],
)
async def test_what_can_be_no_secret_is_refused(world, given, expected):
    source, _ = await made(world, "grafana")
    actor = getattr(world, given.pop("who", "ada"))
    with pytest.raises(DomainError) as caught:
        await world.do(set_alert_source_secret, actor, **{"source": source, **given})
    assert (caught.value.code, caught.value.field) == expected
