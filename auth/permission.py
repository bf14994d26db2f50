"""What an access role may do: data, in one place. Deny by default; every action begins with `require`."""

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
    """Work on an incident: stages, severity, roles, entries, tasks, alerts, merging, members."""
    COMMUNICATE = "communicate"
    """Publish, edit and withdraw updates."""
    ASSIGN = "assign"
    """Claim, release or finish tasks on behalf of someone else."""
    LEARN = "learn"
    """Edit postmortems, add and change action items."""
    PUBLISH_POSTMORTEM = "publish_postmortem"
    """Declare a postmortem finished."""
    CATALOGUE = "catalogue"
    """Keep teams, services and components."""
    ADMINISTER = "administer"
    """Keep people, roles, severities, alert sources, routing rules and webhooks."""
    AUDIT = "audit"
    """See deliveries and who changed the configuration."""


_VIEWER = frozenset({Permission.READ})
_RESPONDER = _VIEWER | {
    Permission.REPORT,
    Permission.RESPOND,
    Permission.COMMUNICATE,
    Permission.LEARN,
}
_MANAGER = _RESPONDER | {Permission.ASSIGN, Permission.PUBLISH_POSTMORTEM, Permission.CATALOGUE, Permission.AUDIT}

PERMISSIONS: dict[AccessRole, frozenset[Permission]] = {
    AccessRole.VIEWER: _VIEWER,
    AccessRole.RESPONDER: _RESPONDER,
    AccessRole.MANAGER: _MANAGER,
    AccessRole.ADMIN: frozenset(Permission),
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether an actor has a permission."""
    return actor.access_role is not None and permission in PERMISSIONS[actor.access_role]


def require(actor: Actor, permission: Permission) -> None:
    """Refuse with UNAUTHENTICATED or FORBIDDEN unless the actor has the permission."""
    if may(actor, permission):
        return
    if actor.kind is ActorKind.ANONYMOUS:
        raise DomainError(
            ErrorCode.UNAUTHENTICATED,
            "This needs credentials.",
            hint="Sign in, or send an Authorization: Bearer header; `muster token create` makes a token.",
        )
    least = next(role for role in AccessRole if permission in PERMISSIONS[role])
    raise DomainError(
        ErrorCode.FORBIDDEN,
        f"{actor.name} may not do this: it needs the permission “{permission}”.",
        hint=f"Ask an admin for the role {least.lower()} or higher.",
    )
