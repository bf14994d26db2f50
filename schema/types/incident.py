"""Incidents."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

import resolvers.alerts
import resolvers.alike
import resolvers.changes
import resolvers.chat
import resolvers.events
import resolvers.incidents
import resolvers.learning
import resolvers.outward
import resolvers.paging
import resolvers.practice
import resolvers.rights
import resolvers.roles
import resolvers.runbooks
import resolvers.then
import resolvers.work
import resolvers.workflows
from models import event, incident, role
from models.words import IncidentKind, Stage, Visibility
from resolvers.fields import batched, column, computed
from resolvers.page import PAGING
from resolvers.people import Who
from schema.connection import Connection
from schema.lazy import (
    AChange,
    AChatMessage,
    AChatReading,
    ADelivery,
    AnActionItem,
    AnActor,
    AnAlert,
    AnEvent,
    AnIncident,
    AnOpenedRunbook,
    AnOutwardAction,
    AnUpdate,
    APagingRun,
    APostmortem,
    APracticeFinding,
    APublicPostmortem,
    ARole,
    ARunbook,
    AService,
    ASeverity,
    ASimilarIncident,
    ATask,
    AUser,
    AWorkflowRun,
)
from schema.node import Node, identity, is_row_of
from schema.types.role import RoleAssignment

TIMELINE = {
    **PAGING,
    "order": "In which order to read it; cursors of one order are refused in the other.",
    "kinds": "Only events of these kinds, such as `entry.added`. INVALID_INPUT for one that there is not.",
    "entry_kinds": "Only entries of these kinds, such as decisions.",
    "pinned": "True: only events that are marked as important. False: only the others.",
}


@strawberry.type(description="Something that is, or was, wrong, and what people do about it.")
class Incident(Node):
    id: strawberry.ID = identity("Incident")
    reference: str = column("How people call it, such as INC-123; every input that names an incident takes it.")
    number: int = column("The number in its reference. Numbers have gaps: a missing one proves nothing.")
    title: str = column("What is wrong, in words for colleagues; never shown to customers.")
    public_title: str | None = column("What is wrong, in words for customers.")
    summary: str | None = column("What is known so far. Markdown.")
    labels: JSON = column("Its labels, an object of texts.")
    severity: ASeverity | None = batched(
        resolvers.incidents.severities,
        needs=["severity_version_id"],
        description="How bad it is, in the version that it was given. Before the declaration: what a rule suggests.",
    )
    stage: Stage = column("Where it stands.")
    kind: IncidentKind = column("Whether it is real.")
    visibility: Visibility = column("Who may see it.")
    members: list[AUser] = batched(
        resolvers.incidents.members,
        needs=["id"],
        then=resolvers.then.members,
        description="The people who may see it while it is PRIVATE.",
    )
    version: int = column("How often it was edited, counted from 1; events do not count. Pass it as `expectedVersion`.")
    url: str = batched(resolvers.incidents.urls, needs=["id"], description="Where responders find it in the console.")
    public_url: str | None = batched(
        resolvers.incidents.public_urls,
        needs=["id", "public_since", "visibility", "kind"],
        description="Where customers read about it; null until there is a PUBLIC update.",
    )
    impact_started_at: datetime | None = column(
        "When customers began to be affected; null if they were not, or unknown."
    )
    detected_at: datetime = column("When somebody or something noticed.")
    acknowledged_at: datetime | None = column("When somebody took it.")
    declared_at: datetime | None = column("When it was declared.")
    mitigated_at: datetime | None = column("When the impact stopped.")
    resolved_at: datetime | None = column("When the lasting fix was verified.")
    closed_at: datetime | None = column("When everything was done.")
    reported_by: AnActor | None = computed(
        lambda row: Who(row.reported_by_kind, row.reported_by_id),
        description="Who reported or declared it first.",
        needs=["reported_by_kind", "reported_by_id"],
    )
    services: list[AService] = batched(
        resolvers.incidents.services,
        needs=["id"],
        then=resolvers.then.services,
        description="The services that it touches, by name.",
    )
    merged_into: AnIncident | None = batched(
        resolvers.incidents.merged_into,
        needs=["merged_into_id"],
        description="The incident in which it goes on; null also if you may not see that one.",
    )
    merged_from: list[AnIncident] = batched(
        resolvers.incidents.merged_from,
        needs=["id"],
        then=resolvers.then.merged_from,
        description="The incidents that were merged into it and that you may see, by number.",
    )
    commander: AUser | None = batched(
        resolvers.roles.commanders, needs=["id"], then=resolvers.then.commanders, description="Who commands it now."
    )
    roles: list[RoleAssignment] = batched(
        resolvers.roles.roles,
        needs=["id"],
        rows=role.RoleAssignment,
        then=resolvers.then.roles,
        description="Who holds which role, in the order in which they assumed them.",
        arguments={"current": "False: also those that ended, which is the history of hand-overs."},
    )
    unfilled_roles: list[ARole] = batched(
        resolvers.roles.unfilled_roles,
        needs=["id", "stage", "kind", "severity_version_id"],
        then=resolvers.then.unfilled_roles,
        description="The roles that its severity demands and nobody holds, from RESPONSE to MITIGATION.",
    )
    tasks: Connection[ATask] = batched(
        resolvers.work.tasks,
        needs=["id"],
        then=resolvers.then.tasks,
        description="What is being done, in the order in which it was added.",
        arguments=PAGING,
    )
    runbooks: list[ARunbook] = batched(
        resolvers.runbooks.fitting_of,
        then=resolvers.then.untold,
        description="The runbooks that are for it, by its services and its severity: the closest first, at most 20.",
    )
    opened_runbooks: list[AnOpenedRunbook] = batched(
        resolvers.runbooks.opened_of,
        then=resolvers.then.untold,
        description="The runbooks that it is worked by, as they read when they were opened.",
    )
    timeline: Connection[AnEvent] = batched(
        resolvers.events.timelines,
        needs=["id"],
        rows=event.Event,
        then=resolvers.then.timelines,
        description="What happened, from the first on, including what was merged into it."
        " `last: 5` is the newest five, the newest last.",
        arguments=TIMELINE,
    )
    updates: Connection[AnUpdate] = batched(
        resolvers.work.updates,
        needs=["id"],
        then=resolvers.then.updates,
        description="What was said, in the order in which it was published, withdrawn updates included.",
        arguments={**PAGING, "audience": "Only updates for this audience."},
    )
    alerts: Connection[AnAlert] = batched(
        resolvers.alerts.alerts_of_incidents,
        needs=["id"],
        then=resolvers.then.alerts,
        description="The alerts that are linked to it, as they came.",
        arguments=PAGING,
    )
    recent_changes: list[AChange] = batched(
        resolvers.changes.recent_changes,
        then=resolvers.then.untold,
        description="Changes of its services from 24 hours before it began until it was resolved: the newest 20, the"
        " newest first. Whether one is the cause, nobody says.",
    )
    similar: list[ASimilarIncident] = batched(
        resolvers.alike.similar,
        then=resolvers.then.untold,
        description="While it is open: incidents among the newest 2,000 that looked like it, the most alike first. None"
        " that was merged, declined, cancelled or a drill.",
        arguments={"first": "How many of them at most, 1 to 20."},
    )
    action_items: Connection[AnActionItem] = batched(
        resolvers.learning.action_items_of_incidents,
        then=resolvers.then.action_items,
        description="What is done so that it does not happen again, in the order in which it was added.",
        arguments=PAGING,
    )
    deliveries: Connection[ADelivery] | None = batched(
        resolvers.work.deliveries,
        then=resolvers.then.untold,
        description="Who has been told: the messages that it caused, as they were queued. Without the permission to"
        " audit: those to colleagues.",
        arguments=PAGING,
    )
    outward_actions: Connection[AnOutwardAction] = batched(
        resolvers.outward.outward_actions,
        then=resolvers.then.untold,
        description="What was ordered at vendors for it, such as its conference call, in the order in which it was.",
        arguments=PAGING,
    )
    paging: list[APagingRun] = batched(
        resolvers.paging.runs,
        then=resolvers.then.untold,
        description="Whom Muster paged for it by itself, and what came of it; what pagers did is in `outwardActions`.",
    )
    chat: Connection[AChatMessage] = batched(
        resolvers.chat.messages,
        then=resolvers.then.untold,
        description="What was said in its channel, as it was said, replies in threads included. It is kept as it"
        " arrives; what was taken back there is taken back here.",
        arguments=PAGING,
    )
    chat_reading: AChatReading | None = batched(
        resolvers.chat.readings,
        then=resolvers.then.untold,
        description="How far that is kept; null without a channel that is listened to.",
    )
    workflow_runs: Connection[AWorkflowRun] = batched(
        resolvers.workflows.runs_of_incidents,
        then=resolvers.then.untold,
        description="The workflows that were at work on it, in the order in which they began.",
        arguments=PAGING,
    )
    next_update_due_at: datetime | None = batched(
        resolvers.incidents.next_updates_due,
        description="When the next update was promised for; in the past: it is overdue. Null if none is owed.",
        arguments={"audience": "Whom the update would address."},
    )
    postmortem: APostmortem | None = batched(
        resolvers.incidents.postmortems,
        needs=["id"],
        then=resolvers.then.untold,
        description="What is learned of it; null until it was assembled.",
    )
    public_postmortem: APublicPostmortem | None = batched(
        resolvers.incidents.public_postmortems,
        needs=["id"],
        then=resolvers.then.untold,
        description="What customers read was learned of it; null while nothing is public.",
    )
    practice: list[APracticeFinding] = batched(
        resolvers.practice.findings,
        then=resolvers.then.untold,
        description="How it stands against each check of the practice that is switched on, in their order.",
        arguments={"checks": "Only these, by their keys. NOT_FOUND for an unknown one."},
    )

    allowed_actions: list[str] | None = batched(
        resolvers.rights.allowed_actions,
        viewer=True,
        then=resolvers.then.untold,
        description="The mutations, by name, that you may carry out on it as it stands: by your access role or by a"
        " role that you hold in it, and in its present stage. Those of what hangs on it (tasks, updates, alerts, …)"
        " are named whether or not there is one.",
    )

    is_type_of = is_row_of(incident.Incident)
