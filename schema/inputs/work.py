"""What clients say while responding: timeline entries, tasks, updates, alerts."""

from datetime import datetime

import strawberry

from models.paging.words import AlertVerdict
from models.words import Audience, ComponentStatus, EntryKind, PublicStatus
from schema.inputs.given import INCIDENT, REASON, Repeatable, default, needed, optional


@strawberry.input(description="A line for an incident's timeline.")
class AddEntryInput(Repeatable):
    incident: str = needed(INCIDENT)
    kind: EntryKind = needed("What it is: an observation, a hypothesis, a decision, an action or a note.")
    text: str = needed("Markdown of at most 20,000 characters, kept as written.")
    occurred_at: datetime | None = optional("When it happened, if not now; not in the future.")
    pinned: bool = default(value=False, description="Whether to mark it as important.")


@strawberry.input(description="A change to a system, such as a deployment.")
class LinkChangeInput(Repeatable):
    incident: str = needed(INCIDENT)
    url: str = needed("Where it can be looked at.")
    title: str = needed("What was changed, in at most 200 characters.")
    happened_at: datetime | None = optional("When it was made, if not now; not in the future.")


@strawberry.input(description="An event of a timeline to mark as important, or no longer.")
class PinEventInput(Repeatable):
    event: strawberry.ID = needed("The event; it needs a number.")
    pinned: bool = needed("Whether it is to be marked.")


@strawberry.input(description="Something that someone has to do during an incident.")
class AddTaskInput(Repeatable):
    incident: str = needed(INCIDENT)
    title: str = needed("What to do, in at most 200 characters.")


@strawberry.input(description="Which task, and for whom.")
class TaskInput(Repeatable):
    task: strawberry.ID = needed("The task.")
    user: strawberry.ID | None = optional(
        "On whose behalf, if not your own; that needs the permission to assign (managers and admins have it)."
    )


@strawberry.input(description="What an update says of a component.")
class ComponentChangeInput:
    component: strawberry.ID = needed("The component. INVALID_INPUT for one that is archived.")
    status: ComponentStatus = needed("How it is now.")


@strawberry.input(description="What the Communications Lead says.")
class PublishUpdateInput(Repeatable):
    incident: str = needed(INCIDENT)
    audience: Audience = needed(
        "INTERNAL, or PUBLIC for the status page. CONFLICT for PUBLIC on private ones and drills."
    )
    status: PublicStatus | None = optional("How far it is; a PUBLIC update needs it.")
    body: str = needed("Markdown of at most 20,000 characters, kept as written.")
    public_title: str | None = optional("What customers read as the title from now on, in at most 200 characters.")
    components: list[ComponentChangeInput] | None = optional(
        "What is said of components. Those that are left out keep what was last said of them; RESOLVED ends it all."
    )
    next_update_by: datetime | None = optional(
        "When the next update is promised for. If left out: when the severity's cadence asks for it."
    )
    notify: bool = default(value=True, description="Whether to tell people: colleagues by mail, and subscribers.")
    published_at: datetime | None = optional(
        "When it is dated, if that is more than a minute ago: at most 366 days, and not before the incident's impact"
        " started, if that is known. It takes its place in the thread by this. A back-dated update names no components"
        " and makes no promise (INVALID_INPUT); CONFLICT for RESOLVED before another update."
    )
    notify_back_dated: bool = default(
        value=False, description="Whether people are told of a back-dated update, too; otherwise they are not."
    )


@strawberry.input(description="Better words for an update that is out. Readers see that it was edited.")
class EditUpdateInput(Repeatable):
    update: strawberry.ID = needed("The update.")
    body: str = needed("Markdown of at most 20,000 characters, instead of the one before, which is kept.")
    notify: bool = default(value=False, description="Whether to tell people by mail again.")
    hide_earlier: bool = default(
        value=False,
        description="Whether customers may no longer read what it said before, such as a secret typed by mistake. With"
        " the same words as before it only hides those.",
    )
    expected_version: int | None = optional(
        "Update.version as you read it: VERSION_CONFLICT, with both texts, if it was reworded since."
    )


@strawberry.input(description="An update that should not have gone out.")
class WithdrawUpdateInput(Repeatable):
    update: strawberry.ID = needed("The update.")
    reason: str = needed(REASON)


@strawberry.input(description="Which alert.")
class AlertInput(Repeatable):
    alert: strawberry.ID = needed("The alert. NOT_FOUND also if it belongs to an incident that you may not see.")


@strawberry.input(description="Whether an alert is an incident.")
class AnswerAlertInput(Repeatable):
    alert: strawberry.ID = needed("The alert, by id; those that came with it go with it.")
    verdict: AlertVerdict = needed("Whether it is an incident.")
    reason: str | None = optional("Why it is noise, in at most 500 characters; needed then.")


@strawberry.input(description="The incident that an alert belongs to.")
class LinkAlertInput(Repeatable):
    alert: strawberry.ID = needed("The alert. NOT_FOUND also if it belongs to an incident that you may not see.")
    incident: str | None = optional("The incident, by reference, number or id. Null, or left out: none.")
