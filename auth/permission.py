"""What may be done, and by whom: data, in one place. Deny by default; every action begins with `require`.

An access role allows something everywhere. An incident role allows something on its incident (`actions.allowed`), so
that somebody who only reads otherwise can still be the Communications Lead of the day. A credential may be narrower
than its owner (`Actor.limit`), never wider.
"""

from collections.abc import Iterable
from enum import StrEnum

from auth.actor import Actor
from core.errors import DomainError, ErrorCode
from models.words import AccessRole, ActorKind


class Permission(StrEnum):
    """One thing that may be done."""

    READ = "read"
    """See incidents, alerts, people and the catalogue."""
    REPORT = "report"
    """Report and declare incidents."""
    RESPOND = "respond"
    """Work on an incident: entries, tasks, facts."""
    COMMAND = "command"
    """Lead an incident: severity, stage, roles, merging, members, visibility, timestamps."""
    COMMUNICATE = "communicate"
    """Publish, edit and withdraw updates."""
    ALERT = "alert"
    """Acknowledge, resolve and link alerts."""
    ASSIGN = "assign"
    """Claim, release or finish tasks on behalf of someone else."""
    LEARN = "learn"
    """Edit postmortems, add and change action items."""
    PUBLISH_POSTMORTEM = "publish_postmortem"
    """Declare a postmortem finished."""
    CATALOGUE = "catalogue"
    """Keep teams, services and components."""
    MAINTAIN = "maintain"
    """Plan, begin and end maintenance, and tell customers of it."""
    SUBSCRIBERS = "subscribers"
    """See and keep the subscribers of the status page: their addresses are personal data."""
    ADMINISTER = "administer"
    """Keep roles, severities, alert sources, routing rules, webhooks and integrations."""
    ADMINISTER_PEOPLE = "administer_people"
    """Keep people, what they may do, service accounts, and everybody's credentials."""
    AUDIT = "audit"
    """See deliveries, who changed the configuration, and who signed in."""
    SEE_PRIVATE = "see_private"
    """See private incidents without being a member: given to single admins, never by a role."""


_VIEWER = frozenset({Permission.READ})
_RESPONDER = _VIEWER | {
    Permission.REPORT,
    Permission.RESPOND,
    Permission.COMMAND,
    Permission.COMMUNICATE,
    Permission.ALERT,
    Permission.LEARN,
}
_MANAGER = _RESPONDER | {
    Permission.ASSIGN,
    Permission.PUBLISH_POSTMORTEM,
    Permission.CATALOGUE,
    Permission.MAINTAIN,
    Permission.SUBSCRIBERS,
    Permission.AUDIT,
}

PERMISSIONS: dict[AccessRole, frozenset[Permission]] = {
    AccessRole.VIEWER: _VIEWER,
    AccessRole.RESPONDER: _RESPONDER,
    AccessRole.MANAGER: _MANAGER,
    AccessRole.ADMIN: frozenset(Permission) - {Permission.SEE_PRIVATE},
}
"""What an access role allows everywhere."""

ANY_INCIDENT_ROLE = frozenset({Permission.READ, Permission.RESPOND, Permission.ALERT, Permission.LEARN})

INCIDENT_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "commander": ANY_INCIDENT_ROLE | {Permission.REPORT, Permission.COMMAND, Permission.COMMUNICATE, Permission.ASSIGN},
    "communications_lead": ANY_INCIDENT_ROLE | {Permission.COMMUNICATE},
}
"""What an incident role, by its key, allows on its incident; every other role allows ANY_INCIDENT_ROLE."""


def permissions(actor: Actor) -> frozenset[Permission]:
    """All that an actor may do everywhere."""
    by_role = PERMISSIONS[actor.access_role] if actor.access_role is not None else frozenset[Permission]()
    if actor.sees_private:
        by_role |= {Permission.SEE_PRIVATE}
    return by_role if actor.limit is None else by_role & actor.limit


def may(actor: Actor, permission: Permission) -> bool:
    """Whether an actor has a permission."""
    if actor.limit is not None and permission not in actor.limit:
        return False
    if permission is Permission.SEE_PRIVATE:
        return actor.sees_private
    return actor.access_role is not None and permission in PERMISSIONS[actor.access_role]


def may_by_role(actor: Actor, permission: Permission) -> bool:
    """Whether a role on an incident may allow this to an actor: people hold roles, and a credential has its limit."""
    if actor.user_id is None or actor.access_role is None:
        return False
    return actor.limit is None or permission in actor.limit


def may_on(actor: Actor, permission: Permission, roles: Iterable[str]) -> bool:
    """Whether an actor who holds these roles (by key) on an incident has a permission on it."""
    if may(actor, permission):
        return True
    if not may_by_role(actor, permission):
        return False
    return any(permission in INCIDENT_PERMISSIONS.get(role, ANY_INCIDENT_ROLE) for role in roles)


def require(actor: Actor, permission: Permission) -> None:
    """Refuse with UNAUTHENTICATED or FORBIDDEN unless the actor has the permission."""
    if not may(actor, permission):
        raise refusal(actor, permission)


def refusal(actor: Actor, permission: Permission) -> DomainError:
    """What is said to an actor who lacks a permission: UNAUTHENTICATED or FORBIDDEN, and what would help."""
    if actor.kind is ActorKind.ANONYMOUS:
        return DomainError(
            ErrorCode.UNAUTHENTICATED,
            "This needs credentials.",
            hint="Sign in, or send an Authorization: Bearer header; `muster token create` makes a token.",
        )
    least = next((role for role in AccessRole if permission in PERMISSIONS[role]), None)
    hint = f"Ask an admin for the role {least.lower()} or higher." if least else "Ask an admin for the explicit right."
    if actor.access_role is not None and permission in PERMISSIONS[actor.access_role]:
        hint = "Its owner may do it, this credential may not: make one with a wider scope."
    return DomainError(
        ErrorCode.FORBIDDEN, f"{actor.name} may not do this: it needs the permission “{permission}”.", hint=hint
    )
