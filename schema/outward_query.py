"""The reads of integrations."""

import strawberry

import resolvers.outward
from resolvers.fields import root
from schema.types.integration import Integration, Vendor


@strawberry.type
class OutwardQuery:
    vendors: list[Vendor] | None = root(
        resolvers.outward.vendors, description="Every vendor that there is an adaptor for, by name."
    )
    integrations: list[Integration] | None = root(
        resolvers.outward.integrations, description="All integrations by name, archived ones last."
    )
