"""Reading what a postmortem is made of, in one snapshot."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, literal_column, or_, select, text
from sqlalchemy.sql import ColumnElement

from actions.narrate import names_of, sentences, texts_of
from actions.postmortems.folding import told_events
from actions.postmortems.material import Factor, Material, Said
from actions.postmortems.roles_held import named_in, roles_held
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Reader
from core.errors import not_found
from models.alert import Alert
from models.chat import ChatMessage
from models.event import Event, Pin
from models.incident import Incident, IncidentMember, IncidentService
from models.learning import ContributingFactor, FactorKind
from models.metric import MetricSnapshot
from models.organisation import Organisation
from models.person import User
from models.postmortem import ActionItem, Postmortem
from models.role import RoleAssignment
from models.severity import SeverityVersion
from models.task import Task
from models.update import Update, UpdateComponent
from models.words import ActorKind, EntryKind, Visibility

QUOTED = frozenset(
    {
        *("incident.stage_changed", "incident.reopened", "incident.absorbed", "incident.severity_changed"),
        *("reminder.roles_unfilled", "reminder.update_overdue", "reminder.final_update_owed"),
        *("outward.failed", "workflow.step_failed", "incident.acknowledged"),
    }
)
"""Kinds whose sentences stand in other sections than the timeline, too."""

MOST_QUOTED = 300
"""Of each kind; a section would say no more of them (actions.postmortems.assembly)."""

TEN_MINUTES: ColumnElement[Any] = literal_column("interval '10 minutes'")
EPOCH: ColumnElement[Any] = literal_column("timestamptz 'epoch'")

FEW = 30
"""Messages below which no ten minutes stand out."""


def _timeline(incident: Incident) -> ColumnElement[bool]:
    """The incidents whose timelines this one shows. One merged into it and made private since stays out."""
    merged = Incident.merged_into_id == incident.id
    if not incident.private:
        merged = and_(merged, Incident.visibility == Visibility.ORGANISATION)
    return and_(visible_to(SYSTEM), or_(Incident.id == incident.id, merged))


async def read_material(reader: Reader, incident_id: int) -> Material:
    """The record of an incident, read as Muster itself. NOT_FOUND if there is no such incident."""
    incident = await reader.row(Incident, select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise not_found("incident", "incident", incident_id)
    family = [row.id for row in await reader.execute(select(Incident.id).where(_timeline(incident)))]

    async def of(model: type[Any], *order: Any) -> list[Any]:
        return await reader.rows(model, select(model).where(model.incident_id.in_(family)).order_by(*order))

    events = await reader.rows(
        Event,
        select(Event)
        .where(Event.incident_id.in_(family), Event.number.is_not(None), Event.kind.not_like("postmortem.%"))
        .order_by(Event.occurred_at, Event.id),
    )
    severity = await reader.row(
        SeverityVersion, select(SeverityVersion).where(SeverityVersion.id == incident.severity_version_id)
    )
    assignments = await of(RoleAssignment, RoleAssignment.assumed_at, RoleAssignment.id)
    alerts = await of(Alert, Alert.starts_at, Alert.id)
    updates = await of(Update, Update.published_at, Update.id)
    action_items = await of(ActionItem, ActionItem.priority, ActionItem.id)
    spoken = [update.id for update in updates if update.withdrawn_at is None]
    claims = await reader.rows(UpdateComponent, select(UpdateComponent).where(UpdateComponent.update_id.in_(spoken)))
    service_rows = await reader.execute(
        select(IncidentService.service_id).where(IncidentService.incident_id == incident.id)
    )
    service_ids = sorted(row.service_id for row in service_rows)
    metrics = await reader.rows(
        MetricSnapshot,
        select(MetricSnapshot).where(MetricSnapshot.incident_id == incident.id).order_by(MetricSnapshot.id),
    )
    people = await _people(reader, family, events, assignments)
    required = severity.required_role_ids if severity is not None else []
    pointed = {
        "role": (*required, *(each.role_id for each in assignments)),
        "user": people,
        "service": (*service_ids, *(each.service_id for each in metrics)),
        "component": [claim.component_id for claim in claims],
        "source": [alert.source_id for alert in alerts],
        "team": [item.owner_id for item in action_items],
    }
    nouns = {(noun, key) for noun, keys in pointed.items() for key in keys}
    names = await names_of(reader, nouns | _pointed(events))
    blameless = await reader.scalar(select(Organisation.blameless))
    known = {key: name for key in people if (name := names.known.get(("user", key)))}
    held = roles_held(assignments, names, known, blameless=blameless is not False)
    pinned = await reader.execute(
        select(Pin.event_id).join(Event, Event.id == Pin.event_id).where(Event.incident_id.in_(family))
    )
    told = told_events(events, frozenset(row.event_id for row in pinned))
    quoted = _quoted(events, told)
    said = await sentences(reader, quoted, called=held.called if held.blameless else None)
    texts = await texts_of(reader, quoted)
    if held.blameless:
        words = [incident.title, incident.summary or "", *said, *texts.values(), *(update.body for update in updates)]
        others = named_in(words, await _colleagues(reader, known))
        held = roles_held(assignments, names, known, others, blameless=True)
    return Material(
        incident=incident,
        severity=severity,
        events=events,
        told=told,
        sentences={e.id: held.unnamed(each, e.occurred_at) for e, each in zip(quoted, said, strict=True)},
        texts=texts,
        names=names,
        held=held,
        assignments=assignments,
        service_ids=service_ids,
        alerts=alerts,
        updates=updates,
        claims=claims,
        tasks=await of(Task, Task.id),
        action_items=action_items,
        metrics=metrics,
        factors=await _factors(reader, incident),
        said=await _said(reader, family),
    )


def _quoted(events: Sequence[Event], told: frozenset[int]) -> list[Event]:
    """The events whose words some section needs."""
    counted: dict[str, int] = {}
    found = []
    for event in events:
        kind = event.kind if event.kind in QUOTED else str(event.entry_kind or "")
        if kind in QUOTED or kind in (EntryKind.HYPOTHESIS, EntryKind.ACTION):
            counted[kind] = counted.get(kind, 0) + 1
        if event.id in told or 0 < counted.get(kind, 0) <= MOST_QUOTED:
            found.append(event)
    return found


def _pointed(events: Sequence[Event]) -> set[tuple[str, int]]:
    """What the facts of these events point to and sections name."""
    fields = ("integration", "runbook", "workflow")
    found = ((noun, event.data.get(f"{noun}_id")) for event in events for noun in fields)
    return {(noun, key) for noun, key in found if isinstance(key, int)}


async def _people(
    reader: Reader, family: list[int], events: Sequence[Event], assignments: Sequence[RoleAssignment]
) -> set[int]:
    """Who had to do with an incident."""
    members = await reader.execute(select(IncidentMember.user_id).where(IncidentMember.incident_id.in_(family)))
    found = {row.user_id for row in members} | {assignment.user_id for assignment in assignments}
    for event in events:
        if event.actor_kind is ActorKind.USER:
            found.add(event.actor_id)
        found |= {event.data.get(name) for name in ("user_id", "previous_user_id", "marked_by_user_id")}
    return {key for key in found if isinstance(key, int)}


async def _colleagues(reader: Reader, known: Mapping[int, str]) -> list[str]:
    """The names of all others."""
    return [row.name for row in await reader.execute(select(User.id, User.name)) if row.id not in known]


async def _factors(reader: Reader, incident: Incident) -> list[Factor]:
    rows = await reader.execute(
        select(FactorKind.name, ContributingFactor.note)
        .join(FactorKind, FactorKind.id == ContributingFactor.kind_id)
        .join(Postmortem, Postmortem.id == ContributingFactor.postmortem_id)
        .where(Postmortem.incident_id == incident.id)
        .order_by(ContributingFactor.position)
    )
    return [Factor(row.name, row.note) for row in rows]


async def _said(reader: Reader, family: list[int]) -> Said:
    """How much was written, counted where it lies: there may be 50,000 messages."""
    own = ChatMessage.incident_id.in_(family), ChatMessage.deleted_at.is_(None), ~ChatMessage.bot
    ten = func.date_bin(TEN_MINUTES, ChatMessage.posted_at, EPOCH)
    counted = (await reader.execute(select(func.count(), func.count(ChatMessage.author.distinct())).where(*own)))[0]
    busiest = None
    if counted[0] >= FEW:
        most = select(ten.label("since"), func.count().label("n")).where(*own).group_by("since")
        top = (await reader.execute(most.order_by(text("n desc"), text("since")).limit(1)))[0]
        busiest = f"{top.since:%Y-%m-%d %H:%M} UTC, {top.n} of them in ten minutes"
    return Said(counted[0], counted[1], busiest)
