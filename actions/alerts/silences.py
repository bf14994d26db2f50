"""Silences, as whoever looks at alerts keeps them: set one, change it, end it before its time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.quiet import hold_firing, refuse_everything, say_anew
from actions.alerts.rule_fields import checked_matchers
from actions.find import find_service
from actions.record import now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import DomainError, conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.alert import AlertSource
from models.facts.alerting import SilenceEnded, SilenceSaved
from models.silence import Silence

MAX_LENGTH = timedelta(days=30)
"""A silence that nobody remembers hides what matters; who still needs it says so again."""

MAX_SILENCES = 200
"""Every one that lasts is tried on every new alert; more than this is a mistake of a script."""


async def save_silence(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (the input's field)
    matchers: dict[str, Any] | Unset | None = UNSET,
    source: str | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    reason: str | Unset | None = UNSET,
    starts_at: datetime | Unset | None = UNSET,
    ends_at: datetime | Unset | None = UNSET,
) -> Silence:
    """Set a silence (without `id`: needs ends_at, reason and a condition), or change one that is not over.

    While it lasts, alerts that match all of `matchers`, `source` and `service` are kept as SUPPRESSED: they make no
    incident. So are those that fire when it begins, as far as they belong to no incident. `starts_at` defaults to now;
    it ends at most 30 days after it starts. Two may overlap: an alert is let go when the last of them is over. Once it
    has begun, its reason and its end alone can change: CONFLICT for what it is about, and for one that is over.
    """
    require(actor, Permission.ALERT)
    moment = now(session)
    silence = await _find(session, id) if id is not None else await _new(session, actor, moment)
    if id is not None and silence.ends_at <= moment:
        raise conflict("This silence is over.", field="id", hint="Set a new one.")
    begun = id is not None and silence.starts_at <= moment
    before, about = _of(silence), _about(silence)
    with session.no_autoflush:
        if matchers is not UNSET:
            silence.matchers = _matchers(matchers)
        if source is not UNSET:
            silence.source_id = None if source is None else (await _find_source(session, str(source))).id
        if service is not UNSET:
            silence.service_id = None if service is None else (await find_service(session, str(service))).id
        if not isinstance(reason, Unset):
            silence.reason = check.text(reason or "", "reason", limit=check.LINE)
        _set_times(silence, starts_at, ends_at, moment, begun=begun)
        _refuse_incomplete(silence)
        if begun and _about(silence) != about:
            field = next(name for name, old, new in zip(ABOUT, about, _about(silence), strict=True) if old != new)
            hint = "End it, and set another: what this one holds is routed as new then."
            raise conflict("It has begun; what it is about can't change.", field=field, hint=hint)
    if id is not None and _of(silence) == before:
        return silence
    session.add(silence)
    await session.flush()
    saved = SilenceSaved(
        silence_id=silence.id,
        created=id is None,
        starts_at=silence.starts_at.isoformat(),
        ends_at=silence.ends_at.isoformat(),
    )
    record(session, actor, saved)
    if begun:
        await say_anew(session, silence)
    elif silence.starts_at <= moment:
        await hold_firing(session, actor, silence)
    return silence


async def end_silence(session: AsyncSession, actor: Actor, *, silence: str) -> Silence:
    """End a silence now; the timers route what still fires within seconds. One that is over stays as it is."""
    require(actor, Permission.ALERT)
    row = await _find(session, silence, "silence")
    moment = now(session)
    if row.ends_at <= moment:
        return row
    row.starts_at, row.ends_at = min(row.starts_at, moment), moment
    record(session, actor, SilenceEnded(silence_id=row.id))
    return row


async def _new(session: AsyncSession, actor: Actor, moment: datetime) -> Silence:
    running = await session.scalar(select(func.count()).where(Silence.ends_at > moment))
    if running is not None and running >= MAX_SILENCES:
        raise conflict(f"There are {running} silences, and no more are allowed.", hint="End one that is not needed.")
    return Silence(
        matchers={},
        source_id=None,
        service_id=None,
        reason=None,
        starts_at=moment,
        ends_at=None,
        author_kind=actor.kind,
        author_id=actor.id,
        created_at=moment,
    )


async def _find(session: AsyncSession, reference: str, field: str = "id") -> Silence:
    silence = await session.get(Silence, decode_as("Silence", reference, field), with_for_update={"key_share": True})
    if silence is None:
        raise not_found(field, "silence", reference)
    return silence


async def _find_source(session: AsyncSession, reference: str) -> AlertSource:
    source = await session.get(AlertSource, decode_as("AlertSource", reference, "source"))
    if source is None:
        raise not_found("source", "alert source", reference)
    if source.archived:
        raise invalid("source", f"The alert source {source.name!r} is archived.", "It sends nothing: choose another.")
    return source


def _matchers(given: Any) -> dict[str, Any]:
    return {} if isinstance(given, Unset) else dict(checked_matchers({} if given is None else given))


def _set_times(silence: Silence, starts_at: Any, ends_at: Any, moment: datetime, *, begun: bool) -> None:
    """Take the moments that were given. A start that has passed by clock skew alone is now."""
    if starts_at is not UNSET and starts_at is not None and starts_at != silence.starts_at:
        if begun:
            raise conflict("It has begun; its start can't change.", field="starts_at", hint="End it, and set another.")
        if starts_at < moment - check.CLOCK_SKEW:
            raise invalid("starts_at", f"{starts_at.isoformat()} has passed.", "Leave it out to begin now.")
        silence.starts_at = max(starts_at, moment)
    if ends_at is None:
        raise _endless()
    if not isinstance(ends_at, Unset):
        silence.ends_at = check.future(ends_at, "ends_at", moment)


def _endless() -> DomainError:
    hint = f"Send when it ends, at most {MAX_LENGTH.days} days after its start."
    return invalid("ends_at", "A silence must have an end.", hint)


def _refuse_incomplete(silence: Silence) -> None:
    if silence.ends_at is None:
        raise _endless()
    if silence.ends_at <= silence.starts_at:
        raise invalid("ends_at", "It would end before it starts.", "Send an end after its start.")
    if silence.ends_at - silence.starts_at > MAX_LENGTH:
        raise invalid("ends_at", f"A silence lasts at most {MAX_LENGTH.days} days.", "Send an earlier end.")
    if silence.reason is None:
        raise invalid("reason", "A silence needs a reason.", "Say why, for whoever wonders where the alerts are.")
    refuse_everything(silence)


ABOUT = ("matchers", "source", "service")
"""The fields that say which alerts it holds."""


def _about(silence: Silence) -> tuple[Any, ...]:
    return silence.matchers, silence.source_id, silence.service_id


def _of(silence: Silence) -> tuple[Any, ...]:
    """What can be changed of it."""
    return *_about(silence), silence.reason, silence.starts_at, silence.ends_at
