"""Further status pages, and the links that open them."""

from datetime import datetime

import strawberry

from models import status_page
from models.words import PageAccess
from resolvers import status_pages
from resolvers.fields import batched, column
from schema.lazy import AComponent
from schema.node import Node, identity, is_row_of
from schema.types.organisation import Logo


@strawberry.type(description="A link that lets whoever has it read a status page. The link itself is shown once.")
class StatusPageLink(Node):
    id: strawberry.ID = identity("StatusPageLink")
    note: str | None = column("For whom it was made.")
    created_at: datetime = column("When it was made.")
    expires_at: datetime | None = column("Until when it is good; null: until it is revoked.")
    revoked_at: datetime | None = column("When it was ended.")

    is_type_of = is_row_of(status_page.StatusPageLink)


@strawberry.type(description="A status page beside the organisation's own: of a product or a region.")
class StatusPage(Node):
    id: strawberry.ID = identity("StatusPage")
    slug: str = column("Its name in addresses: `pages/<slug>/` of an export, `<slug>.localhost` in development.")
    name: str = column("What stands in its head.")
    hosts: list[str] = batched(
        status_pages.hosts, description="The host names at which it stands; its links begin with the first."
    )
    url: str = batched(status_pages.urls, description="The base of its links, without a slash at the end.")
    components: list[AComponent] = batched(
        status_pages.components,
        description="The components that it names. None means all that are exclusive to no other page.",
    )
    access: PageAccess = column("Who may read it.")
    exclusive: bool = column("Whether its components are on no page but those that name them.")
    language: str | None = column("What it speaks: `en` or `de`; null: as the organisation's page.")
    time_zone: str | None = column("The IANA name of its time zone; null: that of the organisation.")
    accent_light: str | None = column("The colour of links on light paper; null: as on the organisation's page.")
    accent_dark: str | None = column("The colour of links on dark paper; null: as on the organisation's page.")
    logos: list[Logo] = batched(
        status_pages.logos,
        description="Its own logos, that for light paper first. With none, the organisation's are shown.",
    )
    links: list[StatusPageLink] = batched(
        status_pages.links, description="The newest 100 links that were made to it, the newest first."
    )
    archived: bool = column("Whether it is no longer shown.")

    is_type_of = is_row_of(status_page.StatusPage)
