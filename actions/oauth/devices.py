"""Letting a device in: a person reads a code from it, sees what it asks for, and decides (RFC 8628 §3.3)."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from actions.standing import ended
from auth.actor import Actor
from auth.permission import Permission, refusal
from auth.secret import digest
from core.errors import DomainError, ErrorCode
from models.access import DeviceAuthorization
from models.event import Event
from models.facts.access import AccessRefused
from models.person import User
from models.words import ActorKind, Visibility

DOORWAY = "/auth/device"
CONSONANTS = frozenset("BCDFGHJKLMNPQRSTVWXZ")
CODE_LENGTH = 8

WRONG_CODES = 10
WITHIN = timedelta(minutes=10)
"""So many wrong codes may a person enter while one is good: of 20^8 (RFC 8628 §5.1). They are counted in the audit, so
that all processes count together."""


def read_user_code(text: str) -> str | None:
    """A code as people type it, in our spelling: `bcdf ghjk` is BCDF-GHJK. None if it can be none."""
    letters = "".join(letter for letter in text[:40].upper() if letter.isascii() and letter.isalnum())
    if len(letters) != CODE_LENGTH or not set(letters) <= CONSONANTS:
        return None
    return f"{letters[:4]}-{letters[4:]}"


async def find_device(session: AsyncSession, actor: Actor, *, code: str) -> DeviceAuthorization | None:
    """The device that waits with a code, locked; None if none does, which counts as a wrong code.

    UNAUTHENTICATED unless a person asks who is still here; RATE_LIMITED after ten wrong codes within ten minutes.
    """
    await _be_patient(session, actor)
    spelt = read_user_code(code)
    found = None
    if spelt is not None:
        found = await session.scalar(
            select(DeviceAuthorization)
            .where(
                DeviceAuthorization.user_digest == digest(spelt),
                DeviceAuthorization.expires_at > now(session),
                DeviceAuthorization.approved_at.is_(None),
                DeviceAuthorization.denied_at.is_(None),
            )
            .with_for_update()
        )
    if found is None:
        wrong = AccessRefused(code=ErrorCode.NOT_FOUND, doorway=DOORWAY)
        record(session, actor, wrong, visibility=Visibility.PRIVATE)
    return found


async def decide_device(session: AsyncSession, actor: Actor, *, code: str, approve: bool) -> DeviceAuthorization | None:
    """Let the device that waits with a code in, as this person, or turn it away. None if none waits any more."""
    found = await find_device(session, actor, code=code)
    if found is None:
        return None
    found.user_id = actor.user_id
    if approve:
        found.approved_at = now(session)
    else:
        found.denied_at = now(session)
        turned_away = AccessRefused(code="access_denied", doorway=DOORWAY)
        record(session, actor, turned_away, visibility=Visibility.PRIVATE)
    return found


async def _be_patient(session: AsyncSession, actor: Actor) -> None:
    """Refuse who entered too many wrong codes. One look of a person comes after the other, so that none is missed."""
    if actor.user_id is None:
        raise refusal(actor, Permission.READ)
    here = select(User.id).where(User.id == actor.user_id, User.archived_at.is_(None))
    if await session.scalar(here.with_for_update(key_share=True)) is None:
        raise ended()
    wrong = await session.scalar(
        select(func.count())
        .select_from(Event)
        .where(
            Event.recorded_at > now(session) - WITHIN,
            Event.kind == AccessRefused.kind,
            Event.actor_kind == ActorKind.USER,
            Event.actor_id == actor.user_id,
            Event.data["doorway"].astext == DOORWAY,
            Event.data["code"].astext == ErrorCode.NOT_FOUND,
        )
    )
    if wrong is not None and wrong >= WRONG_CODES:
        raise DomainError(
            ErrorCode.RATE_LIMITED,
            "Too many wrong codes were entered.",
            field="code",
            hint="Wait ten minutes, then run `muster login` again for a new code.",
        )
