"""Keeping heartbeats: who should report, how often, and at which address."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.find import find_service
from actions.heartbeats.rows import find_heartbeat, rest, source_of_heartbeats, wait
from actions.heartbeats.spans import checked_every, checked_grace
from actions.heartbeats.telling import tell
from actions.record import now, record, record_saved
from actions.tokens import LONGEST_OVERLAP
from auth.actor import Actor
from auth.permission import Permission, require
from auth.secret import HOOK_KEY, digest, new_secret
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.facts.access import AccessGranted, AccessRotated
from models.heartbeat import Heartbeat, HeartbeatState
from models.words import Visibility

NOUN = "heartbeat"
MOST = 1000
"""Heartbeats in use."""
GRACE = 60
"""Seconds, if nothing is said."""
OVERLAP = 24 * 60
"""Minutes for which the key before stays good if nothing is said."""


async def create_heartbeat(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str,
    every_seconds: int,
    grace_seconds: int = GRACE,
    service: str | None = None,
) -> tuple[Heartbeat, str]:
    """A monitor that should report every so often, and the key of its address, which is shown once.

    It is NEW, and nobody waits for it, until it first reports. `service`: by slug or id; its alerts are about it.
    INVALID_INPUT names the field; CONFLICT if there are too many.
    """
    require(actor, Permission.ADMINISTER)
    row = Heartbeat(
        name=check.text(name, "name", limit=check.TITLE),
        every_seconds=checked_every(every_seconds),
        grace_seconds=checked_grace(grace_seconds),
        service_id=(await find_service(session, service)).id if service is not None else None,
        state=HeartbeatState.NEW,
        created_at=now(session),
    )
    await _refuse_too_many(session)
    key = new_secret(HOOK_KEY)
    row.key_digest, row.source_id = digest(key), (await source_of_heartbeats(session)).id
    session.add(row)
    await session.flush()
    record(session, actor, AccessGranted(noun=NOUN, key=row.id), visibility=Visibility.PRIVATE)
    return row, key


async def save_heartbeat(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str,  # noqa: A002 (the input's field)
    name: str | Unset | None = UNSET,
    every_seconds: int | Unset | None = UNSET,
    grace_seconds: int | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Heartbeat:
    """Change a heartbeat, or close its address. What is left out stays; null takes the service away.

    Whom it waits for now is waited for by the new times. Archived, its alert is over; brought back, it is NEW.
    """
    require(actor, Permission.ADMINISTER)
    row = await find_heartbeat(session, id, "id")
    found = None if service in (UNSET, None) else (await find_service(session, str(service))).id
    before, expected, rhythm = _of(row), row.expected_at, row.every
    wanted = {
        "name": row.name if isinstance(name, Unset) else check.text(name or "", "name", limit=check.TITLE),
        "every_seconds": row.every_seconds if every_seconds in (UNSET, None) else checked_every(int(every_seconds)),
        "grace_seconds": row.grace_seconds if grace_seconds in (UNSET, None) else checked_grace(int(grace_seconds)),
        "service_id": row.service_id if isinstance(service, Unset) else found,
    }
    parting = not isinstance(archived, Unset) and bool(archived) != row.archived
    if parting and not archived:
        await _refuse_too_many(session)
    if parting and row.down_since is not None:
        await tell(session, row, row.down_since, over=now(session))
    for field, value in wanted.items():
        setattr(row, field, value)
    if expected is not None:
        wait(row, expected - rhythm + row.every)
    if parting:
        row.archived_at = now(session) if archived else None
        rest(row, HeartbeatState.NEW)
    after = _of(row)
    changed = {key: {"from": before[key], "to": after[key]} for key in after if before[key] != after[key]}
    if changed:
        record_saved(session, actor, NOUN, row.id, changed)
    return row


async def rotate_heartbeat_key(
    session: AsyncSession, actor: Actor, *, heartbeat: str, overlap_minutes: int = OVERLAP
) -> tuple[Heartbeat, str]:
    """Give a heartbeat another address, which is shown once. The one before stays good for the overlap (0: ends now).

    INVALID_INPUT for an overlap of more than 7 days.
    """
    require(actor, Permission.ADMINISTER)
    if not 0 <= overlap_minutes <= LONGEST_OVERLAP:
        raise invalid("overlap_minutes", "The overlap is 0 to 10,080 minutes (7 days).", "Send fewer minutes.")
    row = await find_heartbeat(session, heartbeat)
    key = new_secret(HOOK_KEY)
    until = now(session) + timedelta(minutes=overlap_minutes) if overlap_minutes else None
    row.old_key_digest, row.old_key_until = (row.key_digest, until) if until is not None else (None, None)
    row.key_digest = digest(key)
    rotated = AccessRotated(noun=NOUN, key=row.id, old_expires_at=until.isoformat() if until else None)
    record(session, actor, rotated, visibility=Visibility.PRIVATE)
    return row, key


def heartbeat_path(key: str) -> str:
    """Where it reports to, below the base URL."""
    return f"/hooks/heartbeats/{key}"


async def _refuse_too_many(session: AsyncSession) -> None:
    used = await session.scalar(select(func.count()).where(Heartbeat.archived_at.is_(None)))
    if used is not None and used >= MOST:
        raise conflict(f"There are {used:,} heartbeats, and no more are allowed.", hint="Archive one that is not used.")


def _of(row: Heartbeat) -> dict[str, object]:
    """What can be changed of it, as the audit trail has it."""
    fields = ("name", "every_seconds", "grace_seconds", "service_id", "archived")
    return {field: getattr(row, field) for field in fields}
