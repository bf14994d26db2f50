"""Recurring work: planning it, making its occurrences while time goes on, ending it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.maintenance.find import find_series
from actions.maintenance.opening import Draft, open_maintenance
from actions.maintenance.plan import (
    check_reminder,
    check_start,
    check_times,
    named_components,
    refuse_overlap,
    whole,
)
from actions.maintenance.steps import call_off
from actions.maintenance.telling import announce
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from models.facts.maintenance import MaintenanceCancelled, MaintenanceSeriesEnded, MaintenanceSeriesScheduled
from models.maintenance import Maintenance, MaintenanceSeries
from models.recurrence import WINDOW, Rule, RuleError, check_yield, occurrences, read_rule
from models.words import MaintenanceState

HORIZON = timedelta(days=60)
"""How far ahead occurrences are made; the next one always is, however far away."""
EXTEND_EVERY = timedelta(days=1)


async def schedule_maintenance_series(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    body: str,
    starts_at: datetime,
    ends_at: datetime,
    rule: str,
    time_zone: str,
    components: Sequence[str],
    auto_start: bool = True,
    auto_end: bool = True,
    remind_minutes: int | None = None,
    notify: bool = True,
    quiet_alerts: bool = True,
    allow_overlap: bool = False,
) -> MaintenanceSeries:
    """Plan work that recurs. `starts_at` and `ends_at` are those of the first occurrence, which the rule must give.

    `rule`: an RFC 5545 RRULE, at most four times a day, counted by the clocks of `time_zone` (IANA). Refusals are those
    of schedule_maintenance and models.recurrence; CONFLICT if one of the occurrences of the next 60 days overlaps.
    """
    require(actor, Permission.MAINTAIN)
    words = check.text(title, "title", limit=check.TITLE), check.text(body, "body", limit=check.BODY)
    start, end = whole(starts_at), whole(ends_at)
    check_times(start, end, now(session))
    if start <= now(session):
        check_start(start - check.CLOCK_SKEW, now(session))
    read = usable_rule(rule, start, check.time_zone(time_zone, "time_zone"), end - start)
    reminder = check_reminder(remind_minutes)
    named = await named_components(session, components)
    draft = Draft(*words, sorted(named), auto_start, auto_end, reminder, notify, quiet_alerts)
    series = new_series(draft, read, start, end - start, time_zone, now(session))
    starts = take_due(series, now(session))
    if not allow_overlap:
        await refuse_overlap(session, named, windows(series, starts))
    session.add(series)
    await session.flush()
    made = await make_occurrences(session, actor, series, named, starts)
    scheduled = MaintenanceSeriesScheduled(
        series_id=series.id,
        title=series.title,
        rule=series.rule,
        time_zone=time_zone,
        component_ids=sorted(named),
        first_maintenance_id=made[0].id,
        notify=notify,
    )
    announce(session, actor, scheduled)
    return series


def new_series(
    draft: Draft, rule: Rule, starts_at: datetime, length: timedelta, time_zone: str, moment: datetime
) -> MaintenanceSeries:
    """A series of which nothing was made yet."""
    return MaintenanceSeries(
        rule=rule.text,
        time_zone=time_zone,
        starts_at=starts_at,
        minutes=length // timedelta(minutes=1),
        title=draft.title,
        body=draft.body,
        component_ids=list(draft.component_ids),
        auto_start=draft.auto_start,
        auto_end=draft.auto_end,
        remind_minutes=draft.remind_minutes,
        notify=draft.notify,
        quiet_alerts=draft.quiet_alerts,
        made_until=starts_at - timedelta(seconds=1),
        version=1,
        created_at=moment,
    )


def usable_rule(text: str, starts_at: datetime, zone: ZoneInfo, length: timedelta) -> Rule:
    """The rule that a text is, if it gives `starts_at` first and something to do; INVALID_INPUT on `rule`."""
    if length % timedelta(minutes=1) or not length:
        raise invalid("ends_at", "Recurring work takes whole minutes.", "Send times without seconds.")
    try:
        rule = read_rule(text)
        check_yield(rule, starts_at, zone, length)
    except RuleError as error:
        raise invalid("rule", error.message, error.hint) from error
    return rule


def due_starts(series: MaintenanceSeries, moment: datetime) -> tuple[list[datetime], bool]:
    """The starts of a series that are to be made by now, the next one at least, and whether more may come."""
    horizon = moment + HORIZON
    rule, zone = read_rule(series.rule), ZoneInfo(series.time_zone)
    made: list[datetime] = []
    for start in occurrences(rule, series.starts_at, zone, horizon + 4 * WINDOW):
        if start <= series.made_until:
            continue
        if start > horizon and (made or series.made_until > moment):
            return made, True
        made.append(start)
    return made, False


def take_due(series: MaintenanceSeries, moment: datetime) -> list[datetime]:
    """The starts of a series that are to be made by now, of which the series notes that they are.

    Before components are locked, as nothing of a series is written after that (docs/locks.md).
    """
    starts, more = due_starts(series, moment)
    series.made_until = max([series.made_until, *starts])
    series.extend_due_at = moment + EXTEND_EVERY if more else None
    return starts


def windows(series: MaintenanceSeries, starts: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """From when to when occurrences with these starts are planned."""
    return [(start, start + timedelta(minutes=series.minutes)) for start in starts]


async def make_occurrences(
    session: AsyncSession,
    actor: Actor,
    series: MaintenanceSeries,
    component_ids: Collection[int],
    starts: Sequence[datetime],
) -> list[Maintenance]:
    """Make occurrences with these starts on components that are locked; none on none."""
    draft = Draft(
        series.title,
        series.body,
        sorted(component_ids),
        series.auto_start,
        series.auto_end,
        series.remind_minutes,
        series.notify,
        series.quiet_alerts,
    )
    return [
        await open_maintenance(session, actor, draft, starts_at=start, ends_at=end, series_id=series.id)
        for start, end in windows(series, starts)
        if component_ids
    ]


async def end_maintenance_series(session: AsyncSession, actor: Actor, *, series: str, reason: str) -> MaintenanceSeries:
    """End recurring work: what is to come is cancelled, what is under way goes on. Again, it changes nothing."""
    require(actor, Permission.MAINTAIN)
    why = check.text(reason, "reason", limit=check.LINE)
    key = decode_as("MaintenanceSeries", series, "series")
    if await session.scalar(select(MaintenanceSeries.id).where(MaintenanceSeries.id == key)) is None:
        raise not_found("series", "maintenance series", series)
    found = await find_series(session, key)
    if found.ended_at is not None:
        return found
    close_series(found, now(session))
    for each in await scheduled_from(session, found, None):
        call_off(each, now(session))
        announce(session, actor, MaintenanceCancelled(maintenance_id=each.id, series_id=found.id))
    ended = MaintenanceSeriesEnded(
        series_id=found.id,
        title=found.title,
        component_ids=found.component_ids,
        reason=why,
        notify=found.notify,
    )
    announce(session, actor, ended)
    return found


def close_series(series: MaintenanceSeries, moment: datetime) -> None:
    """Let no more be made of a series."""
    series.ended_at = moment
    series.extend_due_at = None
    series.version += 1


async def scheduled_from(
    session: AsyncSession, series: MaintenanceSeries, occurrence_at: datetime | None
) -> list[Maintenance]:
    """What of a series is to come, from one occurrence on, in their order; locked in the order of their ids."""
    found = await session.scalars(
        select(Maintenance)
        .where(Maintenance.series_id == series.id, Maintenance.state == MaintenanceState.SCHEDULED)
        .order_by(Maintenance.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    later = [each for each in found if occurrence_at is None or (each.occurrence_at or each.starts_at) >= occurrence_at]
    return sorted(later, key=lambda each: each.occurrence_at or each.starts_at)


def refuse_ended(series: MaintenanceSeries) -> None:
    """CONFLICT for a series that is over."""
    if series.ended_at is not None:
        raise conflict("This series is over.", field="scope", hint="Send scope: THIS, or schedule another series.")
