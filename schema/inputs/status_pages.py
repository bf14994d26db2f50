"""What admins say of further status pages."""

from datetime import datetime

import strawberry

from models.words import PageAccess
from schema.inputs.branding import ACCENT
from schema.inputs.given import Repeatable, needed, optional

NEEDS = " Needs the permission to administer."


@strawberry.input(
    description="A further status page: without an id a new one, which needs a slug and a name; with one, its changes,"
    " where what is left out stays." + NEEDS
)
class SaveStatusPageInput(Repeatable):
    id: strawberry.ID | None = optional("Which one to change.")
    slug: str | None = optional("1 to 60 of a-z, 0-9 and hyphens; unique, and none that is reserved.")
    name: str | None = optional("What stands in its head, in at most 120 characters.")
    hosts: list[str] | None = optional(
        "The host names at which it stands, at most 10; its links begin with the first. CONFLICT if another page has"
        " one, INVALID_INPUT for a host of the API or of the organisation's page."
    )
    components: list[strawberry.ID] | None = optional(
        "The components that it shows; none: all that are exclusive to no other page."
    )
    access: PageAccess | None = optional("Who may read it; a new page is PUBLIC.")
    exclusive: bool | None = optional(
        "Whether its components, and incidents and planned work that touch only those, are on no page but those that"
        " name them."
    )
    language: str | None = optional("What it speaks: `en` or `de`; null: as the organisation's page.")
    time_zone: str | None = optional("The IANA name of its time zone; null: that of the organisation.")
    accent_light: str | None = optional(ACCENT.format("light"))
    accent_dark: str | None = optional(ACCENT.format("dark"))
    archived: bool | None = optional("True takes it away from its readers, false brings it back.")


@strawberry.input(description="A status page that is to be shown no more." + NEEDS)
class ArchiveStatusPageInput(Repeatable):
    id: strawberry.ID = needed("Which one.")


@strawberry.input(description="A link that is to open a status page that is read by link." + NEEDS)
class CreatePageLinkInput(Repeatable):
    page: strawberry.ID = needed("Which page.")
    expires_at: datetime | None = optional("Until when it is good; null: until it is revoked.")
    note: str | None = optional("For whom it is, in at most 200 characters.")


@strawberry.input(description="A status page whose links are to end, with whatever they opened." + NEEDS)
class RevokePageLinksInput(Repeatable):
    page: strawberry.ID = needed("Which page.")
