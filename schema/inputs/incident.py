"""What clients say to open an incident, move it through its stages, and change what is known of it."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models.words import IncidentKind, IncidentTimestamp, Stage, Visibility
from schema.inputs.given import INCIDENT, LABELS, REASON, SEEN, Repeatable, default, needed, optional

TITLE = "What is wrong, in at most 200 characters; for responders, never shown to customers."
SUMMARY = "What is known so far, in Markdown of at most 20,000 characters."
SERVICES = "The services that are touched, by slug or id; at most 100."
DETECTED = "When it was noticed; not in the future."


@strawberry.input(description="Which incident.")
class IncidentInput(Repeatable):
    incident: str = needed(INCIDENT)
    expected_version: int | None = optional(
        "The version, as you read it, of what this is done with: the incident, or for publishPostmortem the postmortem."
        " VERSION_CONFLICT, naming the present one, if it moved on."
    )


@strawberry.input(description="Which incident, and why.")
class ReasonInput(Repeatable):
    incident: str = needed(INCIDENT)
    reason: str = needed(REASON)


@strawberry.input(description="Something that looks wrong and that nobody has looked at yet.")
class ReportIncidentInput(Repeatable):
    title: str = needed(TITLE)
    summary: str | None = optional(SUMMARY)
    services: list[str] | None = optional(SERVICES)
    labels: JSON | None = optional(LABELS)
    detected_at: datetime | None = optional(DETECTED + " Now, if left out.")
    impact_started_at: datetime | None = optional("Since when it hurts, if that is known; not in the future.")
    visibility: Visibility = default(
        Visibility.ORGANISATION, "Who may see it: everyone signed in, or its members only."
    )
    members: list[strawberry.ID] | None = optional("People who may see it while it is private, besides you.")


@strawberry.input(description="Who takes which role.")
class RoleInput:
    role: str = needed("The role, by key (`commander`) or id.")
    user: strawberry.ID = needed("The person. INVALID_INPUT for someone who is archived.")


@strawberry.input(description="An incident to respond to: a new one, or one that was reported.")
class DeclareIncidentInput(Repeatable):
    incident: str | None = optional(
        "An incident in DETECTION or TRIAGE, by reference, number or id. Without it a new one is opened."
    )
    title: str | None = optional(TITLE + " A new incident needs it.")
    public_title: str | None = optional("What customers read once there is a PUBLIC update, in at most 200 characters.")
    summary: str | None = optional(SUMMARY)
    severity: str = needed("How bad it is: a severity by name (`SEV1`, any case) or id.")
    services: list[str] | None = optional(SERVICES)
    labels: JSON | None = optional(LABELS)
    kind: IncidentKind = default(
        IncidentKind.REAL,
        "DRILL is never public and not in metrics; BACKFILLED is written after the fact and pages nobody.",
    )
    visibility: Visibility = default(
        Visibility.ORGANISATION, "Who may see it: everyone signed in, or its members only."
    )
    members: list[strawberry.ID] | None = optional("People who may see it while it is private, besides you.")
    impact_started_at: datetime | None = optional("When it began to hurt; not in the future.")
    detected_at: datetime | None = optional(
        DETECTED + " If left out: when its earliest alert started, else when it was declared."
    )
    declared_at: datetime | None = optional("When it was declared; for BACKFILLED incidents only.")
    roles: list[RoleInput] | None = optional("Roles to give at once.")


@strawberry.input(description="What to change of an incident. What is left out stays, null clears, a list replaces.")
class EditIncidentInput(Repeatable):
    incident: str = needed(INCIDENT)
    title: str | None = optional(TITLE + " It can't be cleared.")
    public_title: str | None = optional(
        "What customers read, in at most 200 characters; cleared, they read which components are disrupted."
    )
    summary: str | None = optional(SUMMARY)
    services: list[str] | None = optional(SERVICES)
    labels: JSON | None = optional(LABELS)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A new severity for an incident.")
class ChangeSeverityInput(Repeatable):
    incident: str = needed(INCIDENT)
    severity: str = needed("A severity by name (`SEV1`, any case) or id; its present version counts from now on.")
    reason: str | None = optional(REASON)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="The stage that a declared incident has reached.")
class ChangeStageInput(Repeatable):
    incident: str = needed(INCIDENT)
    stage: Stage = needed(
        "RESPONSE to CLOSED, as the transition table allows; ILLEGAL_TRANSITION names the ways on. Entering a stage"
        " means that it is achieved: MITIGATION, the impact has stopped; RESOLUTION, the lasting fix is verified."
    )
    note: str | None = optional("What was done, in at most 500 characters, for the timeline.")
    occurred_at: datetime | None = optional(
        "When it was reached, if not now: not in the future, and not before the stage before it."
    )
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="Two incidents that turned out to be one.")
class MergeIncidentInput(Repeatable):
    incident: str = needed("The incident that ends in MERGED, by reference, number or id.")
    into: str = needed("The incident in which it goes on: its timeline, alerts and tasks follow.")
    reason: str | None = optional(REASON)


@strawberry.input(description="A moment of an incident that was noted wrongly. The old value stays in the event.")
class CorrectTimestampInput(Repeatable):
    incident: str = needed(INCIDENT)
    timestamp: IncidentTimestamp = needed("Which moment.")
    value: datetime = needed("When it really was. INVALID_INPUT in the future or out of the order of the moments.")
    reason: str = needed(REASON)


@strawberry.input(description="Who may see an incident from now on, its past included.")
class ChangeVisibilityInput(Repeatable):
    incident: str = needed(INCIDENT)
    visibility: Visibility = needed("CONFLICT for PRIVATE while customers are being told about it.")
    members: list[strawberry.ID] | None = optional(
        "The people who are members from now on, besides you and whoever holds a role. Left out or null: as they are."
    )
    reason: str = needed(REASON)


@strawberry.input(description="A person who may see a private incident, or no longer.")
class MemberInput(Repeatable):
    incident: str = needed(INCIDENT)
    user: strawberry.ID = needed("The person.")


@strawberry.input(description="A person who takes a role. Whoever held it is relieved in the same moment.")
class AssignRoleInput(Repeatable):
    incident: str = needed(INCIDENT)
    role: str = needed("The role, by key (`commander`) or id.")
    user: strawberry.ID = needed("The person. INVALID_INPUT for someone who is archived.")


@strawberry.input(description="A role that its holder gives up.")
class RelinquishRoleInput(Repeatable):
    incident: str = needed(INCIDENT)
    role: str = needed("The role, by key (`commander`) or id.")
