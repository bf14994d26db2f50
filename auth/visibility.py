"""Which incidents an actor may see. Every select that is bound to incidents starts here (DESIGN §7, "Privacy")."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, false, func, literal, literal_column, or_, select, true
from sqlalchemy.orm import aliased

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

PRIVATE: ColumnElement[str] = literal_column(f"'{Visibility.PRIVATE}'")
"""Written out, so that the planner can tell that the index of private incidents serves."""

REMEMBERED = 1024
"""Actors whose conditions are kept: building one anew costs more than running it, and an actor is a value."""


def visible_to(actor: Actor, incident: Any = Incident) -> ColumnElement[bool]:
    """The condition on incidents (or an alias of them) that holds for those that the actor may see.

    Private ones are for their members alone; an access role opens none of them, not even ADMIN, but single admins have
    the explicit right (Permission.SEE_PRIVATE). One that was merged is for the members of the incident that it went on
    as. Muster itself (SYSTEM) sees all.
    """
    return _incidents(actor) if incident is Incident else _visible(actor, incident)


def _visible(actor: Actor, incident: Any) -> ColumnElement[bool]:
    if not may(actor, Permission.READ):
        return false()
    if sees_all(actor):
        return true()
    open_to_all: ColumnElement[bool] = incident.visibility == Visibility.ORGANISATION
    member = _member(actor, incident)
    return open_to_all if member is None else or_(open_to_all, member)


def visible_of_all(actor: Actor) -> ColumnElement[bool]:
    """The condition of `visible_to`, for statements that go through all incidents of a time.

    Which private ones the actor is a member of is looked up once, and not for one incident after another.
    """
    if not may(actor, Permission.READ):
        return false()
    if sees_all(actor):
        return true()
    open_to_all: ColumnElement[bool] = Incident.visibility == Visibility.ORGANISATION
    membership = _membership(actor)
    if membership is None:
        return open_to_all
    own = aliased(Incident)
    head = func.coalesce(own.merged_into_id, own.id)
    theirs = select(own.id).where(
        own.visibility == PRIVATE, head.in_(select(IncidentMember.incident_id).where(membership))
    )
    return or_(open_to_all, Incident.id == any_(func.array(theirs.scalar_subquery())))


def sees_all(actor: Actor) -> bool:
    """Whether no incident is hidden from the actor."""
    return actor.kind is ActorKind.SYSTEM or may(actor, Permission.SEE_PRIVATE)


def _member(actor: Actor, incident: Any) -> ColumnElement[bool] | None:
    """Whether an actor is a member of an incident, or of the one that it went on as; None if they never are of any."""
    member = _membership(actor)
    if member is None:
        return None
    head = func.coalesce(incident.merged_into_id, incident.id)
    return exists(select(1).where(IncidentMember.incident_id == head, member).offset(ONE_BY_ONE))


def _membership(actor: Actor) -> ColumnElement[bool] | None:
    """The condition on memberships that holds for an actor's own; None if they never have one."""
    kind, key = actor.listed_as
    if kind is ActorKind.USER and key is not None:
        return IncidentMember.user_id == literal(key)
    if kind is ActorKind.SERVICE_ACCOUNT and key is not None:
        return IncidentMember.service_account_id == literal(key)
    return None


@lru_cache(REMEMBERED)
def _incidents(actor: Actor) -> ColumnElement[bool]:
    return _visible(actor, Incident)


def _hidden(actor: Actor, incident_id: Any) -> ColumnElement[bool]:
    """Whether an id points to an incident that the actor may not see.

    Asked of the private ones alone, of which there are few: their index (ix_incident_private) stays small however many
    incidents there are.
    """
    member = _member(actor, Incident)
    private = select(1).where(Incident.id == incident_id, Incident.visibility == PRIVATE)
    return exists((private if member is None else private.where(~member)).offset(ONE_BY_ONE))


@lru_cache(REMEMBERED)
def visible_alerts(actor: Actor) -> ColumnElement[bool]:
    """The condition on alerts: an alert of a private incident is as private as the incident."""
    if not may(actor, Permission.READ):
        return false()
    return true() if sees_all(actor) else ~_hidden(actor, Alert.incident_id)


@lru_cache(REMEMBERED)
def visible_action_items(actor: Actor) -> ColumnElement[bool]:
    """The condition on action items: one of a private incident is as private as the incident."""
    if not may(actor, Permission.READ):
        return false()
    return true() if sees_all(actor) else ~_hidden(actor, ActionItem.incident_id)


@lru_cache(REMEMBERED)
def visible_events(actor: Actor) -> ColumnElement[bool]:
    """The condition on events, by today's visibility of their incident; settings events are for auditors."""
    if actor.kind is ActorKind.SYSTEM:
        return true()
    if not may(actor, Permission.READ):
        return false()
    of_incident = true() if sees_all(actor) else ~_hidden(actor, Event.incident_id)
    if may(actor, Permission.AUDIT):
        return of_incident
    return and_(or_(Event.incident_id.is_not(None), Event.visibility == Visibility.ORGANISATION), of_incident)
