"""Snoozing: an alert, or all of a group, is quiet until a time. The timers wake it (actions.alerts.release)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.holds import snoozed_hold
from actions.alerts.paged import settle
from actions.alerts.quiet import put
from actions.alerts.rows import lock_group
from actions.allowed import require_on
from actions.bound import find_bound
from actions.find import find_incidents
from actions.paging.answering import answer_runs
from actions.record import now, record
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_alerts
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from models.alert import Alert, AlertGroup
from models.facts.alerting import AlertSnoozed, AlertUnsnoozed
from models.incident import Incident
from models.paging.words import TakenBy
from models.words import AlertState

MAX_LENGTH = timedelta(days=30)
"""As of a silence: who needs longer says so again."""
MOST = 1000
"""Alerts of a group that are snoozed at once."""
LOUD = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


async def snooze_alert(
    session: AsyncSession, actor: Actor, *, alert: str, until: datetime, group: bool = False
) -> Alert:
    """Make an alert quiet until a moment, at most 30 days away; what still fires then wakes, and pages again.

    With `group` also the others of its monitor's group, as far as they belong to no other incident, and what comes in
    the group until then. When nothing of an incident is loud any more, what pages for it is answered. Snoozed again it
    is quiet until the new moment; the same moment is no change. CONFLICT for one that has ended, or that something else
    holds back.
    """
    require(actor, Permission.READ)
    moment = now(session)
    wanted = check.future(until, "until", moment)
    if wanted - moment > MAX_LENGTH:
        raise invalid("until", f"An alert is snoozed for at most {MAX_LENGTH.days} days.", "Send an earlier moment.")
    found = await _find(session, actor, Act.SNOOZE_ALERT, alert, Asked(group, wanted))
    row, incident = found.row, found.incident
    if row.state is AlertState.RESOLVED:
        raise conflict(
            f"The alert “{row.title}” is over.", field="alert", hint="Should it fire again, that is another."
        )
    if row.state is AlertState.SUPPRESSED and row.snoozed_until is None:
        raise conflict(f"The alert “{row.title}” is held back already.", field="alert", hint=row.suppressed_because)
    if row.snoozed_until == wanted and not found.noted:
        return row
    for each in (row, *(each for each in found.others if each.state in LOUD or each.snoozed_until is not None)):
        each.state = AlertState.SUPPRESSED
        put(each, snoozed_hold(wanted))
    fact = AlertSnoozed(alert_id=row.id, title=row.title, until=wanted.isoformat(), group=group)
    record(session, actor, fact, incident=incident)
    await session.flush()
    alone = {each.paging_run_id for each in (row, *found.others) if each.incident_id is None}
    await settle(session, alone, snoozed_hold(wanted).because)
    if incident is not None and incident.is_open and not await _loud(session, incident):
        await answer_runs(session, actor, incident, TakenBy.HERE)
    return row


async def unsnooze_alert(session: AsyncSession, actor: Actor, *, alert: str, group: bool = False) -> Alert:
    """Wake an alert now, or with `group` all of its group; the timers do within seconds. Again is no change."""
    require(actor, Permission.READ)
    found = await _find(session, actor, Act.UNSNOOZE_ALERT, alert, Asked(group, None))
    row, moment = found.row, now(session)
    asleep = [each for each in (row, *found.others) if each.snoozed_until is not None and each.snoozed_until > moment]
    if not asleep and not found.noted:
        return row
    for each in asleep:
        each.snoozed_until = moment
    record(session, actor, AlertUnsnoozed(alert_id=row.id, title=row.title, group=group), incident=found.incident)
    return row


class Asked(NamedTuple):
    """Whether a whole group is meant, and until when it is to be snoozed; None: no more."""

    group: bool
    until: datetime | None


class Found(NamedTuple):
    """An alert, its incident, and the others of its group that go with it: all locked."""

    row: Alert
    incident: Incident | None
    others: Sequence[Alert] = ()
    noted: bool = False
    """Whether it is news for the group until when it is snoozed."""


async def _find(session: AsyncSession, actor: Actor, act: Act, reference: str, asked: Asked) -> Found:
    """The alert for somebody who may do this, locked in the order of locks: the group, incident, group row, alerts."""
    if not asked.group:
        found = await find_bound(session, actor, Alert, reference, visible_alerts(actor), noun="alert")
        await require_on(session, actor, NEEDS[act].permission, found.incident)
        return Found(found.row, found.incident)
    key = decode_as("Alert", reference, "alert")
    mine = select(Alert.source_id, Alert.group_key).where(Alert.id == key, visible_alerts(actor))
    seen = (await session.execute(mine)).one_or_none()
    if seen is None:
        raise not_found("alert", "alert", reference)
    source_id, group_key = seen
    await lock_group(session, source_id, group_key)
    bound_to = await session.scalar(select(Alert.incident_id).where(Alert.id == key))
    incidents = await find_incidents(session, actor, {"alert": str(bound_to)} if bound_to is not None else {})
    incident = incidents.get("alert")
    await require_on(session, actor, NEEDS[act].permission, incident)
    noted = await _note_group(session, source_id, group_key, asked.until)
    rows = (await session.scalars(_group(source_id, group_key, key, bound_to))).all()
    row = next((each for each in rows if each.id == key), None)
    if row is None or row.incident_id != bound_to:
        raise conflict("This alert is being moved by others.", field="alert", hint="Try again in a moment.")
    return Found(row, incident, [each for each in rows if each.id != key], noted)


def _group(source_id: int, group_key: str, key: int, incident_id: int | None) -> Select[Alert]:
    """An alert with the newest others of its group that have not ended, and belong to no incident but its own."""
    theirs: list[ColumnElement[bool]] = [Alert.incident_id.is_(None)]
    if incident_id is not None:
        theirs.append(Alert.incident_id == incident_id)
    others = (
        select(Alert.id)
        .where(Alert.state.in_((*LOUD, AlertState.SUPPRESSED)), Alert.source_id == source_id)
        .where(Alert.group_key == group_key, or_(*theirs))
        .order_by(Alert.id.desc())
        .limit(MOST)
    )
    # Not `or`: for that every alert there is would be looked at.
    keys = union_all(select(literal(key, BigInteger)), select(others.subquery().c.id))
    both = select(Alert).where(Alert.id.in_(keys))
    return both.order_by(Alert.id).with_for_update().execution_options(populate_existing=True)


async def _note_group(session: AsyncSession, source_id: int, group_key: str, until: datetime | None) -> bool:
    """Note until when a group is snoozed (None: it is not); whether that is news. Its advisory lock is held."""
    mine = (AlertGroup.source_id == source_id, AlertGroup.group_key == group_key)
    if await session.scalar(select(AlertGroup.snoozed_until).where(*mine)) == until:
        return False
    changed = {"snoozed_until": until, "updated_at": now(session)}
    written = insert(AlertGroup).values(source_id=source_id, group_key=group_key, **changed)
    await session.execute(written.on_conflict_do_update(index_elements=["source_id", "group_key"], set_=changed))
    return True


async def _loud(session: AsyncSession, incident: Incident) -> bool:
    """Whether an alert of the incident fires that nobody snoozed."""
    found = select(Alert.id).where(Alert.incident_id == incident.id, Alert.state.in_(LOUD)).limit(1)
    return await session.scalar(found) is not None
