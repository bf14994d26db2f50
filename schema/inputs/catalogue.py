"""What admins and managers say to keep people, teams, roles, services, components and severities."""

import strawberry

from models.words import AccessRole, ComponentStatus, PagingScope
from schema.inputs.given import ARCHIVED, SAVED_ID, SEEN, Repeatable, default, needed, optional

SLUG = "A short name for scripts: 1 to 60 of a-z, 0-9 and hyphens. CONFLICT if it is taken. Needed for a new one."
NAME = "Its name, in at most 120 characters. Needed for a new one."
REPLACES = "What is left out stays, null clears, a list replaces the list."


@strawberry.input(description=f"A person. {REPLACES} Needs the permission to administer.")
class SaveUserInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional("The person's name, in at most 120 characters. Needed for a new one.")
    email: str | None = optional("The e-mail address. CONFLICT if someone has it already. Needed for a new one.")
    access_role: AccessRole | None = optional(
        "What the person may do; new people are RESPONDER. CONFLICT for taking ADMIN from the last one or yourself."
    )
    sees_private: bool | None = optional(
        "Whether an admin sees private incidents without being a member. It is lost with the role ADMIN."
    )
    archived: bool | None = optional(
        ARCHIVED + " It ends their sessions, tokens and sign-in links. CONFLICT for someone who holds a role in an open"
        " incident, for the last ADMIN, and for yourself."
    )


@strawberry.input(description="Who a person was is to be known no more. Needs the permission to administer people.")
class ErasePersonInput(Repeatable):
    user: strawberry.ID = needed(
        "The person, here or archived. CONFLICT, with every place, while somebody needs them: roles and tasks of open"
        " incidents, action items, pages under way, schedules, escalation policies, teams that they manage, workflows;"
        " also for yourself, for the last admin, and if they were erased before."
    )
    reason: str = needed("Why, in at most 500 characters, for the audit trail. INVALID_INPUT if it names the person.")


@strawberry.input(description=f"A team. {REPLACES} Needs the permission to keep the catalogue.")
class SaveTeamInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    slug: str | None = optional(SLUG)
    name: str | None = optional(NAME)
    members: list[strawberry.ID] | None = optional("The people in it, at most 500.")
    manager: strawberry.ID | None = optional(
        "Who is told of action items that are overdue for long; they need not be in it. Null: nobody."
    )
    archived: bool | None = optional(ARCHIVED)


@strawberry.input(description=f"A role in incidents. {REPLACES} Needs the permission to administer.")
class SaveRoleInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    key: str | None = optional(
        "A short name for scripts: 1 to 60 of a-z, 0-9, hyphens and underscores. Needed for a new one, and kept for"
        " ever. CONFLICT if it is taken."
    )
    name: str | None = optional(NAME)
    duties: str | None = optional("What its holder does and leaves to others. Needed for a new one.")
    archived: bool | None = optional(ARCHIVED + " CONFLICT while a severity requires it.")


@strawberry.input(description="A query that is asked when an incident of the service is written up.")
class ServiceMetricInput:
    integration: str = needed("The integration that is asked, by key or id; it must have the port METRICS.")
    name: str = needed("What it shows, in at most 120 characters, such as `Errors`; unique within the service.")
    query: str = needed("PromQL of at most 2,000 characters. The ten series with the highest values are kept.")
    unit: str = default("", "What its values are in, such as `%`, in at most 30 characters.")


@strawberry.input(description=f"A service. {REPLACES} Needs the permission to keep the catalogue.")
class SaveServiceInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    slug: str | None = optional(SLUG)
    name: str | None = optional(NAME)
    owner: str | None = optional("The team that runs it, by slug or id.")
    escalation_policy: str | None = optional("By which policy people are paged for it, by name (any case) or id.")
    runbook_url: str | None = optional("Where its runbook is: an http or https address.")
    components: list[strawberry.ID] | None = optional("The components that customers see of it, at most 500.")
    depends_on: list[str] | None = optional(
        "The services that it needs to work, by slug or id, at most 100; they may need it in turn."
    )
    metrics: list[ServiceMetricInput] | None = optional(
        "What monitors are asked of it when one of its incidents is written up, at most 20."
    )
    archived: bool | None = optional(ARCHIVED + " CONFLICT while a routing rule names it.")


@strawberry.input(description=f"A part of the product on the status page. {REPLACES} Needs the same as a service.")
class SaveComponentInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional(NAME)
    group: str | None = optional("The heading under which it stands, in at most 120 characters.")
    position: int | None = optional("Its place among all components: 0 is on top, where new ones go.")
    description: str | None = optional("What it does for customers, in at most 500 characters.")
    status: ComponentStatus | None = optional(
        "The manual setting. Customers see the worst of it and of what open public incidents say."
    )
    archived: bool | None = optional(ARCHIVED + " CONFLICT while an open public incident speaks of it.")


@strawberry.input(description="What a severity demands. It replaces what was demanded before, as a whole.")
class ObligationsInput:
    pages: PagingScope = needed("Who is paged.")
    business_hours_only: bool = default(value=False, description="Whether it can wait for business hours.")
    required_roles: list[str] = needed("The roles that must be filled, by key or id.")
    fill_roles_within_minutes: int | None = default(None, "Minutes after the declaration, 1 to 43,200.")
    internal_cadence_minutes: int | None = default(
        None, "Minutes between INTERNAL updates, 1 to 43,200; null: none owed."
    )
    public_cadence_minutes: int | None = default(None, "Minutes between PUBLIC updates, 1 to 43,200; null: none owed.")
    postmortem_required: bool = needed("Whether a postmortem is owed.")
    postmortem_due_days: int | None = default(None, "Days after resolution, 1 to 365.")
    action_item_assign_days: int | None = default(
        None, "Days after an action item was added by which it is to be somebody's, 1 to 365; null: no matter when."
    )
    action_item_due_days: int | None = default(
        None, "Days after it was added by which it is due unless it is given a day of its own, 1 to 365; null: never."
    )
    action_item_escalate_days: int | None = default(
        None, "Days overdue until the manager of its team is told, 1 to 365; null: they never are."
    )


@strawberry.input(
    description=f"A severity. {REPLACES} Each save is a new version: incidents keep the one that they were given."
    " Needs the permission to administer."
)
class SaveSeverityInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional(
        "Its name, in at most 40 characters. CONFLICT if one in use has it. Needed for a new one."
    )
    rank: int | None = optional("1, the worst, to 100. CONFLICT if one in use has it. Needed for a new one.")
    definition: str | None = optional("When an incident is of this severity. Needed for a new one.")
    examples: list[str] | None = optional("At most 20 examples of at most 500 characters.")
    obligations: ObligationsInput | None = optional("What it demands. Needed for a new one.")
    archived: bool | None = optional(ARCHIVED + " CONFLICT for the last one, and while a routing rule names it.")
    expected_version: int | None = optional(SEEN)
