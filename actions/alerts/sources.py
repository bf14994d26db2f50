"""Alert sources: monitors that may post to a hook of their own."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.record import now, record
from auth.actor import Actor
from auth.permission import Permission, require
from auth.secret import HOOK_KEY, digest, new_secret
from core.errors import invalid, not_found
from core.ids import decode_as
from models.alert import AlertSource
from models.facts.access import AccessGranted
from models.words import Visibility

KINDS = ("alertmanager", "grafana", "datadog", "pagerduty", "sentry", "cloudwatch")
"""The monitors that have a hook."""

SHORT = frozenset({"alertmanager", "grafana"})
"""Those whose hooks stand at `/hooks/{kind}/{key}`, as they always did; others: below `/hooks/alerts` (ADR 0034)."""

UNSIGNED = {"cloudwatch": "SNS signs each message by a certificate of its own, which is always checked."}
"""Kinds whose deliveries are not signed by a secret that is shared with them, and what proves them instead."""


async def create_alert_source(session: AsyncSession, actor: Actor, *, kind: str, name: str) -> tuple[AlertSource, str]:
    """A new source and the key of its hook, which is shown once: only its SHA-256 is kept.

    `kind` is one of KINDS, in any case; `name` (at most 200 characters) is how timelines call it.
    """
    require(actor, Permission.ADMINISTER)
    wanted = kind.strip().lower()
    if wanted not in KINDS:
        raise invalid("kind", f"{kind[:80]!r} is no kind of alert source.", f"Choose one of: {', '.join(KINDS)}.")
    key = new_secret(HOOK_KEY)
    source = AlertSource(
        kind=wanted,
        name=check.text(name, "name", limit=check.TITLE),
        key_digest=digest(key),
        created_at=now(session),
    )
    session.add(source)
    await session.flush()
    granted = AccessGranted(noun="alert source", key=source.id)
    record(session, actor, granted, visibility=Visibility.PRIVATE)
    return source, key


def hook_path(source: AlertSource, key: str) -> str:
    """Where the source posts to, below the base URL."""
    return f"/hooks/{source.kind}/{key}" if source.kind in SHORT else f"/hooks/alerts/{source.kind}/{key}"


async def find_alert_source(session: AsyncSession, reference: str, field: str = "source") -> AlertSource:
    """The source with an id, locked. NOT_FOUND on `field`."""
    key = decode_as("AlertSource", reference, field)
    row = await session.get(AlertSource, key, with_for_update={"key_share": True})
    if row is None:
        raise not_found(field, "alert source", reference)
    return row
