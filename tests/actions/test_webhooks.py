"""Keeping webhooks: what is accepted, what is refused, and that the secret is shown once."""

import base64

import pytest
from sqlalchemy import select

from actions.webhooks import create_webhook, delete_webhook
from core import ids
from core.errors import DomainError, ErrorCode
from models.delivery import Webhook
from models.words import Visibility


async def test_a_webhook_is_told_of_its_kinds_and_its_secret_is_sealed(world):
    webhook, secret = await world.do(
        create_webhook,
        world.ada,
        url="https://hooks.example/x?y=1",
        kinds=["update.published", "incident.declared"] * 2,
    )
    assert webhook.url == "https://hooks.example/x?y=1"
    assert webhook.kinds == ["incident.declared", "update.published"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret.encode() not in webhook.sealed_secret
    assert world.database.secrets.open(webhook.sealed_secret) == secret
    (event,) = await world.events(None, "access.granted")
    assert event.data == {"noun": "webhook", "key": webhook.id}
    assert event.visibility is Visibility.PRIVATE


async def test_without_kinds_it_is_told_of_all(world):
    webhook, _ = await world.do(create_webhook, world.ada, url="https://hooks.example/")
    assert webhook.kinds == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"url": "hooks.example"}, ErrorCode.INVALID_INPUT, "url"),
        ({"url": "ftp://hooks.example/"}, ErrorCode.INVALID_INPUT, "url"),
        ({"url": "https://user:pass@hooks.example/"}, ErrorCode.INVALID_INPUT, "url"),
        ({"url": "https://hooks.example/#part"}, ErrorCode.INVALID_INPUT, "url"),
        ({"kinds": ["incident.declared", "incident.exploded"]}, ErrorCode.INVALID_INPUT, "kinds.1"),
        ({"url": "https://taken.example/"}, ErrorCode.CONFLICT, "url"),
    ],
)
async def test_what_is_refused(world, given, code, field):
    await world.do(create_webhook, world.ada, url="https://taken.example/")
    with pytest.raises(DomainError) as refused:
        await world.do(create_webhook, world.ada, **{"url": "https://hooks.example/", **given})
    assert (refused.value.code, refused.value.field) == (code, field)
    assert refused.value.hint


async def test_an_unknown_kind_is_answered_with_those_that_are_like_it(world):
    with pytest.raises(DomainError) as refused:
        await world.do(create_webhook, world.ada, url="https://hooks.example/", kinds=["incident.declare"])
    assert "incident.declared" in refused.value.hint


async def test_only_admins_keep_webhooks(world):
    webhook, _ = await world.do(create_webhook, world.ada, url="https://hooks.example/")
    for call in (
        (create_webhook, world.dov, {"url": "https://other.example/"}),
        (delete_webhook, world.dov, {"id": ids.encode("Webhook", webhook.id)}),
    ):
        action, actor, given = call
        with pytest.raises(DomainError) as refused:
            await world.do(action, actor, **given)
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_a_deleted_webhook_is_archived_once_and_its_address_is_free(world):
    webhook, _ = await world.do(create_webhook, world.ada, url="https://hooks.example/")
    for _ in range(2):
        gone = await world.do(delete_webhook, world.ada, id=ids.encode("Webhook", webhook.id))
        assert gone.archived
    assert len(await world.events(None, "setting.deleted")) == 1
    await world.do(create_webhook, world.ada, url="https://hooks.example/")
    async with world.database.reading() as reader:
        assert len(await reader.rows(Webhook, select(Webhook))) == 2


async def test_an_unknown_webhook_can_not_be_deleted(world):
    with pytest.raises(DomainError) as refused:
        await world.do(delete_webhook, world.ada, id=ids.encode("Webhook", 404))
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, "id")
