"""Declaring an incident: the severity is set, its obligations begin, roles are given out (DESIGN §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed_families
from actions.edits import set_given
from actions.find import find_services, find_severity
from actions.members import add_members, ensure_member, find_people
from actions.opening import add_services, open_incident, service_ids
from actions.outward.paging import acknowledge_pages
from actions.paging.starting import begin_paging
from actions.promises import owe_updates
from actions.record import now, record
from actions.roles import RoleGiven, assign, find_given
from actions.transitions import move, tell
from actions.vacancies import watch_vacancies
from actions.visibility_changes import see_as
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import invalid
from models.chronology import column_of, moment_of
from models.facts.incident import IncidentDeclared, IncidentEdited, TimestampCorrected
from models.incident import Incident
from models.lifecycle import Verb
from models.severity import SeverityVersion
from models.words import IncidentKind, IncidentTimestamp, Stage, Visibility

CORRECTED = "Given when the incident was declared."
"""The reason of a moment that a declaration sets right."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What people call the incident, checked. None and no labels: not given."""

    title: str | None
    public_title: str | None
    summary: str | None
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Times:
    """When things happened, as far as they were given, checked; and when it is declared."""

    impact_started_at: datetime | None
    detected_at: datetime | None
    declared_at: datetime


async def declare_incident(
    session: AsyncSession,
    actor: Actor,
    *,
    severity: str,
    incident: str | None = None,
    title: str | None = None,
    public_title: str | None = None,
    summary: str | None = None,
    services: list[str] | None = None,
    labels: dict[str, Any] | None = None,
    kind: IncidentKind = IncidentKind.REAL,
    visibility: Visibility = Visibility.ORGANISATION,
    members: list[str] | None = None,
    impact_started_at: datetime | None = None,
    detected_at: datetime | None = None,
    declared_at: datetime | None = None,
    roles: Sequence[RoleGiven] | None = None,
) -> Incident:
    """Declare a new incident, or one in DETECTION or TRIAGE: → RESPONSE, with a severity and roles, in one step.

    An existing one keeps its alerts, and its texts where none are given; services, labels and members are added to
    its own. PRIVATE makes it private; ORGANISATION never opens a private one (`changeVisibility` does). The obligations
    of the severity's present version are copied into the event. `declared_at` is for BACKFILLED ones only, which page
    nobody and owe nobody anything; by default it is their `detected_at`. ILLEGAL_TRANSITION from any other stage;
    INVALID_INPUT for moments out of order or in the future.
    """
    require(actor, Permission.REPORT if incident is None else Permission.READ)
    for name, given in (("services", services), ("members", members), ("roles", roles)):
        check.few(given or [], name)
    words = _Words(
        title=check.optional_text(title, "title", limit=check.TITLE),
        public_title=check.optional_text(public_title, "public_title", limit=check.TITLE),
        summary=check.optional_text(summary, "summary", limit=check.BODY),
        labels=check.labels(labels),
    )
    times = _times(kind, impact_started_at, detected_at, declared_at, now(session))
    version = await find_severity(session, severity)
    touched = await find_services(session, services or [])
    people = await find_people(session, members or [])
    handed_out = await find_given(session, roles or [])
    if incident is None:
        before, target = None, await _declare_new(session, actor, words, times, kind, visibility)
    elif kind is IncidentKind.REAL:
        before, target = await _declare_known(session, actor, incident, words, times, visibility)
    else:
        raise invalid(
            "kind", "What was reported is real.", f"Leave `incident` out to declare a new {kind.lower()} one."
        )
    await add_services(session, target, [service.id for service in touched])
    await _begin(session, actor, target, version, before)
    if before is Stage.DETECTION:
        await acknowledge_pages(session, target)
    await add_members(session, actor, target, people)
    for role, user in handed_out:
        await assign(session, actor, target, role, user, at=_then(target))
    begun = target.declared_at or now(session)
    owe_updates(target, version.obligations, begun)
    await watch_vacancies(session, target, version.obligations, begun)
    await begin_paging(session, actor, target, version)
    return target


def _times(
    kind: IncidentKind,
    impact_started_at: datetime | None,
    detected_at: datetime | None,
    declared_at: datetime | None,
    moment: datetime,
) -> _Times:
    """The moments that were given, none in the future; declared now, or, for a backfilled incident, back then."""
    impact = check.past(impact_started_at, "impact_started_at", moment) if impact_started_at else None
    detected = check.past(detected_at, "detected_at", moment) if detected_at else None
    if kind is not IncidentKind.BACKFILLED:
        if declared_at is not None:
            raise invalid("declared_at", "Only a backfilled incident was declared earlier.", "Leave it out.")
        return _Times(impact, detected, moment)
    declared = check.past(declared_at, "declared_at", moment) if declared_at else detected or moment
    if detected is not None and detected > declared:
        raise invalid(
            "detected_at",
            f"It can't be detected at {detected.isoformat()}, after it was declared at {declared.isoformat()}.",
            "Give a detectedAt that is not after declaredAt.",
        )
    return _Times(impact, detected, declared)


async def _declare_new(
    session: AsyncSession, actor: Actor, words: _Words, times: _Times, kind: IncidentKind, visibility: Visibility
) -> Incident:
    """A new incident in RESPONSE: acknowledged when declared (DESIGN §3, "Times")."""
    if words.title is None:
        raise invalid("title", "A new incident needs a title.", "Say in a few words what is wrong.")
    incident = await open_incident(
        session,
        actor,
        title=words.title,
        public_title=words.public_title,
        summary=words.summary,
        labels=words.labels,
        stage=Stage.RESPONSE,
        kind=kind,
        visibility=visibility,
        detected_at=times.detected_at or times.declared_at,
    )
    incident.impact_started_at = times.impact_started_at
    incident.acknowledged_at = incident.declared_at = times.declared_at
    return incident


async def _declare_known(
    session: AsyncSession, actor: Actor, reference: str, words: _Words, times: _Times, visibility: Visibility
) -> tuple[Stage, Incident]:
    """An incident that was reported, and the stage that it was in; whoever declares it becomes a member."""
    heads, merged = await find_allowed_families(session, actor, Act.DECLARE_INCIDENT, {"incident": reference})
    incident = heads["incident"]
    before = move(incident, Verb.DECLARE, Stage.RESPONSE)
    await ensure_member(session, incident, actor)
    if visibility is Visibility.PRIVATE:
        await see_as(session, actor, [incident, *merged], visibility, "It was declared private.")
    _rename(session, actor, incident, words)
    _detect(session, actor, incident, times)
    incident.acknowledged_at = incident.acknowledged_at or max(times.declared_at, incident.detected_at)
    incident.declared_at = max(times.declared_at, incident.acknowledged_at)
    return before, incident


def _rename(session: AsyncSession, actor: Actor, incident: Incident, words: _Words) -> None:
    """Take the words that were given; an event keeps those that they replace."""
    texts = {"title": words.title, "public_title": words.public_title, "summary": words.summary}
    labels = check.labels({**incident.labels, **words.labels})
    given = {name: value for name, value in texts.items() if value is not None}
    before, after = set_given(incident, {**given, "labels": labels})
    if after:
        record(session, actor, IncidentEdited(before=before, after=after), incident=incident)


def _detect(session: AsyncSession, actor: Actor, incident: Incident, times: _Times) -> None:
    """Set right when a reported incident was detected and its impact began, where given; events keep what was said."""
    detected_at = times.detected_at
    if detected_at is not None and incident.acknowledged_at is not None and detected_at > incident.acknowledged_at:
        raise invalid(
            "detected_at",
            f"It can't be detected at {detected_at.isoformat()}: it was acknowledged at"
            f" {incident.acknowledged_at.isoformat()}.",
            "Give an earlier moment, or leave it out.",
        )
    given = {IncidentTimestamp.IMPACT_STARTED: times.impact_started_at, IncidentTimestamp.DETECTED: detected_at}
    for timestamp, moment in given.items():
        before = moment_of(incident, timestamp)
        if moment is None or moment == before:
            continue
        setattr(incident, column_of(timestamp), moment)
        if before is not None:
            fact = TimestampCorrected(
                timestamp=timestamp, before=before.isoformat(), after=moment.isoformat(), reason=CORRECTED
            )
            record(session, actor, fact, incident=incident)


async def _begin(
    session: AsyncSession, actor: Actor, incident: Incident, version: SeverityVersion, before: Stage | None
) -> None:
    """Set the severity and record the declaration, with the obligations as they are today."""
    incident.severity_version_id = version.id
    fact = IncidentDeclared(
        title=incident.title,
        from_stage=before,
        severity_id=version.severity_id,
        severity_name=version.name,
        severity_version_id=version.id,
        obligations=version.obligations.as_data(),
        service_ids=await service_ids(session, incident),
    )
    tell(session, incident, record(session, actor, fact, incident=incident, occurred_at=_then(incident)))


def _then(incident: Incident) -> datetime | None:
    """When what is written down of a backfilled incident's declaration happened; None (now) for the others."""
    return incident.declared_at if incident.kind is IncidentKind.BACKFILLED else None
