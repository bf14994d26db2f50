"""Changing one of a series and all that follow it: the series ends there, and another goes on from it.

What was planned keeps its number, and with it its place in people's calendars, as far as there is a new occurrence for
it: the first for the first, and so on. One that was changed alone keeps its own times and words.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.maintenance.changing import apply, replace_components
from actions.maintenance.find import find_series
from actions.maintenance.opening import Draft
from actions.maintenance.plan import components_of, refuse_overlap, set_timers, touch
from actions.maintenance.series import (
    close_series,
    make_occurrences,
    new_series,
    refuse_ended,
    scheduled_from,
    take_due,
    usable_rule,
    windows,
)
from actions.maintenance.steps import call_off
from actions.maintenance.telling import announce
from actions.record import now
from auth.actor import Actor
from core.errors import conflict
from models.facts.maintenance import MaintenanceCancelled, MaintenanceEdited, MaintenanceSeriesEdited
from models.maintenance import Maintenance, MaintenanceSeries
from models.recurrence import Rule, occurrences, read_rule
from models.words import MaintenanceState

TEMPLATE = ("title", "body", "auto_start", "auto_end", "remind_minutes", "notify", "quiet_alerts")


async def change_following(
    session: AsyncSession,
    actor: Actor,
    found: Maintenance,
    wanted: dict[str, Any],
    component_ids: list[int],
    *,
    rule: str | None,
    allow_overlap: bool,
) -> Maintenance:
    """Change a maintenance, locked after its series, and all after it. CONFLICT if it began or its series ended."""
    if found.state is not MaintenanceState.SCHEDULED or found.series_id is None or found.occurrence_at is None:
        raise conflict(f"{found.reference} has begun.", field="maintenance", hint="Change the one after it.")
    old = await find_series(session, found.series_id)
    refuse_ended(old)
    later = await scheduled_from(session, old, found.occurrence_at)
    starts_at = wanted.get("starts_at", found.starts_at)
    length = wanted.get("ends_at", found.ends_at) - starts_at
    goes_on = _rule(old, found.occurrence_at, rule, starts_at, length)
    template = {name: wanted.get(name, getattr(found, name)) for name in TEMPLATE}
    draft = Draft(component_ids=component_ids, **template)
    new = new_series(draft, goes_on, starts_at, length, old.time_zone, now(session))
    new.continues_id = old.id
    starts = take_due(new, now(session))
    if not allow_overlap:
        await refuse_overlap(session, component_ids, windows(new, starts), apart_from=[each.id for each in later])
    session.add(new)
    close_series(old, now(session))
    await session.flush()
    await _carry_over(session, actor, new, later, starts, found)
    await make_occurrences(session, actor, new, component_ids, starts[len(later) :])
    _tell(session, actor, old, new, found)
    return found


def _rule(
    old: MaintenanceSeries, occurrence_at: datetime, rule: str | None, starts_at: datetime, length: timedelta
) -> Rule:
    """The rule that the new series has: the one given, else the old one, of whose COUNT only the rest is left."""
    zone = check.time_zone(old.time_zone, "time_zone")
    if rule is not None:
        return usable_rule(rule, starts_at, zone, length)
    read = read_rule(old.rule)
    text = old.rule
    if read.count is not None:
        before = sum(1 for start in occurrences(read, old.starts_at, zone, occurrence_at) if start < occurrence_at)
        text = f"{read.without_end()};COUNT={read.count - before}"
    return usable_rule(text, starts_at, zone, length)


async def _carry_over(
    session: AsyncSession,
    actor: Actor,
    series: MaintenanceSeries,
    later: list[Maintenance],
    starts: list[datetime],
    first: Maintenance,
) -> None:
    """Let planned occurrences be those of the new series, one by one; those that are too many are cancelled."""
    length = timedelta(minutes=series.minutes)
    present = await components_of(session, [each.id for each in later])
    for each in later[len(starts) :]:
        call_off(each, now(session))
        announce(session, actor, MaintenanceCancelled(maintenance_id=each.id, series_id=each.series_id))
    for each, start in zip(later, starts, strict=False):
        each.series_id, each.occurrence_at = series.id, start
        if each.edited_apart and each is not first:
            continue
        each.edited_apart = False
        template = {name: getattr(series, name) for name in TEMPLATE}
        before, after = apply(each, template | {"starts_at": start, "ends_at": start + length})
        if present[each.id] != series.component_ids:
            before["components"], after["components"] = present[each.id], list(series.component_ids)
            await replace_components(session, each.id, list(series.component_ids))
        if after:
            touch(each, now(session))
            set_timers(each, now(session))
            announce(
                session,
                actor,
                MaintenanceEdited(maintenance_id=each.id, before=before, after=after, series_id=series.id),
            )
    await session.flush()


def _tell(
    session: AsyncSession, actor: Actor, old: MaintenanceSeries, new: MaintenanceSeries, first: Maintenance
) -> None:
    names = [*TEMPLATE, "rule", "minutes", "component_ids"]
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    announce(
        session,
        actor,
        MaintenanceSeriesEdited(
            series_id=new.id,
            continues_id=old.id,
            first_maintenance_id=first.id,
            component_ids=new.component_ids,
            before={name: "changed" if name == "body" else getattr(old, name) for name in changed}
            | {"starts_at": old.starts_at.isoformat()},
            after={name: "changed" if name == "body" else getattr(new, name) for name in changed}
            | {"starts_at": new.starts_at.isoformat()},
            notify=new.notify,
        ),
    )
