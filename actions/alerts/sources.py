"""Alert sources: monitors that may post to a hook of their own."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.mail_patterns import checked_patterns
from actions.alerts.mapping import checked_mapping
from actions.record import now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from auth.secret import HOOK_KEY, digest, new_mail_key, new_secret
from core.errors import invalid, not_found
from core.ids import decode_as
from core.settings import Settings
from core.unset import UNSET, Unset
from models.alert import AlertSource
from models.facts.access import AccessGranted
from models.words import Visibility

KINDS = (
    *("alertmanager", "grafana", "datadog", "pagerduty", "sentry", "cloudwatch"),
    *("opsgenie", "zabbix", "uptime-kuma", "healthchecks", "icinga", "cloudevents", "github", "email", "generic"),
)
"""The monitors that have a hook."""

GENERIC = "generic"
"""The kind whose bodies are read by expressions of its own."""

EMAIL = "email"
"""The kind that mails are sent to, at an address that its key is part of."""

SHORT = frozenset({"alertmanager", "grafana"})
"""Those whose hooks stand at `/hooks/{kind}/{key}`, as they always did; others: below `/hooks/alerts` (ADR 0035)."""

HEARTBEAT = "heartbeat"
"""The kind of the source that heartbeats' alerts come from (actions.heartbeats): nobody posts to it."""

UNSIGNED = {
    "cloudwatch": "SNS signs each message by a certificate of its own, which is always checked.",
    EMAIL: "The key in its address is all that a mail needs: keep the address to yourself.",
    HEARTBEAT: "Each heartbeat has an address of its own, with a key that can be rotated.",
}
"""Kinds whose deliveries are not signed by a secret that is shared with them, and what proves them instead."""


async def create_alert_source(
    session: AsyncSession, actor: Actor, *, kind: str, name: str, mapping: Mapping[str, Any] | None = None
) -> tuple[AlertSource, str]:
    """A new source and the key of its hook, which is shown once: only its SHA-256 is kept.

    `kind` is one of KINDS, in any case; `name` (at most 200 characters) is how timelines call it. `mapping`: of a
    generic one, expressions by name (actions.alerts.mapping), of one for mail, patterns (actions.alerts.mail_patterns);
    INVALID_INPUT at the one that fails.
    """
    require(actor, Permission.ADMINISTER)
    wanted = kind.strip().lower()
    if wanted not in KINDS:
        raise invalid("kind", f"{kind[:80]!r} is no kind of alert source.", f"Choose one of: {', '.join(KINDS)}.")
    key = new_mail_key() if wanted == EMAIL else new_secret(HOOK_KEY)
    source = AlertSource(
        kind=wanted,
        name=check.text(name, "name", limit=check.TITLE),
        key_digest=digest(key),
        mapping=_mapping(wanted, mapping),
        created_at=now(session),
    )
    session.add(source)
    await session.flush()
    granted = AccessGranted(noun="alert source", key=source.id)
    record(session, actor, granted, visibility=Visibility.PRIVATE)
    return source, key


async def save_alert_source(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str,  # noqa: A002 (the input's field)
    name: str | Unset | None = UNSET,
    mapping: Mapping[str, Any] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> AlertSource:
    """Rename a source, change how its bodies are read, or close its hook. What is left out stays.

    An expression of `mapping` that is left out, null or empty is the usual one. INVALID_INPUT at the one that fails.
    """
    require(actor, Permission.ADMINISTER)
    row = await find_alert_source(session, id, "id")
    before = {"name": row.name, "mapping": row.mapping, "archived": row.archived}
    if not isinstance(name, Unset):
        row.name = check.text(name or "", "name", limit=check.TITLE)
    if not isinstance(mapping, Unset):
        row.mapping = _mapping(row.kind, mapping)
    if not isinstance(archived, Unset) and bool(archived) != row.archived:
        if row.kind == HEARTBEAT:
            raise invalid("archived", "The source of heartbeats is always there.", "Archive single heartbeats.")
        row.archived_at = now(session) if archived else None
    after = {"name": row.name, "mapping": row.mapping, "archived": row.archived}
    changed = {key: {"from": before[key], "to": after[key]} for key in after if before[key] != after[key]}
    if changed:
        record_saved(session, actor, "alert source", row.id, changed)
    return row


def _mapping(kind: str, given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not given:
        return None
    if kind == EMAIL:
        return checked_patterns(given) or None
    if kind != GENERIC:
        raise invalid("mapping", f"What {kind} sends is read as it is.", f"Leave it out, or make a {GENERIC} source.")
    return checked_mapping(given) or None


def hook_path(source: AlertSource, key: str) -> str:
    """Where the source posts to, below the base URL."""
    return f"/hooks/{source.kind}/{key}" if source.kind in SHORT else f"/hooks/alerts/{source.kind}/{key}"


def hook_address(source: AlertSource, key: str, settings: Settings) -> str:
    """Where the source sends to: an address of the web, or of mail."""
    if source.kind == EMAIL:
        return f"{key}@{settings.mail_domain(settings.base_url)}"
    return f"{settings.base_url}{hook_path(source, key)}"


async def find_alert_source(session: AsyncSession, reference: str, field: str = "source") -> AlertSource:
    """The source with an id, locked. NOT_FOUND on `field`."""
    key = decode_as("AlertSource", reference, field)
    row = await session.get(AlertSource, key, with_for_update={"key_share": True})
    if row is None:
        raise not_found(field, "alert source", reference)
    return row
