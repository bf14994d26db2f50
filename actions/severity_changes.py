"""Raising, lowering, or first setting the severity of an incident."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_severity
from actions.paging.starting import begin_paging
from actions.promises import RESPONDING, change_cadence
from actions.record import now, record
from actions.transitions import refuse_merged, tell
from actions.vacancies import watch_vacancies
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from models.facts.incident import SeverityChanged
from models.incident import Incident
from models.severity import SeverityVersion


async def change_severity(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    severity: str,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Give an incident the present version of a severity (name or id); its obligations are copied into the event.

    Promises and the time to fill roles follow from now on (actions.promises, actions.vacancies). Raising it while
    people respond tells them. The version that it has already is no change. VERSION_CONFLICT, CONFLICT on a merged
    incident.
    """
    require(actor, Permission.READ)
    why = check.optional_text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.CHANGE_SEVERITY, incident)
    refuse_merged(target)
    check.expected_version(expected_version, target.version, "incident")
    new = await find_severity(session, severity)
    if new.id == target.severity_version_id:
        return target
    key = target.severity_version_id
    old = await session.get_one(SeverityVersion, key) if key is not None else None
    raised = old is not None and new.rank < old.rank
    fact = SeverityChanged(
        from_severity_id=old.severity_id if old else None,
        from_name=old.name if old else None,
        to_severity_id=new.severity_id,
        to_name=new.name,
        to_severity_version_id=new.id,
        raised=raised,
        obligations=new.obligations.as_data(),
        reason=why,
    )
    target.severity_version_id = new.id
    target.version += 1
    event = record(session, actor, fact, incident=target)
    if target.stage in RESPONDING and (raised or old is None):
        tell(session, target, event)
    moment = now(session)
    await change_cadence(session, target, new.obligations, moment, raised=raised)
    await watch_vacancies(session, target, new.obligations, moment)
    if target.stage in RESPONDING and (raised or old is None):
        await begin_paging(session, actor, target, new)
    return target
