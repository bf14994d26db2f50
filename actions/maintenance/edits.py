"""Changing planned work: one maintenance, or one of a series and all that follow it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.components import lock_components, refresh_components
from actions.maintenance.changing import apply, replace_components
from actions.maintenance.find import find_maintenance, find_series, maintenance_key, refuse_over
from actions.maintenance.following import change_following
from actions.maintenance.plan import (
    check_reminder,
    check_start,
    check_times,
    components_of,
    named_components,
    refuse_overlap,
    set_timers,
    touch,
    whole,
)
from actions.maintenance.telling import announce
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.facts.maintenance import MaintenanceEdited
from models.maintenance import Maintenance
from models.words import MaintenanceState, SeriesScope

TOLD = frozenset({"starts_at", "ends_at", "components"})
"""Changes that subscribers are told of; better words are on the page for those who look."""


async def edit_maintenance(
    session: AsyncSession,
    actor: Actor,
    *,
    maintenance: str,
    scope: SeriesScope = SeriesScope.THIS,
    title: str | Unset | None = UNSET,
    body: str | Unset | None = UNSET,
    starts_at: datetime | Unset | None = UNSET,
    ends_at: datetime | Unset | None = UNSET,
    components: Sequence[str] | Unset | None = UNSET,
    auto_start: bool | Unset | None = UNSET,
    auto_end: bool | Unset | None = UNSET,
    remind_minutes: int | Unset | None = UNSET,
    notify: bool | Unset | None = UNSET,
    quiet_alerts: bool | Unset | None = UNSET,
    rule: str | Unset | None = UNSET,
    allow_overlap: bool = False,
    expected_version: int | None = None,
) -> Maintenance:
    """Change what is given: UNSET leaves a field as it is, a list replaces. Null clears remindMinutes, and no other.

    A start that is given alone moves the end with it. While it is under way its start stays. What is over can be
    changed no more (CONFLICT). `scope` THIS_AND_FOLLOWING ends a series here and lets another go on from it, with
    `rule` if one is given. Refusals of times and components are those of schedule_maintenance. VERSION_CONFLICT.
    """
    require(actor, Permission.MAINTAIN)
    given = {
        "title": title,
        "body": body,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "auto_start": auto_start,
        "auto_end": auto_end,
        "remind_minutes": remind_minutes,
        "notify": notify,
        "quiet_alerts": quiet_alerts,
    }
    wanted = _wanted(given)
    following = scope is SeriesScope.THIS_AND_FOLLOWING
    if not isinstance(rule, Unset) and not following:
        raise invalid("rule", "One occurrence has no rule.", "Send scope: THIS_AND_FOLLOWING, or leave it out.")
    if following:
        await _lock_series(session, maintenance)
    found = await find_maintenance(session, maintenance)
    refuse_over(found)
    check.expected_version(expected_version, found.version, "maintenance")
    _place(found, wanted, now(session))
    present = (await components_of(session, [found.id]))[found.id]
    keys = await _components(session, components, present)
    change = Change(wanted, keys, present, allow_overlap)
    if following:
        return await change_following(
            session, actor, found, change.wanted, keys, rule=_text(rule, "rule"), allow_overlap=allow_overlap
        )
    return await _change(session, actor, found, change)


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit asks for, checked: columns, and the components instead of those at present."""

    wanted: dict[str, Any]
    component_ids: list[int]
    present: list[int]
    allow_overlap: bool


def _text(value: str | Unset | None, field: str) -> str | None:
    if value is None:
        raise invalid(field, f"The {field} can't be cleared.", "Leave it out, or send a value.")
    return None if isinstance(value, Unset) else value


def _wanted(given: dict[str, Any]) -> dict[str, Any]:
    """The columns to set, checked one by one."""
    wanted: dict[str, Any] = {}
    for field, value in given.items():
        if value is UNSET:
            continue
        if value is None and field != "remind_minutes":
            raise invalid(field, f"The {field.replace('_', ' ')} can't be cleared.", "Leave it out, or send a value.")
        if field in ("title", "body"):
            wanted[field] = check.text(value, field, limit=check.TITLE if field == "title" else check.BODY)
        elif field in ("starts_at", "ends_at"):
            wanted[field] = whole(value)
        else:
            wanted[field] = check_reminder(value) if field == "remind_minutes" else value
    return wanted


def _place(found: Maintenance, wanted: dict[str, Any], moment: datetime) -> None:
    """Check the times as they would be; a start that moves alone takes the end along."""
    start = wanted.get("starts_at", found.starts_at)
    if start != found.starts_at:
        if found.state is not MaintenanceState.SCHEDULED:
            raise conflict(f"{found.reference} has begun.", field="starts_at", hint="Move its end, or cancel it.")
        wanted["starts_at"] = start = check_start(start, moment)
        wanted.setdefault("ends_at", start + (found.ends_at - found.starts_at))
    end = wanted.get("ends_at", found.ends_at)
    if end != found.ends_at and end <= moment:
        raise invalid("ends_at", f"{end.isoformat()} has passed.", "Give a later end, or complete the maintenance.")
    check_times(start, end, moment)


async def _lock_series(session: AsyncSession, reference: str) -> None:
    """Lock the series of a maintenance before the maintenance itself: the order of locks everywhere."""
    key = maintenance_key(reference)
    series_id = await session.scalar(select(Maintenance.series_id).where(Maintenance.id == key))
    if series_id is None:
        found = await find_maintenance(session, reference)
        raise invalid("scope", f"{found.reference} does not recur.", "Send scope: THIS, or leave it out.")
    await find_series(session, series_id)


async def _components(session: AsyncSession, references: Sequence[str] | Unset | None, present: list[int]) -> list[int]:
    """The components that it is to take, locked together with those that it takes now."""
    if isinstance(references, Unset):
        await lock_components(session, present)
        return present
    return sorted(await named_components(session, references or (), also=present))


async def _change(session: AsyncSession, actor: Actor, found: Maintenance, change: Change) -> Maintenance:
    """Change one maintenance; an edit that changes nothing leaves no trace."""
    window = change.wanted.get("starts_at", found.starts_at), change.wanted.get("ends_at", found.ends_at)
    moved = window != (found.starts_at, found.ends_at) or change.component_ids != change.present
    if moved and not change.allow_overlap:
        await refuse_overlap(session, change.component_ids, [window], apart_from=[found.id])
    before, after = apply(found, change.wanted)
    if change.component_ids != change.present:
        before["components"], after["components"] = change.present, change.component_ids
        await replace_components(session, found.id, change.component_ids)
    if not after:
        return found
    touch(found, now(session))
    set_timers(found, now(session))
    found.edited_apart = found.series_id is not None
    notify = found.notify and bool(TOLD & after.keys())
    fact = MaintenanceEdited(
        maintenance_id=found.id, before=before, after=after, series_id=found.series_id, notify=notify
    )
    announce(session, actor, fact)
    if {"components", "quiet_alerts"} & after.keys():
        found.alerts_held_at = None  # the timer looks anew for what fires there
    if found.running and "components" in after:
        await session.flush()
        await refresh_components(session, actor, sorted({*change.present, *change.component_ids}))
    return found
