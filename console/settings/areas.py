"""The areas of Settings: what each is for, what it takes to read and to change it, and where it stands."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from auth.actor import Actor
from auth.permission import PERMISSIONS, Permission, may
from models.words import AccessRole

SETTINGS = "/console/settings"


class Group(StrEnum):
    """What areas have in common; groups and their areas stand in this order."""

    PEOPLE = "Organisation and people"
    RESPONSE = "How you respond"
    CUSTOMERS = "What customers see"
    ALERTS = "Alerts and connections"
    RUNNING = "Running Muster"


class Area(NamedTuple):
    """One area."""

    key: str
    title: str
    sentence: str
    """What is kept there, and why, for somebody who looks for the right place."""
    permission: Permission
    """What it takes to change anything there."""
    group: Group
    sees: Permission = Permission.READ
    """What it takes to read it."""

    @property
    def path(self) -> str:
        """Its address; what belongs to the area stands below it."""
        return f"{SETTINGS}/{self.key}"


AREAS: tuple[Area, ...] = (
    Area(
        "organisation",
        "Organisation",
        "Its name, time zone and language, and how the public page looks.",
        Permission.ADMINISTER,
        Group.PEOPLE,
    ),
    Area(
        "people",
        "People",
        "Who works here, what each may do, and the links that let them in.",
        Permission.ADMINISTER_PEOPLE,
        Group.PEOPLE,
    ),
    Area(
        "teams",
        "Teams",
        "Who belongs together, owns services, and is told of what is owed for too long.",
        Permission.CATALOGUE,
        Group.PEOPLE,
    ),
    Area(
        "service-accounts",
        "Service accounts",
        "Who scripts and bots are, and what they may do.",
        Permission.ADMINISTER_PEOPLE,
        Group.PEOPLE,
        sees=Permission.ADMINISTER_PEOPLE,
    ),
    Area(
        "tokens",
        "Tokens and sessions",
        "What scripts and browsers act for you with, and how to end it.",
        Permission.READ,
        Group.PEOPLE,
    ),
    Area(
        "severities",
        "Severities",
        "How bad it is, and what you then owe: who is paged, which roles, how often you speak.",
        Permission.ADMINISTER,
        Group.RESPONSE,
    ),
    Area(
        "roles",
        "Roles",
        "Who does what in an incident, with the duties of each in words.",
        Permission.ADMINISTER,
        Group.RESPONSE,
    ),
    Area(
        "runbooks",
        "Runbooks",
        "What to do, step by step; the checks of an opened runbook become tasks.",
        Permission.CATALOGUE,
        Group.RESPONSE,
    ),
    Area(
        "escalation",
        "Escalation policies",
        "Who is paged for an incident, who next when nobody answers, and who in the end.",
        Permission.CATALOGUE,
        Group.RESPONSE,
    ),
    Area(
        "workflows",
        "Workflows",
        "What Muster does by itself when something happens to an incident, and what it did.",
        Permission.ADMINISTER,
        Group.RESPONSE,
    ),
    Area(
        "services",
        "Services",
        "What your teams run: its owner, its runbook, and the components that it carries.",
        Permission.CATALOGUE,
        Group.RESPONSE,
    ),
    Area(
        "components",
        "Components",
        "The parts of the product that customers know by name, in their order on the page.",
        Permission.CATALOGUE,
        Group.CUSTOMERS,
    ),
    Area(
        "status-pages",
        "Status pages",
        "Further pages, of a product or a region, and who may read them.",
        Permission.ADMINISTER,
        Group.CUSTOMERS,
        sees=Permission.ADMINISTER,
    ),
    Area(
        "update-templates",
        "Update templates",
        "Words prepared in peace for updates that are written in a hurry.",
        Permission.CATALOGUE,
        Group.CUSTOMERS,
    ),
    Area(
        "maintenance",
        "Maintenance",
        "Work that is planned, so that customers know of it before they notice it.",
        Permission.MAINTAIN,
        Group.CUSTOMERS,
    ),
    Area(
        "subscribers",
        "Subscribers",
        "Who is told of news on the public pages, and whose mail was refused.",
        Permission.SUBSCRIBERS,
        Group.CUSTOMERS,
        sees=Permission.SUBSCRIBERS,
    ),
    Area(
        "alert-sources",
        "Alert sources",
        "Where alerts come from: one address for each monitor that may post to it.",
        Permission.ADMINISTER,
        Group.ALERTS,
    ),
    Area(
        "heartbeats",
        "Heartbeats",
        "Jobs and monitors that should report every so often: their silence is an alert.",
        Permission.ADMINISTER,
        Group.ALERTS,
    ),
    Area(
        "routing",
        "Routing rules",
        "Which alerts become incidents, of which service, and how bad they are to begin with.",
        Permission.ADMINISTER,
        Group.ALERTS,
    ),
    Area(
        "silences",
        "Silences",
        "Which alerts make no incident for a while, until when, and why.",
        Permission.ALERT,
        Group.ALERTS,
    ),
    Area(
        "integrations",
        "Integrations",
        "Chats, pagers, trackers and calls that incidents use, and how they are.",
        Permission.ADMINISTER,
        Group.ALERTS,
    ),
    Area(
        "webhooks",
        "Webhooks",
        "Addresses that are told of events, and what each of them answered.",
        Permission.ADMINISTER,
        Group.ALERTS,
        sees=Permission.ADMINISTER,
    ),
    Area(
        "health",
        "Health",
        "Whether everything that Muster does by itself is being done, and how far behind it is.",
        Permission.ADMINISTER,
        Group.RUNNING,
        sees=Permission.ADMINISTER,
    ),
    Area(
        "jobs",
        "Dead jobs",
        "Work that was given up after all its attempts: why, and what to do about it.",
        Permission.ADMINISTER,
        Group.RUNNING,
        sees=Permission.ADMINISTER,
    ),
    Area(
        "backups",
        "Backups",
        "What is known of copies of the database, and how to make one and put it back.",
        Permission.ADMINISTER,
        Group.RUNNING,
        sees=Permission.ADMINISTER,
    ),
    Area(
        "audit",
        "Audit log",
        "Who signed in, who was refused, and who changed what, in a chain that shows tampering.",
        Permission.AUDIT,
        Group.RUNNING,
        sees=Permission.AUDIT,
    ),
)


def area_of(key: str) -> Area:
    """The area with a key. KeyError for none: keys are ours."""
    return next(area for area in AREAS if area.key == key)


def open_to(actor: Actor) -> list[tuple[Group, list[Area]]]:
    """The areas that an actor may read, by group."""
    return _grouped([area for area in AREAS if may(actor, area.sees)])


def closed_to(actor: Actor) -> list[Area]:
    """The areas that an actor may not read: named with who may, so that nobody searches for them."""
    return [area for area in AREAS if not may(actor, area.sees)]


def who_may(permission: Permission) -> str:
    """Who has a permission, in words: `managers and admins`."""
    names = [f"{role.lower()}s" for role in AccessRole if permission in PERMISSIONS[role]]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _grouped(areas: Sequence[Area]) -> list[tuple[Group, list[Area]]]:
    found = [(group, [area for area in areas if area.group is group]) for group in Group]
    return [(group, those) for group, those in found if those]
