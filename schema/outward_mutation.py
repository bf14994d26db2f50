"""The changes of integrations, and what is ordered at vendors by hand."""

import strawberry

import integrations.adaptors  # noqa: F401 (the vendors are known once their adaptors are loaded)
from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.channels import archive_channel, open_channel
from actions.outward.paging import acknowledge_page, page_on_call
from actions.outward.settings import check_integration, save_integration
from actions.outward.tickets import open_action_item_ticket, open_ticket
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs import outward as given
from schema.payloads import IncidentPayload, Payload
from schema.types.integration import Integration
from schema.types.outward_action import OutwardAction


@strawberry.type(description="An integration that was connected, changed or looked at.")
class IntegrationPayload(Payload):
    integration: Integration = batched(made("Integration"), description="The integration as it is now.")


@strawberry.type(description="Something that was ordered at a vendor.")
class OutwardActionPayload(Payload):
    outward_action: OutwardAction = batched(
        made("OutwardAction"), description="The order as it stands; the timeline tells when it is done."
    )


@strawberry.type
class OutwardMutation:
    save_integration: IntegrationPayload | None = mutation(
        save_integration, given.SaveIntegrationInput, description="Connect an account at a vendor, or change one."
    )
    check_integration: IntegrationPayload | None = mutation(
        check_integration,
        given.CheckIntegrationInput,
        description="Have an integration examined: what was found stands in its `checks` within seconds.",
    )
    open_bridge: OutwardActionPayload | None = mutation(
        open_bridge,
        given.OpenBridgeInput,
        description="Have a conference call opened for an incident; the same one if it was asked for before.",
    )
    open_ticket: OutwardActionPayload | None = mutation(
        open_ticket,
        given.OpenTicketInput,
        description="Have a ticket opened for an incident; the same one if it was asked for before.",
    )
    open_action_item_ticket: OutwardActionPayload | None = mutation(
        open_action_item_ticket,
        given.OpenActionItemTicketInput,
        description="Have a ticket opened for an action item; the same one if it was asked for before. From then on one"
        " is done once the other is.",
    )
    open_channel: OutwardActionPayload | None = mutation(
        open_channel,
        given.OpenChannelInput,
        description="Have a channel opened in a chat for an incident, and its members invited; the same one if it was"
        " asked for before.",
    )
    page_on_call: OutwardActionPayload | None = mutation(
        page_on_call,
        given.PageOnCallInput,
        description="Have whoever is on call paged for an incident. While a page stands it stays the same, unless"
        " `again` says why once more.",
    )
    acknowledge_page: IncidentPayload | None = mutation(
        acknowledge_page,
        given.AcknowledgePageInput,
        description="Take what stands at pagers for an incident, so that nobody else is woken up."
        " `acknowledgeIncident` does so by itself.",
    )
    archive_channel: OutwardActionPayload | None = mutation(
        archive_channel,
        given.ArchiveChannelInput,
        description="Have the channel of an incident archived: what was said in it can still be read.",
    )
    announce: OutwardActionPayload | None = mutation(
        announce,
        given.AnnounceInput,
        description="Have an incident announced where everybody reads it; from then on the announcement follows what"
        " happens to it. The same one if it was asked for before.",
    )
