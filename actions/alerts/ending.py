"""Incidents that end with their alerts, where the alerts' rule says so. By itself none does."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rows import Known
from actions.check import LINE
from actions.endings import decline_incident
from actions.stages import change_stage
from auth.actor import SYSTEM
from models.alert import Alert, RoutingRule
from models.incident import Incident
from models.words import AlertState, EndIncident, Stage

UNDECLARED = (Stage.DETECTION, Stage.TRIAGE)


async def end_incidents(
    session: AsyncSession, ended: Sequence[Known], incidents: Mapping[int, Incident], source: str
) -> None:
    """End what the rules of alerts that a monitor just ended say: their rows are written, their incidents locked.

    An incident that nobody declared is declined; one in RESPONSE or MITIGATION goes to RESOLUTION. The rule counts as
    it is now; an alert that was closed by hand ends nothing, but counts as ended.
    """
    belonging = [row for row in ended if row.rule_id is not None and row.incident_id in incidents]
    if not belonging:
        return
    wanted = await _wanted(session, {row.rule_id for row in belonging if row.rule_id is not None})
    asking = {row.incident_id for row in belonging if row.rule_id in wanted and row.incident_id is not None}
    if not asking:
        return
    firing, last = await _standing(session, asking)
    for row in belonging:
        incident = incidents[row.incident_id] if row.incident_id is not None else None
        if incident is None or row.rule_id not in wanted or not incident.is_open:
            continue
        how = wanted[row.rule_id]
        if (
            how is EndIncident.FIRST
            or (how is EndIncident.LAST and last.get(incident.id) == row.id)
            or (how is EndIncident.ALL and not firing.get(incident.id))
        ):
            await _end(session, incident, how, source)


async def _wanted(session: AsyncSession, rules: set[int]) -> dict[int, EndIncident]:
    found = await session.execute(
        select(RoutingRule.id, RoutingRule.end_incident).where(
            RoutingRule.id.in_(rules), RoutingRule.end_incident != EndIncident.NEVER
        )
    )
    return {row.id: row.end_incident for row in found}


async def _standing(session: AsyncSession, incidents: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many alerts of each incident have not ended, and which came last."""
    left = func.count().filter(Alert.state != AlertState.RESOLVED).label("left")
    found = await session.execute(
        select(Alert.incident_id, left, func.max(Alert.id).label("last"))
        .where(Alert.incident_id.in_(incidents))
        .group_by(Alert.incident_id)
    )
    rows = found.all()
    return {row.incident_id: row.left for row in rows}, {row.incident_id: row.last for row in rows}


SAID = {EndIncident.FIRST: "The first of its alerts ended", EndIncident.LAST: "The last of its alerts ended"}


async def _end(session: AsyncSession, incident: Incident, how: EndIncident, source: str) -> None:
    why = f"{SAID.get(how, 'All its alerts ended')}, says {source}."[:LINE]
    if incident.stage in UNDECLARED:
        await decline_incident(session, SYSTEM, incident=incident.reference, reason=why)
    else:
        await change_stage(session, SYSTEM, incident=incident.reference, stage=Stage.RESOLUTION, note=why)
