"""How the response went: roles, alerts, updates, response times. People are named with their roles, nowhere else."""

from collections.abc import Iterator
from datetime import timedelta

from actions.postmortems.material import Material
from actions.postmortems.paged import pages
from actions.postmortems.sections import Draft
from actions.postmortems.story import stamp
from models.response_times import response_times, spoken_duration
from models.role import RoleAssignment
from models.update import Update
from models.words import Audience, IncidentKind, IncidentTimestamp


def _draft(section: str, text: str, sources: list[int]) -> Draft:
    return Draft(section, text, tuple(sorted(set(sources))))


def roles(material: Material) -> Iterator[Draft]:
    """Who held which role from when to when, and which required role nobody ever held."""
    for assignment in material.assignments:
        role = material.names.of("role", assignment.role_id)
        user = material.names.of("user", assignment.user_id)
        text = f"{role}: {user}, from {stamp(assignment.assumed_at)}{_until(material, assignment)}."
        yield _draft("roles", text, _role_events(material, assignment))
    required = material.severity.required_role_ids if material.severity is not None else []
    held = {assignment.role_id for assignment in material.assignments}
    demanded = [e.id for e in material.own("incident.declared", "incident.severity_changed")][-1:]
    for role_id in required:
        if role_id not in held:
            yield _draft("roles", f"{material.names.of('role', role_id)}: never filled.", demanded)


def _until(material: Material, assignment: RoleAssignment) -> str:
    if assignment.relinquished_at is None:
        return " to the end"
    handed = [
        event.data["user_id"]
        for event in material.of_kind("role.assigned")
        if event.incident_id == assignment.incident_id
        and event.data.get("role_id") == assignment.role_id
        and event.data.get("previous_user_id") == assignment.user_id
        and event.occurred_at >= assignment.assumed_at
    ]
    until = f" to {stamp(assignment.relinquished_at)}"
    return f"{until}, then handed over to {material.names.of('user', handed[0])}" if handed else until


def _role_events(material: Material, assignment: RoleAssignment) -> list[int]:
    return [
        event.id
        for event in material.of_kind("role.assigned", "role.relinquished")
        if event.incident_id == assignment.incident_id
        and event.data.get("role_id") == assignment.role_id
        and assignment.user_id in (event.data.get("user_id"), event.data.get("previous_user_id"))
    ]


def alerts(material: Material) -> Iterator[Draft]:
    """What the monitors said, and who was paged."""
    for alert in material.alerts:
        source = material.names.of("source", alert.source_id)
        often = f", reported {alert.count} times" if alert.count > 1 else ""
        ended = f"resolved at {stamp(alert.resolved_at)}" if alert.resolved_at is not None else "not resolved"
        text = f"{stamp(alert.starts_at)} — “{alert.title}” from {source}{often}, {ended}."
        yield _draft("alerts", text, material.about("alert_id", alert.id))
    yield from pages(material)


def lateness(update: Update) -> str:
    """Whether an update kept the promise that was open: `on time`, `4 min late`; empty if none was."""
    if update.promised_by is None:
        return ""
    if update.written_at <= update.promised_by:
        return "on time"
    return f"{spoken_duration(update.written_at - update.promised_by)} late"


def updates(material: Material) -> Iterator[Draft]:
    """What was said to whom, and whether it came when it was promised."""
    for update in material.updates:
        audience = "to the public" if update.audience is Audience.PUBLIC else "internal"
        marks = [audience, update.status.lower() if update.status else "", lateness(update)]
        marks += ["edited later" if update.edited_at else "", "withdrawn later" if update.withdrawn_at else ""]
        head = f"{stamp(update.published_at)} — {', '.join(mark for mark in marks if mark)}"
        body = "" if update.withdrawn_at else f": {material.held.unnamed(update.body, update.published_at)}"
        yield _draft("updates", head + body, material.about("update_id", update.id))


def times(material: Material) -> Iterator[Draft]:
    """The response times with their definitions; a missing one says why."""
    key = "response_times"
    passed = bool(material.own("incident.reported"))
    for time in response_times(material.incident, passed_detection=passed):
        definition = time.definition
        value = f"not known, because {time.missing_because}"
        if time.minutes is not None:
            value = spoken_duration(timedelta(minutes=time.minutes))
        sources = material.sources_of(definition.start) + material.sources_of(definition.end)
        yield _draft(key, f"{definition.name} ({definition.key}): {value}. {definition.rule}", sources)
    if material.incident.kind is not IncidentKind.REAL:
        why = "a drill" if material.incident.kind is IncidentKind.DRILL else "written down afterwards"
        sources = material.sources_of(IncidentTimestamp.DECLARED)
        yield _draft(key, f"This incident was {why}: it counts in no average.", sources)
