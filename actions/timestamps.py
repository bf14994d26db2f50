"""Setting right when something happened. The event keeps the old value."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict, invalid
from models.chronology import column_of, disorder, moment_of
from models.facts.incident import TimestampCorrected
from models.incident import Incident
from models.words import IncidentTimestamp


async def correct_timestamp(
    session: AsyncSession, actor: Actor, *, incident: str, timestamp: IncidentTimestamp, value: datetime, reason: str
) -> Incident:
    """Correct one of an incident's moments, or say when its impact started. The same moment again is no change.

    INVALID_INPUT for a moment in the future or out of order (DESIGN §3, "Times"); CONFLICT for one that has not come
    yet (stages set those) and on a merged incident. A postmortem in the works is assembled anew.
    """
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    moment = check.past(value, "value", now(session))
    target = await find_allowed(session, actor, Act.CORRECT_TIMESTAMP, incident)
    refuse_merged(target)
    before = moment_of(target, timestamp)
    if before == moment:
        return target
    if before is None and timestamp is not IncidentTimestamp.IMPACT_STARTED:
        raise conflict(
            f"{target.reference} has no {_spoken(timestamp)} moment yet: entering a stage sets it.",
            field="timestamp",
            hint="Change the stage; `occurredAt` says when it was entered.",
        )
    _refuse_disorder(target, timestamp, moment)
    setattr(target, column_of(timestamp), moment)
    fact = TimestampCorrected(
        timestamp=timestamp, before=before.isoformat() if before else None, after=moment.isoformat(), reason=why
    )
    record(session, actor, fact, incident=target)
    return target


def _spoken(timestamp: IncidentTimestamp) -> str:
    """A timestamp as words inside a sentence."""
    return timestamp.lower().replace("_", " ")


def _refuse_disorder(incident: Incident, timestamp: IncidentTimestamp, moment: datetime) -> None:
    """INVALID_INPUT if two moments would be out of order."""
    pair = disorder(incident, timestamp, moment)
    if pair is None:
        return
    other = pair[1] if pair[0] is timestamp else pair[0]
    at = moment_of(incident, other)
    raise invalid(
        "value",
        f"{_spoken(pair[0]).capitalize()} can't be later than {_spoken(pair[1])}; {_spoken(other)} is at"
        f" {at.isoformat() if at else 'an unknown time'}.",
        f"Give another moment, or correct {other} first.",
    )
