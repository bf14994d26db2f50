"""What people do with alerts: look at them, close them, say which incident they belong to.

An alert of an incident has its events on the incident's timeline and is as visible as the incident.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.calming import stop_flapping
from actions.alerts.paged import acknowledged, settle
from actions.alerts.quiet import let_loose, put
from actions.allowed import require_on
from actions.bound import Bound, find_bound
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_alerts
from core.errors import conflict
from models.alert import Alert
from models.facts.alerting import AlertAcknowledged, AlertLinked, AlertResolved, AlertUnlinked
from models.paging.words import TakenBy
from models.words import AlertState


async def acknowledge_alert(session: AsyncSession, actor: Actor, *, alert: str) -> Alert:
    """Say that somebody looks at a firing alert: whoever it pages without an incident need not.

    Again is no change; CONFLICT if it no longer fires.
    """
    require(actor, Permission.READ)
    found = await _find(session, actor, Act.ACKNOWLEDGE_ALERT, alert)
    row = found.row
    if row.state is AlertState.ACKNOWLEDGED:
        return row
    if row.state is not AlertState.FIRING:
        raise conflict(
            f"The alert “{row.title}” is {row.state.lower()}; there is nothing to acknowledge.",
            field="alert",
            hint="Should it fire again, that is a new alert.",
        )
    row.state = AlertState.ACKNOWLEDGED
    row.acknowledged_at = now(session)
    record(session, actor, AlertAcknowledged(alert_id=row.id, title=row.title), incident=found.incident)
    await acknowledged(session, actor, row.paging_run_id, TakenBy.HERE)
    return row


async def resolve_alert(session: AsyncSession, actor: Actor, *, alert: str) -> Alert:
    """Close an alert by hand; its monitor's repeats don't reopen it. Again is no change.

    The incident stays as it is: nothing advances by itself.
    """
    require(actor, Permission.READ)
    found = await _find(session, actor, Act.RESOLVE_ALERT, alert)
    row = found.row
    if row.state is AlertState.RESOLVED:
        return row
    row.state = AlertState.RESOLVED
    row.resolved_at = now(session)
    let_loose(row)
    await stop_flapping(session, row)
    record(session, actor, AlertResolved(alert_id=row.id, title=row.title), incident=found.incident)
    await settle(session, [row.paging_run_id])
    return row


async def link_alert(session: AsyncSession, actor: Actor, *, alert: str, incident: str | None = None) -> Alert:
    """Say which incident an alert belongs to; None unlinks it. The same incident again is no change.

    The incident that loses it and the one that gets it each note that on their timeline. Unlinked from a private
    incident, or moved out of it, the alert is seen by the whole organisation: only members can do that. A role on an
    incident is for its own alerts: one that belongs to none takes an access role. CONFLICT for a merged incident, whose
    timeline goes on in another.
    """
    require(actor, Permission.READ)
    found = await _find(session, actor, Act.LINK_ALERT, alert, {"incident": incident} if incident is not None else {})
    row, target = found.row, found.others.get("incident")
    if target is not None:
        refuse_merged(target)
    if row.incident_id == (target.id if target else None):
        return row
    if found.incident is not None:
        record(session, actor, AlertUnlinked(alert_id=row.id, title=row.title), incident=found.incident)
    row.incident_id = target.id if target else None
    if (
        target is not None and row.state is AlertState.SUPPRESSED and row.snoozed_until is None
    ):  # whoever links it wants it to be seen
        row.state = AlertState.FIRING
        put(row, None)
    if target is not None:
        record(session, actor, AlertLinked(alert_id=row.id, title=row.title), incident=target)
        await settle(session, [row.paging_run_id])
    return row


async def _find(
    session: AsyncSession, actor: Actor, act: Act, reference: str, others: dict[str, str] | None = None
) -> Bound[Alert]:
    """An alert, with its incident and others, for an actor who may do this on each of these."""
    found = await find_bound(session, actor, Alert, reference, visible_alerts(actor), noun="alert", others=others)
    for incident in (found.incident, *found.others.values()):
        await require_on(session, actor, NEEDS[act].permission, incident)
    return found
