"""How it went, phase by phase: detection, response, mitigation, resolution."""

from collections import Counter
from collections.abc import Iterable, Iterator

from actions.postmortems.material import Material
from actions.postmortems.sections import Draft
from actions.postmortems.story import stamp
from models.event import Event
from models.response_times import spoken_duration
from models.words import ActorKind, Audience, EntryKind, IncidentTimestamp, OutwardVerb, Stage, TaskState

OPENED = {
    OutwardVerb.OPEN_CHANNEL: "A channel",
    OutwardVerb.OPEN_BRIDGE: "A call",
    OutwardVerb.OPEN_TICKET: "A ticket",
    OutwardVerb.ANNOUNCE: "An announcement",
}


def _draft(section: str, text: str, sources: Iterable[int]) -> Draft:
    return Draft(section, text, tuple(sorted(set(sources))))


def detection(material: Material) -> Iterator[Draft]:
    """Who or what noticed it, and how long after it began."""
    incident = material.incident
    begun = (material.own("incident.reported") or material.own("incident.declared"))[:1]
    for event in begun:
        noticed = (
            "by an alert source" if event.actor_kind is ActorKind.INTEGRATION else f"by {material.actor_of(event)}"
        )
        yield _draft("detection", f"{stamp(event.occurred_at)} — reported {noticed}.", [event.id])
    first = material.alerts[0] if material.alerts else None
    if first is not None:
        source = material.names.of("source", first.source_id)
        text = f"{stamp(first.starts_at)} — the first alert: “{first.title}” from {source}."
        yield _draft("detection", text, material.about("alert_id", first.id))
    elif begun:
        text = "No alert is linked to the incident."
        yield _draft("detection", text, [begun[0].id])
    since = incident.impact_started_at
    if since is not None and incident.detected_at >= since:
        lasted = spoken_duration(incident.detected_at - since)
        sources = material.sources_of(IncidentTimestamp.IMPACT_STARTED) + material.sources_of(
            IncidentTimestamp.DETECTED
        )
        yield _draft("detection", f"From the start of the impact to its detection: {lasted}.", sources)


def response(material: Material) -> Iterator[Draft]:
    """Who took it, what was opened, what ran, what was done, and how much was said."""
    yield from _taken(material)
    yield from _opened(material)
    for event in material.of_kind("runbook.opened"):
        name = material.names.of("runbook", event.data.get("runbook_id"))
        text = f"{stamp(event.occurred_at)} — worked by the runbook “{name}”, version {event.data.get('version')}."
        yield _draft("response", text, [event.id])
    yield from _ran(material)
    yield from _tasks(material)
    yield from _decided(material)
    yield from _informed(material)
    yield from _talked(material)


def _taken(material: Material) -> Iterator[Draft]:
    incident = material.incident
    for event in material.own("incident.acknowledged")[:1]:
        if incident.acknowledged_at is not None:
            lasted = spoken_duration(incident.acknowledged_at - incident.detected_at)
            yield _draft(
                "response", f"{stamp(incident.acknowledged_at)} — taken, {lasted} after its detection.", [event.id]
            )
    for event in material.own("incident.severity_changed"):
        text = material.sentences.get(event.id)
        if text is not None:
            yield _draft("response", f"{stamp(event.occurred_at)} — {text}", [event.id])


def _opened(material: Material) -> Iterator[Draft]:
    for event in material.of_kind("outward.done"):
        what = OPENED.get(event.data["verb"])
        if what is not None:
            vendor, url = material.names.of("integration", event.data.get("integration_id")), event.data.get("url")
            where = f": {url}" if url else "."
            yield _draft("response", f"{stamp(event.occurred_at)} — {what} in {vendor}{where}", [event.id])


def _ran(material: Material) -> Iterator[Draft]:
    """Workflows, each counted by how its runs ended."""
    ended: dict[int, list[Event]] = {}
    for event in material.of_kind("workflow.ended", "workflow.started"):
        ended.setdefault(event.data["workflow_id"], []).append(event)
    for workflow, events in ended.items():
        states = Counter(str(e.data["state"]).lower() for e in events if e.kind == "workflow.ended")
        how = ", ".join(f"{count} x {state}" for state, count in states.items()) or "not ended"
        name = material.names.of("workflow", workflow)
        yield _draft("response", f"The workflow “{name}” ran: {how}.", [event.id for event in events])


def _tasks(material: Material) -> Iterator[Draft]:
    if material.tasks:
        states = Counter(task.state for task in material.tasks)
        how = ", ".join(f"{states[state]} {state.lower()}" for state in TaskState if states[state])
        sources = [e.id for e in material.of_kind("task.added", "task.completed", "task.dropped")]
        yield _draft("response", f"Tasks: {len(material.tasks)}, of them {how}.", sources)


def _decided(material: Material) -> Iterator[Draft]:
    entries = [event for event in material.of_kind("entry.added") if event.entry_kind is not None]
    if entries:
        counted = Counter(event.entry_kind for event in entries)
        what = ", ".join(f"{counted[kind]} x {kind.lower()}" for kind in EntryKind if counted[kind])
        yield _draft("response", f"Written on the timeline: {what}.", [event.id for event in entries])


def _informed(material: Material) -> Iterator[Draft]:
    counted = Counter(update.audience for update in material.updates)
    if counted:
        text = f"Updates: {counted[Audience.INTERNAL]} internal, {counted[Audience.PUBLIC]} public."
        yield _draft("response", text, [event.id for event in material.of_kind("update.published")])


def _talked(material: Material) -> Iterator[Draft]:
    """How much was written in the channel; what of it was put on the timeline is told there."""
    said = material.said
    if not said.messages:
        return
    marked = [e for e in material.of_kind("entry.added") if isinstance(e.data.get("chat_message_id"), int)]
    opened = [e for e in material.of_kind("outward.done") if e.data.get("verb") == OutwardVerb.OPEN_CHANNEL]
    most = f" Most was written from {said.busiest}." if said.busiest else ""
    people = "one person" if said.people == 1 else f"{said.people} people"
    text = f"In the channel, {people} wrote {said.messages} messages; {len(marked)} were put on the timeline.{most}"
    sources = [event.id for event in (*opened, *marked)] or material.sources_of(IncidentTimestamp.DETECTED)
    messages = tuple(e.data["chat_message_id"] for e in marked)
    yield Draft("response", text, tuple(sorted(set(sources))), message_ids=messages)


def mitigation(material: Material) -> Iterator[Draft]:
    """When and how the impact stopped, and what was done last before it."""
    steps = [e for e in material.own("incident.stage_changed") if e.data.get("to_stage") == Stage.MITIGATION]
    for event in steps:
        said = material.sentences.get(event.id)
        if said is not None:
            yield _draft("mitigation", f"{stamp(event.occurred_at)} — {said}", [event.id])
    stopped = material.incident.mitigated_at
    acted = [e for e in material.of_kind("entry.added") if e.entry_kind is EntryKind.ACTION]
    before = [e for e in acted if stopped is not None and e.occurred_at <= stopped and e.id in material.texts]
    for event in before[-1:]:
        text = f"The last action before: {material.quoted(event)}"
        yield _draft("mitigation", text, [event.id])


def resolution(material: Material) -> Iterator[Draft]:
    """When the lasting fix was verified, each time that it was, and each time that it came back."""
    ends = (Stage.RESOLUTION, Stage.POSTMORTEM, Stage.CLOSED)
    for event in sorted(
        material.own("incident.stage_changed", "incident.reopened"), key=lambda e: (e.occurred_at, e.id)
    ):
        if event.kind == "incident.reopened" or event.data.get("to_stage") in ends:
            said = material.sentences.get(event.id)
            if said is not None:
                yield _draft("resolution", f"{stamp(event.occurred_at)} — {said}", [event.id])
    reopened = material.own("incident.reopened")
    if len(reopened) > 1:
        yield _draft("resolution", f"It was reopened {len(reopened)} times.", [event.id for event in reopened])
