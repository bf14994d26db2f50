"""What the model knows: plain data, written from DESIGN §3 and the contract of the API, not from the product's code."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OPEN = ("DETECTION", "TRIAGE", "RESPONSE", "MITIGATION")
RESPONDING = ("RESPONSE", "MITIGATION")
OVER = ("CLOSED", "DECLINED", "CANCELLED")
"""Nobody works on it any more; MERGED apart, which goes on in another."""

LATER = {
    "RESPONSE": ("MITIGATION", "RESOLUTION"),
    "MITIGATION": ("RESPONSE", "RESOLUTION"),
    "RESOLUTION": ("POSTMORTEM", "CLOSED"),
    "POSTMORTEM": ("CLOSED",),
}
"""Where changeStage leads."""

REOPENS = ("RESOLUTION", "POSTMORTEM", *OVER)

MOMENTS = ("IMPACT_STARTED", "DETECTED", "ACKNOWLEDGED", "DECLARED", "MITIGATED", "RESOLVED", "CLOSED")
IN_ORDER = (
    ("DETECTED", "ACKNOWLEDGED"),
    ("ACKNOWLEDGED", "DECLARED"),
    ("IMPACT_STARTED", "MITIGATED"),
    ("MITIGATED", "RESOLVED"),
    ("RESOLVED", "CLOSED"),
)

REQUIRED = {
    "SEV1": ("commander", "technical_lead", "communications_lead", "scribe"),
    "SEV2": ("commander", "technical_lead", "communications_lead"),
    "SEV3": ("commander",),
}
"""The roles that must be filled, by severity."""

WORST_LAST = ("OPERATIONAL", "UNDER_MAINTENANCE", "DEGRADED_PERFORMANCE", "PARTIAL_OUTAGE", "MAJOR_OUTAGE")

UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = "UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND"
INVALID, ILLEGAL, CONFLICT = "INVALID_INPUT", "ILLEGAL_TRANSITION", "CONFLICT"
VERSION, IDEMPOTENCY = "VERSION_CONFLICT", "IDEMPOTENCY_CONFLICT"


class RefusedError(Exception):
    """The model refuses; `options` are the (code, field) pairs of all that is wrong: any of them is a good answer."""

    def __init__(self, options):
        super().__init__(sorted(options, key=str))
        self.options = options


def refuse(*reasons):
    """Refuse if any of the reasons (is it so, code, field) holds."""
    options = {(code, where) for so, code, where in reasons if so}
    if options:
        raise RefusedError(options)


@dataclass(eq=False)
class Person:
    """Somebody who acts: a person, a script (SERVICE_ACCOUNT), or an alert source (INTEGRATION)."""

    key: str
    access: str
    kind: str = "USER"
    id: str | None = None
    archived: bool = False
    locked_out: bool = False
    """Their only token ended when they were archived; coming back brings back no credentials."""

    def __repr__(self):
        return self.key


@dataclass(eq=False)
class Holding:
    role: str
    user: Person
    since: datetime
    until: datetime | None = None


@dataclass(eq=False)
class Task:
    incident: "Incident"
    title: str
    state: str = "OPEN"
    holder: Person | None = None
    claimed: datetime | None = None
    done: datetime | None = None
    id: str | None = None


@dataclass(eq=False)
class Update:
    incident: "Incident"
    audience: str
    status: str | None
    body: str
    author: Person
    published: datetime
    said: dict[str, str]
    """What it says of components, by id."""
    edited: datetime | None = None
    withdrawn: datetime | None = None
    id: str | None = None


@dataclass(eq=False)
class Alert:
    fingerprint: str
    starts: datetime
    group: str
    state: str = "FIRING"
    incident: "Incident | None" = None
    id: str | None = None


@dataclass(eq=False)
class Line:
    """An event; of an incident's timeline unless `incident` is None."""

    kind: str
    actor: Person
    occurred: datetime
    recorded: datetime
    incident: "Incident | None" = None
    number: int | None = None
    entry_kind: str | None = None
    pinned: bool = False
    audited: bool = False
    """Without an incident: for auditors only."""
    id: str | None = None
    place: int = 0
    """Its place in the feed. Within a step only the order of one incident's events is promised."""


@dataclass(eq=False)
class Incident:
    title: str
    stage: str
    reporter: Person
    kind: str = "REAL"
    visibility: str = "ORGANISATION"
    severity: str | None = None
    public_title: str | None = None
    summary: str | None = None
    labels: dict[str, Any] = field(default_factory=dict)
    services: set[str] = field(default_factory=set)
    version: int = 1
    members: list[Person] = field(default_factory=list)
    times: dict[str, datetime | None] = field(default_factory=lambda: dict.fromkeys(MOMENTS))
    entered: datetime | None = None
    """When the present stage was entered, where no moment in `times` says so."""
    into: "Incident | None" = None
    holdings: list[Holding] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    number: int | None = None
    id: str | None = None

    @property
    def private(self):
        return self.visibility == "PRIVATE"

    @property
    def head(self):
        """The incident whose members may see this one."""
        return self.into or self

    @property
    def standing(self):
        """The public updates that customers can read."""
        return [update for update in self.updates if update.audience == "PUBLIC" and update.withdrawn is None]

    @property
    def thread_open(self):
        """Whether customers read that something is wrong and not yet that it is over."""
        return bool(self.standing) and self.standing[-1].status != "RESOLVED"

    @property
    def claims(self):
        """The last word of the open thread on each component."""
        said = {}
        if self.thread_open and not self.private:
            for update in self.standing:
                said = {} if update.status == "RESOLVED" else {**said, **update.said}
        return said

    def holder(self, role):
        """The holding of a role that has not ended."""
        return next((h for h in self.holdings if h.role == role and h.until is None), None)

    def disorder(self, moment, value):
        """Whether two moments would be out of order if one of them were this."""
        times = {**self.times, moment: value}
        return any(times[a] and times[b] and times[a] > times[b] for a, b in IN_ORDER if moment in (a, b))

    def __repr__(self):
        return f"INC-{self.number}"
