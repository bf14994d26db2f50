"""Webhooks: addresses that are told of events, signed as https://www.standardwebhooks.com says."""

import base64
import difflib
import secrets
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import keys, now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from models.delivery import Webhook
from models.facts.access import AccessGranted
from models.facts.every import KINDS
from models.facts.settings import SettingDeleted
from models.words import Visibility

SECRET_PREFIX = "whsec_"  # noqa: S105 (a prefix, not a secret)
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64 random bytes."""


async def create_webhook(
    session: AsyncSession, actor: Actor, *, url: str, kinds: list[str] | None = None
) -> tuple[Webhook, str]:
    """Have an address told of events of some kinds (none given: all), and the secret to verify them with.

    The secret (`whsec_` and base64) is shown this once and sealed at rest. Only events that the whole organisation may
    see are sent. INVALID_INPUT for a URL that is no http(s) address or holds credentials, and for unknown kinds;
    CONFLICT if the address is told already. Whether it is a private address is checked at each attempt.
    """
    require(actor, Permission.ADMINISTER)
    address = _address(url)
    chosen = _kinds(kinds or [])
    if await session.scalar(select(Webhook.id).where(Webhook.url == address, Webhook.archived_at.is_(None))):
        raise conflict("There is a webhook for this address.", field="url", hint="Delete it first to change its kinds.")
    secret = new_secret()
    webhook = Webhook(url=address, kinds=chosen, sealed_secret=keys(session).seal(secret), created_at=now(session))
    session.add(webhook)
    await session.flush()
    record(session, actor, AccessGranted(noun="webhook", key=webhook.id), visibility=Visibility.PRIVATE)
    return webhook, secret


async def delete_webhook(session: AsyncSession, actor: Actor, *, id: str) -> Webhook:  # noqa: A002 (the input's name)
    """Tell an address nothing more. What is queued for it is suppressed. Deleting it again changes nothing."""
    require(actor, Permission.ADMINISTER)
    webhook = await session.get(Webhook, decode_as("Webhook", id), with_for_update=True)
    if webhook is None:
        raise not_found("id", "webhook", id)
    if not webhook.archived:
        webhook.archived_at = now(session)
        record(session, actor, SettingDeleted(noun="webhook", key=webhook.id), visibility=Visibility.PRIVATE)
    return webhook


def new_secret() -> str:
    """A secret to sign webhook messages with, as Standard Webhooks writes them."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _address(url: str) -> str:
    address = check.web_address(url, "url")
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise invalid(
            "url", "The address holds credentials.", "Leave them out: verify the signature of each message instead."
        )
    if parts.fragment:
        raise invalid("url", "The address holds a fragment (#…), which is never sent.", "Leave it out.")
    return address


def _kinds(kinds: list[str]) -> list[str]:
    """Event kinds, each once, in order. INVALID_INPUT names the unknown one and a few that there are."""
    for i, kind in enumerate(kinds):
        if kind not in KINDS:
            some = difflib.get_close_matches(kind, KINDS, n=3, cutoff=0.3) or sorted(KINDS)[:3]
            raise invalid(
                f"kinds.{i}",
                f"There is no event kind {kind[:80]!r}.",
                f"Kinds are e.g. {', '.join(some)}; leave `kinds` out to be told of all.",
            )
    return sorted(set(kinds))
