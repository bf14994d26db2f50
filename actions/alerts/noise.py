"""The word of people that an alert told nothing: it feeds the report on alert fatigue.

Whoever says so has looked at it: nobody else is paged, or asked, for it if it belongs to no incident.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.needed import noise_of
from actions.alerts.paged import settle
from actions.allowed import require_on
from actions.bound import Bound, find_bound
from actions.record import now, record
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_alerts
from models.alert import Alert
from models.facts.alerting import AlertMarkedNoise, AlertUnmarkedNoise


async def mark_noise(session: AsyncSession, actor: Actor, *, alert: str, reason: str) -> Alert:
    """Say why an alert is noise, in at most 500 characters, whether it fires or not. The same again is no change."""
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    found = await _find(session, actor, Act.MARK_NOISE, alert)
    row = found.row
    if row.noise_reason == why:
        return row
    row.noise_reason, row.noise_at = why, now(session)
    record(session, actor, AlertMarkedNoise(alert_id=row.id, title=row.title, reason=why), incident=found.incident)
    if row.incident_id is None:
        await settle(session, [row.paging_run_id], noise_of(why))
    return row


async def unmark_noise(session: AsyncSession, actor: Actor, *, alert: str) -> Alert:
    """Take it back; nobody is paged anew by that. One that is not marked stays as it is."""
    require(actor, Permission.READ)
    found = await _find(session, actor, Act.UNMARK_NOISE, alert)
    row = found.row
    if row.noise_reason is None:
        return row
    row.noise_reason = row.noise_at = None
    record(session, actor, AlertUnmarkedNoise(alert_id=row.id, title=row.title), incident=found.incident)
    return row


async def _find(session: AsyncSession, actor: Actor, act: Act, reference: str) -> Bound[Alert]:
    found = await find_bound(session, actor, Alert, reference, visible_alerts(actor), noun="alert")
    await require_on(session, actor, NEEDS[act].permission, found.incident)
    return found
