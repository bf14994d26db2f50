"""The first stages: something was noticed (DETECTION), and somebody judges it (TRIAGE)."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_services
from actions.members import add_members, find_people
from actions.opening import open_incident
from actions.outward.paging import acknowledge_pages
from actions.paging.answering import answer_runs
from actions.record import now, record
from actions.transitions import move
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from models.facts.incident import IncidentAcknowledged, IncidentReported
from models.incident import Incident
from models.lifecycle import Verb
from models.paging.words import TakenBy
from models.words import Stage, Visibility


async def report_incident(
    session: AsyncSession,
    actor: Actor,
    *,
    title: str,
    summary: str | None = None,
    services: list[str] | None = None,
    labels: dict[str, Any] | None = None,
    detected_at: datetime | None = None,
    impact_started_at: datetime | None = None,
    visibility: Visibility = Visibility.ORGANISATION,
    members: list[str] | None = None,
) -> Incident:
    """Report that something seems wrong: a new incident in DETECTION, without a severity.

    `detected_at` is when it was noticed, by default now; `impact_started_at` since when it hurts, if that is known.
    `members` see the incident while it is private, besides its
    reporter. INVALID_INPUT for a moment in the future, an archived person or service.
    """
    require(actor, Permission.REPORT)
    checked_title = check.text(title, "title", limit=check.TITLE)
    checked_summary = check.optional_text(summary, "summary", limit=check.BODY)
    checked_labels = check.labels(labels)
    check.few(services or [], "services")
    check.few(members or [], "members")
    moment = now(session)
    detected = check.past(detected_at, "detected_at", moment) if detected_at else moment
    impact = check.past(impact_started_at, "impact_started_at", moment) if impact_started_at else None
    found = await find_services(session, services or [])
    people = await find_people(session, members or [])
    incident = await open_incident(
        session,
        actor,
        title=checked_title,
        summary=checked_summary,
        labels=checked_labels,
        services=found,
        stage=Stage.DETECTION,
        visibility=visibility,
        detected_at=detected,
    )
    incident.impact_started_at = impact
    fact = IncidentReported(title=checked_title, service_ids=[service.id for service in found])
    record(session, actor, fact, incident=incident)
    await add_members(session, actor, incident, people)
    return incident


async def acknowledge_incident(
    session: AsyncSession, actor: Actor, *, incident: str, expected_version: int | None = None
) -> Incident:
    """Take a report and begin to judge it: DETECTION → TRIAGE. MTTA ends here (DESIGN §3, "Times").

    Whoever was paged for it learns at the pager that somebody has it. VERSION_CONFLICT.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ACKNOWLEDGE_INCIDENT, incident)
    check.expected_version(expected_version, target.version, "incident")
    before = move(target, Verb.ACKNOWLEDGE, Stage.TRIAGE)
    target.acknowledged_at = max(now(session), target.detected_at)
    record(session, actor, IncidentAcknowledged(from_stage=before), incident=target)
    await answer_runs(session, actor, target, TakenBy.HERE)
    await acknowledge_pages(session, target)
    return target
