"""Which incidents an actor may see. Every select that is bound to incidents starts here (DESIGN §7, "Privacy")."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, literal_column, or_, select, true

from auth.actor import Actor
from auth.permission import Permission, may
from models.alert import Alert
from models.event import Event
from models.incident import Incident, IncidentMember
from models.postmortem import ActionItem
from models.words import ActorKind, Visibility

ONE_BY_ONE: ColumnElement[int] = literal_column("0")
"""The offset of a condition that is asked of one row after another.

With it PostgreSQL looks each row up by an index. Without it, it may read all that the actor can see into a hash first:
it takes the condition to be asked of every row of the table, however few the page has.
"""

REMEMBERED = 1024
"""Actors whose conditions are kept: building one anew costs more than running it, and an actor is a value."""


def visible_to(actor: Actor, incident: Any = Incident) -> ColumnElement[bool]:
    """The condition on incidents (or an alias of them) that holds for those that the actor may see.

    Private ones are for their members alone; an access role opens none of them, not even ADMIN. One that was merged is
    for the members of the incident that it went on as. Muster itself (SYSTEM) sees all.
    """
    return _incidents(actor) if incident is Incident else _visible(actor, incident)


def _visible(actor: Actor, incident: Any) -> ColumnElement[bool]:
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if not may(actor, Permission.READ):
        return false()
    open_to_all: ColumnElement[bool] = incident.visibility == Visibility.ORGANISATION
    member = (
        IncidentMember.user_id == literal(actor.user_id)
        if actor.user_id is not None
        else IncidentMember.service_account_id == literal(actor.service_account_id)
        if actor.service_account_id is not None
        else None
    )
    if member is None:
        return open_to_all
    head = func.coalesce(incident.merged_into_id, incident.id)
    return or_(open_to_all, exists(select(1).where(IncidentMember.incident_id == head, member).offset(ONE_BY_ONE)))


@lru_cache(REMEMBERED)
def _incidents(actor: Actor) -> ColumnElement[bool]:
    return _visible(actor, Incident)


def _hidden(actor: Actor, incident_id: Any) -> ColumnElement[bool]:
    """Whether an id points to an incident that the actor may not see."""
    return and_(incident_id.is_not(None), ~_in_sight(actor, incident_id))


def _in_sight(actor: Actor, incident_id: Any) -> ColumnElement[bool]:
    """Whether an id points to an incident that the actor may see."""
    return exists(select(1).where(Incident.id == incident_id, visible_to(actor, Incident)).offset(ONE_BY_ONE))


@lru_cache(REMEMBERED)
def visible_alerts(actor: Actor) -> ColumnElement[bool]:
    """The condition on alerts: an alert of a private incident is as private as the incident."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    return ~_hidden(actor, Alert.incident_id) if may(actor, Permission.READ) else false()


@lru_cache(REMEMBERED)
def visible_action_items(actor: Actor) -> ColumnElement[bool]:
    """The condition on action items: one of a private incident is as private as the incident."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    return ~_hidden(actor, ActionItem.incident_id) if may(actor, Permission.READ) else false()


@lru_cache(REMEMBERED)
def visible_events(actor: Actor) -> ColumnElement[bool]:
    """The condition on events, by today's visibility of their incident; settings events are for auditors."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if not may(actor, Permission.READ):
        return false()
    without_incident = and_(
        Event.incident_id.is_(None),
        true() if may(actor, Permission.AUDIT) else Event.visibility == Visibility.ORGANISATION,
    )
    return or_(without_incident, _in_sight(actor, Event.incident_id))
