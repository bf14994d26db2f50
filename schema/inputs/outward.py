"""What admins say of integrations, and responders of what is to be done there."""

import strawberry
from strawberry.scalars import JSON

from schema.inputs.given import ARCHIVED, INCIDENT, SAVED_ID, SEEN, Repeatable, needed, optional

WHICH = "The integration, by key or id. `integrations` lists them."


@strawberry.input(
    description="An account at a vendor. What is left out stays as it is. Needs the permission to administer."
)
class SaveIntegrationInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    vendor: str | None = optional("The vendor, by key: `vendors` lists them. Needed for a new one, and stays.")
    key: str | None = optional(
        "How people and workflows call it: 1 to 60 of a-z, 0-9 and hyphens. That of the vendor, if left out; it stays."
    )
    name: str | None = optional("What it is called, in at most 120 characters. The vendor's name, if left out.")
    configuration: JSON | None = optional(
        "An object of what the vendor's adaptor must be told: `vendors { fields { name help } }` lists it. Fields that"
        " are left out stay, null takes one away. Secrets are sealed at rest and never shown again."
    )
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="Which integration. Needs the permission to administer.")
class CheckIntegrationInput(Repeatable):
    integration: str = needed(WHICH)
    send: bool | None = optional(
        "Whether it does what it is for, too, as a test that says it is one: announcements post a `message`, pagers"
        " send a `page` and resolve it, trackers open a `ticket` and close it, bridges make a `call`. `checks` tells of"
        " each by that name."
    )


@strawberry.input(description="A channel of a chat for an incident.")
class OpenChannelInput(Repeatable):
    incident: str = needed(INCIDENT)
    integration: str = needed(WHICH)


@strawberry.input(description="The incident whose channel is no longer needed.")
class ArchiveChannelInput(Repeatable):
    incident: str = needed(INCIDENT)


@strawberry.input(description="A page for an incident.")
class PageOnCallInput(Repeatable):
    incident: str = needed(INCIDENT)
    integration: str = needed(WHICH)
    target: str | None = optional(
        "Whom, in at most 200 characters, as the vendor's guide has it: a service, team or escalation policy. Whom the"
        " integration is configured for, if left out."
    )
    again: str | None = optional(
        "Why to page once more though a page stands, in at most 500 characters; the timeline tells it."
    )


@strawberry.input(description="The incident whose pages somebody takes.")
class AcknowledgePageInput(Repeatable):
    incident: str = needed(INCIDENT)


@strawberry.input(description="A conference call for an incident.")
class OpenBridgeInput(Repeatable):
    incident: str = needed(INCIDENT)
    integration: str = needed(WHICH)


@strawberry.input(description="A ticket for an incident.")
class OpenTicketInput(Repeatable):
    incident: str = needed(INCIDENT)
    integration: str = needed(WHICH)


@strawberry.input(description="A ticket for an action item.")
class OpenActionItemTicketInput(Repeatable):
    action_item: strawberry.ID = needed("The action item.")
    integration: str = needed(WHICH)


@strawberry.input(description="An announcement of an incident. Private ones are not announced.")
class AnnounceInput(Repeatable):
    incident: str = needed(INCIDENT)
    integration: str = needed(WHICH)
