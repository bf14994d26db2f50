"""The changes of the organisation and its branding. Each line is one action (actions/branding) with one input."""

import strawberry

from actions.branding.logos import save_logo
from actions.branding.organisation import save_organisation
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from resolvers.status_pages import named_page
from schema.inputs import branding as given
from schema.payloads import Payload
from schema.types.organisation import Organisation
from schema.types.status_page import StatusPage


@strawberry.type(description="The organisation, after it was changed.")
class OrganisationPayload(Payload):
    organisation: Organisation = batched(made("Organisation"), description="The organisation as it is now.")
    page: StatusPage | None = batched(
        named_page, description="The further page whose logo was saved; null for the organisation's own."
    )


@strawberry.type
class BrandingMutation:
    save_organisation: OrganisationPayload | None = mutation(
        save_organisation,
        given.SaveOrganisationInput,
        description="Change the organisation: its name, and how its public page looks and speaks.",
    )
    save_logo: OrganisationPayload | None = mutation(
        save_logo, given.SaveLogoInput, description="Put a logo into the head of a public page, or take it away."
    )
