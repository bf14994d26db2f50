"""What happened: summary, impact, timeline. Roles instead of people throughout (PRACTICE, "blameless")."""

from collections.abc import Iterator
from datetime import datetime

from actions.postmortems.folding import Fold, told_and_folded
from actions.postmortems.material import Material
from actions.postmortems.measured import measured
from actions.postmortems.sections import Draft
from actions.postmortems.told import told
from models.event import Event
from models.facts.base import clock_time
from models.response_times import spoken_duration
from models.words import IncidentKind, IncidentTimestamp


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
    title = material.held.unnamed(incident.title, incident.detected_at)
    yield _draft(key, f"{incident.reference} “{title}” was {noun}{severity}{later}.", *began, *(graded or began))
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
        words = material.held.unnamed(incident.summary, incident.detected_at)
        yield Draft(key, words, tuple(edited[-1:] or began), generated=False)
    for event in material.own("incident.reopened", "incident.absorbed"):
        if event.id in material.sentences:
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
    yield from told(material)
    yield from measured(material)


def timeline(material: Material) -> Iterator[Draft]:
    """Everything in the order in which it happened: key moments one by one, the rest folded where there is much."""
    for each in told_and_folded(material.events, material.told):
        if isinstance(each, Fold):
            yield _folded(each)
        else:
            message = each.data.get("chat_message_id")
            yield Draft(
                "timeline",
                f"{stamp(each.occurred_at)} — {line(material, each)}",
                (each.id,),
                message_ids=(message,) if isinstance(message, int) else (),
            )


def _folded(fold: Fold) -> Draft:
    first, last = stamp(fold.events[0].occurred_at), stamp(fold.events[-1].occurred_at)
    span = first if first == last else f"{first} to {last}"
    text = f"{span} — {len(fold.events)} more, folded: {fold.contents}."
    return Draft("timeline", text, tuple(sorted(event.id for event in fold.events)))


def line(material: Material, event: Event) -> str:
    """What the timeline tells of an event that it tells by itself."""
    role = material.names.of("role", event.data.get("role_id"))
    if material.held.blameless and event.kind == "role.assigned":
        return f"{role} was handed over." if event.data.get("previous_user_id") else f"{role} was filled."
    if material.held.blameless and event.kind == "role.relinquished":
        return f"{role} was given up."
    text = material.quoted(event)
    if event.entry_kind is not None and text is not None:
        return f"{event.entry_kind.capitalize()} by {material.actor_of(event)}: {text}"
    return material.sentences[event.id]
