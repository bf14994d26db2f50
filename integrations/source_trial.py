"""What a delivery says, and what would become of its alerts: for whoever writes rules, or has a source to set up."""

import asyncio
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rows import lock_group
from actions.alerts.sources import KINDS
from actions.alerts.taking import Reading
from actions.alerts.trying import TriedAlert, try_group
from actions.record import now
from auth.secret import digest
from core.errors import DomainError, invalid
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from models.alert import AlertSource


async def read_delivery(kind: str, body: bytes, mapping: Mapping[str, Any] | None, moment: datetime) -> Reading:
    """What a delivery to a source of this kind says that arrives at a moment.

    INVALID_INPUT for one that can't be read; `field` is the place in it, as its sender spells it.
    """
    post, parse = Post(body, mapping=mapping), SOURCES[kind].parse
    try:
        if SOURCES[kind].long:
            return await asyncio.to_thread(parse, post, moment)
        return parse(post, moment)
    except Refusal as refusal:
        raise invalid(refusal.field or "", refusal.message, refusal.hint) from refusal


async def try_payload(session: AsyncSession, name: str, payload: bytes) -> list[TriedAlert]:
    """What would become of what a source of this name, or kind, delivers; the session is a rehearsal's.

    INVALID_INPUT at `source` if there is none, and at `payload` (`payload.alerts.0`) for what can't be read.
    """
    source = await _source(session, name)
    try:
        reading = await read_delivery(source.kind, payload, source.mapping, now(session))
    except DomainError as error:
        error.field = f"payload.{error.field}".rstrip(".")
        raise
    if not reading.groups:
        raise invalid("payload", reading.note or "There is no alert in it.", "Send what a monitor posts.")
    return [each for group in reading.groups for each in await try_group(session, source, group)]


async def _source(session: AsyncSession, name: str) -> AlertSource:
    """The source of this name; else the oldest of this kind, or one that is made up for the rehearsal."""
    used = select(AlertSource).where(AlertSource.archived_at.is_(None)).order_by(AlertSource.id).limit(1)
    by_name = used.where(func.lower(AlertSource.name) == name.lower(), AlertSource.kind.in_(KINDS))
    # a NUL is no text to PostgreSQL
    if name.isprintable() and (named := await session.scalar(by_name)) is not None:
        return named
    if name not in KINDS:
        raise invalid("source", f"There is no source {name[:80]!r}.", f"Name one, or a kind: {', '.join(KINDS)}.")
    if (found := await session.scalar(used.where(AlertSource.kind == name))) is not None:
        return found
    # A source that comes into being does so after the intake's lock, here as for heartbeats (docs/locks.md).
    await lock_group(session, 0, name)
    made = AlertSource(kind=name, name=name, key_digest=digest(secrets.token_urlsafe()), created_at=now(session))
    session.add(made)
    await session.flush()
    return made
