"""Moving an incident along the transition table (models.lifecycle), and who is told of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue
from core.errors import DomainError, ErrorCode, conflict
from core.journal import PendingEvent
from models.event import Event
from models.facts.incident import IncidentDeclared, IncidentReopened, StageChanged
from models.incident import REFERENCE_PREFIX, Incident
from models.job import JobName
from models.lifecycle import Verb, is_legal, ways_on
from models.words import IncidentKind, Stage

ENDED = frozenset({Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED, Stage.MERGED})
"""The stages in which nobody works on the incident any more."""


class IllegalMoveError(DomainError):
    """The table has no such transition. Doorways for people say it in words of their own."""

    def __init__(self, incident: Incident, verb: Verb, target: Stage, field: str) -> None:
        super().__init__(
            ErrorCode.ILLEGAL_TRANSITION,
            f"{incident.reference} is in {incident.stage}: {verb} can't take it to {target}.",
            field=field,
            hint=_ways_on(incident),
        )
        self.reference, self.stage, self.target = incident.reference, incident.stage, target
        self.merged_into_id = incident.merged_into_id


def move(incident: Incident, verb: Verb, target: Stage, *, field: str = "incident") -> Stage:
    """Take an incident to another stage; the one it came from. Counts as an edit.

    ILLEGAL_TRANSITION, naming the present stage and the ways on, unless the table has this transition.
    """
    before = incident.stage
    if not is_legal(before, verb, target):
        raise IllegalMoveError(incident, verb, target, field)
    incident.stage = target
    incident.version += 1
    return before


def _ways_on(incident: Incident) -> str:
    """What can be done instead, as a hint."""
    if incident.stage is Stage.MERGED:
        return f"It goes on as {REFERENCE_PREFIX}{incident.merged_into_id}."
    return f"From {incident.stage} there are: {', '.join(ways_on(incident.stage))}."


def refuse_merged(incident: Incident, field: str = "incident") -> None:
    """CONFLICT on a merged incident, which goes on as another; `field` is the input that led to it."""
    if incident.stage is Stage.MERGED:
        target = f"{REFERENCE_PREFIX}{incident.merged_into_id}"
        raise conflict(f"{incident.reference} was merged into {target}.", field=field, hint=f"Turn to {target}.")


def refuse_ended(incident: Incident, field: str = "incident") -> None:
    """CONFLICT on an incident that nobody works on any more; `field` is the input that led to it."""
    refuse_merged(incident, field)
    if incident.stage in ENDED:
        raise conflict(
            f"{incident.reference} is {incident.stage.lower()}.", field=field, hint="Reopen the incident first."
        )


async def entered_at(session: AsyncSession, incident: Incident) -> datetime:
    """When the incident entered its present stage: the (corrected) moment on its row, else that of the event."""
    if incident.stage is Stage.MITIGATION and incident.mitigated_at is not None:
        return incident.mitigated_at
    if incident.stage is Stage.RESOLUTION and incident.resolved_at is not None:
        return incident.resolved_at
    kinds = (IncidentDeclared.kind, IncidentReopened.kind, StageChanged.kind)
    last = (
        await session.execute(
            select(Event.kind, Event.occurred_at)
            .where(Event.incident_id == incident.id, Event.kind.in_(kinds))
            .order_by(Event.id.desc())
            .limit(1)
        )
    ).one_or_none()
    if last is None or last.kind == IncidentDeclared.kind:
        return incident.declared_at or incident.created_at
    moment: datetime = last.occurred_at
    return max(moment, incident.resolved_at or moment)


def tell(session: AsyncSession, incident: Incident, event: PendingEvent) -> None:
    """Have people told of an event by mail. Nobody is told of what was only written down after the fact."""
    if incident.kind is not IncidentKind.BACKFILLED:
        enqueue(session, JobName.MAIL_NOTIFY, event=event)
