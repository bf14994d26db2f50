"""The read of the organisation."""

import strawberry

import resolvers.branding
from resolvers.fields import root
from schema.types.organisation import Organisation


@strawberry.type
class BrandingQuery:
    organisation: Organisation | None = root(
        resolvers.branding.organisation, description="The organisation that runs this Muster."
    )
