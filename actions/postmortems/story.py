"""What happened: summary, impact, timeline. Roles instead of people throughout (PRACTICE, "blameless")."""

from collections.abc import Iterator
from datetime import datetime

from actions.postmortems.material import Material
from actions.postmortems.sections import Draft
from models.event import Event
from models.facts.base import clock_time
from models.response_times import spoken_duration
from models.words import ComponentStatus, IncidentKind, IncidentTimestamp

QUIET = frozenset(
    {
        "event.pinned",
        "event.unpinned",
        "member.added",
        "member.removed",
        "action_item.added",
        "action_item.changed",
    }
)
"""Kinds that say nothing about the course of the incident."""


def stamp(moment: datetime) -> str:
    """A moment at the head of a line: `2026-11-24 03:38 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _draft(section: str, text: str, *sources: int) -> Draft:
    return Draft(section, text, tuple(sorted(set(sources))))


def summary(material: Material) -> Iterator[Draft]:
    """What kind of incident it was, from when to when, in the responders' own words, and whether it came back."""
    incident, key = material.incident, "summary"
    began = material.sources_of(IncidentTimestamp.DECLARED) or material.sources_of(IncidentTimestamp.DETECTED)
    graded = [event.id for event in material.own("incident.severity_changed")][-1:]
    noun = "a drill" if incident.kind is IncidentKind.DRILL else "an incident"
    severity = f" of severity {material.severity.name}" if material.severity is not None else ""
    later = ", written down afterwards" if incident.kind is IncidentKind.BACKFILLED else ""
    yield _draft(
        key, f"{incident.reference} “{incident.title}” was {noun}{severity}{later}.", *began, *(graded or began)
    )
    if incident.resolved_at is not None:
        lasted = spoken_duration(incident.resolved_at - incident.detected_at)
        resolved = material.sources_of(IncidentTimestamp.RESOLVED)
        yield _draft(
            key,
            f"It was detected at {clock_time(incident.detected_at)} and resolved at"
            f" {clock_time(incident.resolved_at)}, {lasted} later.",
            *material.sources_of(IncidentTimestamp.DETECTED),
            *resolved,
        )
    if incident.summary is not None:
        edited = [e.id for e in material.own("incident.edited") if "summary" in e.data.get("after", {})]
        yield _draft(key, incident.summary, *(edited[-1:] or began))
    for event in material.own("incident.reopened", "incident.absorbed"):
        yield _draft(key, material.sentences[event.id], event.id)


def impact(material: Material) -> Iterator[Draft]:
    """When it hurt, for how long, which services, and what customers were told of components."""
    incident, key = material.incident, "impact"
    started = material.sources_of(IncidentTimestamp.IMPACT_STARTED)
    since, anchor = incident.impact_started_at, "the start of the impact"
    if since is not None:
        yield _draft(key, f"The impact began at {clock_time(since)}.", *started)
    else:
        since, anchor, started = incident.detected_at, "the detection", material.sources_of(IncidentTimestamp.DETECTED)
    for moment, timestamp, what in (
        (incident.mitigated_at, IncidentTimestamp.MITIGATED, "The impact stopped"),
        (incident.resolved_at, IncidentTimestamp.RESOLVED, "The lasting fix was verified"),
    ):
        if moment is not None and moment >= since:
            lasted = spoken_duration(moment - since)
            text = f"{what} at {clock_time(moment)}, {lasted} after {anchor}."
            yield _draft(key, text, *started, *material.sources_of(timestamp))
    if material.service_ids:
        edits = material.own("incident.edited")
        named = [e.id for e in edits if any(field.startswith("service") for field in e.data.get("after", {}))]
        origin = [e.id for e in material.own("incident.reported", "incident.declared")]
        services = ", ".join(material.names.of("service", key) for key in material.service_ids)
        yield _draft(key, f"Services concerned: {services}.", *(named[-1:] or origin))
    yield from _told(material)


def _told(material: Material) -> Iterator[Draft]:
    """The worst that customers were told of each component."""
    worst: dict[int, ComponentStatus] = {}
    for claim in material.claims:
        present = worst.get(claim.component_id, claim.to_status)
        worst[claim.component_id] = max(present, claim.to_status, key=lambda status: status.rank)
    for component, status in worst.items():
        if status is not ComponentStatus.OPERATIONAL:
            saying = {c.update_id for c in material.claims if c.component_id == component and c.to_status is status}
            sources = [e.id for e in material.of_kind("update.published") if e.data.get("update_id") in saying]
            words = status.lower().replace("_", " ")
            name = material.names.of("component", component)
            yield _draft("impact", f"Customers were told of {name}: {words}.", *sources)


def timeline(material: Material) -> Iterator[Draft]:
    """Everything in the order in which it happened."""
    for event in material.events:
        if event.kind not in QUIET:
            yield _draft("timeline", f"{stamp(event.occurred_at)} — {_line(material, event)}", event.id)


def _line(material: Material, event: Event) -> str:
    role = material.names.of("role", event.data.get("role_id"))
    if event.kind == "role.assigned":
        return f"{role} was handed over." if event.data.get("previous_user_id") else f"{role} was filled."
    if event.kind == "role.relinquished":
        return f"{role} was given up."
    text = material.texts.get(event.id)
    if event.entry_kind is not None and text is not None:
        return f"{event.entry_kind.capitalize()} by {material.actor_of(event)}: {text}"
    return material.sentences[event.id]
