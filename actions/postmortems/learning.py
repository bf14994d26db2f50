"""What the record offers for learning: factors, hypotheses, kept and missed promises, action items.

The rest people write.
"""

from collections.abc import Iterator
from datetime import timedelta

from actions.postmortems.material import Material
from actions.postmortems.paged import answered_late, answered_soon
from actions.postmortems.response import lateness
from actions.postmortems.sections import Draft
from actions.postmortems.story import stamp
from models.response_times import spoken_duration
from models.words import ActorKind, Audience, EntryKind

BROKEN = ("outward.failed", "workflow.step_failed")
REMINDERS = ("reminder.roles_unfilled", "reminder.update_overdue", "reminder.final_update_owed")


def contributing_factors(material: Material) -> Iterator[Draft]:
    """The factors that people chose; then what was changed, and what was thought: where the questions may begin."""
    for factor in material.factors:
        note = f": {factor.note}" if factor.note else "."
        yield Draft("contributing_factors", f"{factor.kind}{note}", (), generated=False)
    for event in material.of_kind("change.linked"):
        title = material.held.unnamed(event.data["title"], event.occurred_at)
        changed = f"Changed at {stamp(event.occurred_at)}: {title} ({event.data['url']})"
        yield Draft("contributing_factors", changed, (event.id,))
    for event in material.of_kind("entry.added"):
        text = material.quoted(event) if event.entry_kind is EntryKind.HYPOTHESIS else None
        if text is not None:
            yield Draft("contributing_factors", f"Hypothesis at {stamp(event.occurred_at)}: {text}", (event.id,))


def what_went_well(material: Material) -> Iterator[Draft]:
    """Promises that were kept, if all of them were."""
    promised = [update for update in material.updates if update.promised_by is not None]
    missed = any(material.of_kind("reminder.update_overdue", "reminder.final_update_owed"))
    if promised and not missed and all(lateness(update) == "on time" for update in promised):
        sources = {key for update in promised for key in material.about("update_id", update.id)}
        several = "Both" if len(promised) == 2 else f"All {len(promised)}"  # noqa: PLR2004
        count = f"{several} promised updates" if len(promised) > 1 else "The promised update"
        yield Draft("what_went_well", f"{count} came on time.", tuple(sorted(sources)))
    yield from _filled(material)
    yield from answered_soon(material)
    yield from _alerted(material)


def _alerted(material: Material) -> Iterator[Draft]:
    """That an alert told of it, and no person had to find out."""
    for event in material.own("incident.reported")[:1]:
        if event.actor_kind is ActorKind.INTEGRATION:
            yield Draft("what_went_well", "An alert told of it before any person had to.", (event.id,))


def _filled(material: Material) -> Iterator[Draft]:
    """Every required role taken within the severity's minutes."""
    severity, declared = material.severity, material.incident.declared_at
    if severity is None or declared is None or not severity.required_role_ids:
        return
    minutes = severity.fill_roles_within_minutes
    if minutes is None:
        return
    in_time = {
        assignment.role_id
        for assignment in material.assignments
        if assignment.incident_id == material.incident.id
        and assignment.assumed_at <= declared + timedelta(minutes=minutes)
    }
    if set(severity.required_role_ids) <= in_time:
        sources = [event.id for event in material.own("incident.declared", "role.assigned")]
        yield Draft("what_went_well", f"Every required role was filled within {minutes} min.", tuple(sources))


def _filled_late(material: Material) -> Iterator[Draft]:
    """Each required role that was taken later than the severity's minutes allow."""
    severity, declared = material.severity, material.incident.declared_at
    minutes = severity.fill_roles_within_minutes if severity is not None else None
    if severity is None or declared is None or minutes is None:
        return
    for role in severity.required_role_ids:
        own = [a for a in material.assignments if a.role_id == role and a.incident_id == material.incident.id]
        first = min((a.assumed_at for a in own), default=None)
        if first is not None and first > declared + timedelta(minutes=minutes):
            name, waited = material.names.of("role", role), spoken_duration(first - declared)
            text = f"The role {name} was taken {waited} after the declaration, not within {minutes} min."
            sources = [e.id for e in material.own("role.assigned") if e.data.get("role_id") == role][:1]
            yield Draft("what_went_badly", text, tuple(sources))


def what_went_badly(material: Material) -> Iterator[Draft]:
    """Reminders that had to be sent, what failed, pages that waited, and updates and roles that came late."""
    for event in material.of_kind(*REMINDERS, *BROKEN):
        if event.id in material.sentences:
            text = f"{stamp(event.occurred_at)} — {material.sentences[event.id]}"
            yield Draft("what_went_badly", text, (event.id,))
    yield from answered_late(material)
    yield from _filled_late(material)
    for update in material.updates:
        late = lateness(update)
        if late.endswith("late"):
            which = "public" if update.audience is Audience.PUBLIC else "internal"
            sources = tuple(sorted(material.about("update_id", update.id)))
            text = f"The {which} update of {stamp(update.published_at)} came {late}."
            yield Draft("what_went_badly", text, sources)


def action_items(material: Material) -> Iterator[Draft]:
    """What teams owe. Teams, not people: an item belongs to a team (PRACTICE)."""
    for item in material.action_items:
        due = f", due on {item.due_on}" if item.due_on is not None else ""
        state = item.state.lower().replace("_", " ")
        text = f"{item.title} — {material.names.of('team', item.owner_id)}, priority {item.priority}, {state}{due}."
        yield Draft("action_items", text, tuple(sorted(material.about("action_item_id", item.id))))
