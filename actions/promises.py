"""Promises of the next update: when one is made, to whom, and what becomes of it when the incident changes.

Rules (DESIGN §3): the severity's cadence promises an update, internal and public, within so many minutes of the
declaration and again of each update. A backfilled incident owes nobody anything. Customers are owed an update only by
real incidents that the organisation may see: never by drills or private ones. A promise that was spoken to customers
ends with a public update and nothing else; one that nobody heard of yet follows the incident.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.incident import Incident
from models.severity import Obligations, SeverityVersion
from models.update import Update
from models.words import Audience, IncidentKind, PublicStatus, Stage, Visibility

FINAL_UPDATE_GRACE = timedelta(minutes=15)
"""How long the final public update may take after the incident's end before we remind of it."""

RESPONDING = frozenset({Stage.RESPONSE, Stage.MITIGATION})
"""The stages in which an incident is declared and not yet over: cadences run."""


def set_promise(incident: Incident, audience: Audience, due: datetime | None) -> None:
    """Promise an audience the next update by a moment (None: promise nothing), and be reminded then."""
    if audience is Audience.PUBLIC:
        incident.public_update_due_at = incident.public_remind_at = due
    else:
        incident.internal_update_due_at = incident.internal_remind_at = due


async def obligations_of(session: AsyncSession, incident: Incident) -> Obligations | None:
    """What the incident's severity demands, by the version that the incident was given; None without a severity."""
    if incident.severity_version_id is None:
        return None
    version = await session.get_one(SeverityVersion, incident.severity_version_id)
    return version.obligations


def owes(incident: Incident, audience: Audience) -> bool:
    """Whether the incident, as it stands, owes an audience regular updates."""
    if incident.stage not in RESPONDING or incident.kind is IncidentKind.BACKFILLED:
        return False
    if audience is Audience.INTERNAL:
        return True
    return incident.kind is IncidentKind.REAL and incident.visibility is Visibility.ORGANISATION


def cadence_due(
    incident: Incident, obligations: Obligations | None, audience: Audience, now: datetime
) -> datetime | None:
    """When the next update for an audience is due if the cadence begins anew at `now`; None if none is owed."""
    minutes = obligations.cadence_minutes(audience) if obligations is not None else None
    return now + timedelta(minutes=minutes) if minutes is not None and owes(incident, audience) else None


def owe_updates(incident: Incident, obligations: Obligations | None, now: datetime) -> None:
    """Begin the cadences: on declaration, on reopening, when an incident becomes visible. A standing promise stays."""
    for audience in Audience:
        if incident.next_update_due_at(audience) is None:
            set_promise(incident, audience, cadence_due(incident, obligations, audience, now))


async def change_cadence(
    session: AsyncSession, incident: Incident, obligations: Obligations, now: datetime, *, raised: bool
) -> None:
    """Let the promises follow a change of severity.

    One that was spoken in an update may be brought forward, not put off. One that only the old cadence made is made
    anew, counted from `now`: brought forward by a raise, put off or dropped by a lower severity; once missed it stays
    missed for as long as an update is owed at all. Customers who read that it is over are promised nothing anew.
    """
    spoken = set(
        await session.scalars(
            select(Update.audience).where(Update.incident_id == incident.id, Update.withdrawn_at.is_(None))
        )
    )
    for audience in Audience:
        old, new = incident.next_update_due_at(audience), cadence_due(incident, obligations, audience, now)
        if audience is Audience.PUBLIC and old is None and incident.public_status is PublicStatus.RESOLVED:
            continue
        due = new
        if old is not None and new is not None and (raised or old <= now or audience in spoken):
            due = min(old, new)
        elif audience in spoken and old is not None:
            due = old
        if due != old:
            set_promise(incident, audience, due)


def end_promises(incident: Incident, now: datetime) -> None:
    """Let the promises end with the open stages.

    Colleagues are owed no more. Customers who read that something is wrong are owed the final word: that promise
    stays, and its reminder comes with the promised moment or after 15 minutes, whichever is sooner.
    """
    set_promise(incident, Audience.INTERNAL, None)
    if not incident.public_thread_open:
        set_promise(incident, Audience.PUBLIC, None)
        return
    due = incident.public_update_due_at
    latest = now + FINAL_UPDATE_GRACE
    incident.public_remind_at = due if due is not None and now < due < latest else latest


def end_obligations(incident: Incident, now: datetime) -> None:
    """Nothing is owed by the clock once an incident left the open stages, save the final word to customers."""
    end_promises(incident, now)
    incident.roles_due_at = None
