"""What a credential may be narrowed to: names for scripts, as OAuth has them (RFC 6749 §3.3)."""

from collections.abc import Iterable
from enum import StrEnum

from auth.permission import Permission
from core.errors import invalid


class Scope(StrEnum):
    """A part of what may be done, named `noun:verb`. Each includes reading: changes answer with what they made."""

    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    UPDATES_PUBLISH = "updates:publish"
    ALERTS_WRITE = "alerts:write"
    POSTMORTEMS_WRITE = "postmortems:write"
    CATALOGUE_WRITE = "catalogue:write"
    MAINTENANCE_WRITE = "maintenance:write"
    AUDIT_READ = "audit:read"
    ADMIN_PEOPLE = "admin:people"
    ADMIN_SETTINGS = "admin:settings"
    ADMIN_ALL = "admin:*"


_READ = frozenset({Permission.READ})
_PEOPLE = _READ | {Permission.ADMINISTER_PEOPLE}
_SETTINGS = _READ | {Permission.ADMINISTER, Permission.CATALOGUE, Permission.SUBSCRIBERS}

SCOPES: dict[Scope, frozenset[Permission]] = {
    Scope.INCIDENTS_READ: _READ,
    Scope.INCIDENTS_WRITE: _READ | {Permission.REPORT, Permission.RESPOND, Permission.COMMAND, Permission.ASSIGN},
    Scope.UPDATES_PUBLISH: _READ | {Permission.COMMUNICATE},
    Scope.ALERTS_WRITE: _READ | {Permission.ALERT},
    Scope.POSTMORTEMS_WRITE: _READ | {Permission.LEARN, Permission.PUBLISH_POSTMORTEM},
    Scope.CATALOGUE_WRITE: _READ | {Permission.CATALOGUE},
    Scope.MAINTENANCE_WRITE: _READ | {Permission.MAINTAIN},
    Scope.AUDIT_READ: _READ | {Permission.AUDIT},
    Scope.ADMIN_PEOPLE: _PEOPLE,
    Scope.ADMIN_SETTINGS: _SETTINGS,
    Scope.ADMIN_ALL: _PEOPLE | _SETTINGS | {Permission.AUDIT},
}

WORDS: dict[Scope, str] = {
    Scope.INCIDENTS_READ: "See incidents, alerts, people and the catalogue",
    Scope.INCIDENTS_WRITE: "Report, declare and lead incidents, and work on them",
    Scope.UPDATES_PUBLISH: "Publish updates on the status page",
    Scope.ALERTS_WRITE: "Acknowledge, resolve and link alerts",
    Scope.POSTMORTEMS_WRITE: "Write and publish postmortems, add action items",
    Scope.CATALOGUE_WRITE: "Change teams, services and components",
    Scope.MAINTENANCE_WRITE: "Plan maintenance and tell customers of it",
    Scope.AUDIT_READ: "Read the audit",
    Scope.ADMIN_PEOPLE: "Administer people, their rights and credentials",
    Scope.ADMIN_SETTINGS: "Administer settings: roles, severities, alert sources, webhooks, subscribers",
    Scope.ADMIN_ALL: "Administer everything",
}
"""What a person reads before they let something have a scope."""


def permissions_of(scopes: Iterable[str]) -> frozenset[Permission]:
    """All that some scopes allow together. Names that this version does not know allow nothing."""
    return frozenset().union(*(SCOPES[scope] for scope in Scope if scope in set(scopes)))


def read_scopes(names: Iterable[str], field: str) -> list[str]:
    """Scopes by name, each once, in our order. INVALID_INPUT names one that is none."""
    asked = set(names)
    unknown = sorted(asked - set(Scope))
    if unknown:
        raise invalid(field, f"{unknown[0][:60]!r} is not a scope.", f"Scopes are {', '.join(Scope)}.")
    return [scope.value for scope in Scope if scope in asked]
