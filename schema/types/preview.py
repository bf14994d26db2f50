"""What an update or planned work would do."""

import strawberry

from models.words import Channel, PageAccess
from resolvers.fields import column


@strawberry.type(description="The mail that subscribers would get. Its links to manage and to leave are stand-ins.")
class MailPreview:
    subject: str = column("Its subject.")
    text: str = column("Its text.")
    html: str = column("The same as HTML. Show it where nothing of it can run, such as in a sandboxed frame.")


@strawberry.type(description="How many subscribers of a channel would be told.")
class RecipientCount:
    channel: Channel = column("The channel.")
    count: int = column("How many, by the components that it is about and the kind of news; 0 when nobody is told.")


@strawberry.type(description="A status page on which it would stand, and how many of its subscribers would be told.")
class PageReached:
    id: strawberry.ID | None = column("Its id, for the argument `page` of previews; null: the organisation's own.")
    slug: str | None = column("Its name in addresses; null: the organisation's own.")
    name: str = column("What stands in its head.")
    url: str = column("The base of its links, without a slash at the end.")
    access: PageAccess = column("Who may read it. One that not everybody may read has no subscribers.")
    recipients: list[RecipientCount] = column("How many of its subscribers would be told, by channel.")


REACHED = (
    "All pages on which it would stand, the organisation's own first; whichever page is previewed. Empty for an"
    " INTERNAL update, and for what is exclusive to a page that is archived."
)
COUNTED = "How many subscribers would be told, by channel: of the page that was asked for, or of all pages together."


@strawberry.type(
    description="What publishing an update would do. It was carried out, looked at, and undone: nothing was written,"
    " and nobody was told."
)
class UpdatePreview:
    path: str | None = column("The address of the incident on the status page; null for an INTERNAL update.")
    page: str | None = column(
        "That page as customers would see it, as HTML; null for an INTERNAL update. Show it in a sandboxed frame."
    )
    sentence: str | None = column(
        "What the status page would say over all, in one sentence; null for an INTERNAL update."
    )
    state: str | None = column("The same for machines, as in `/status.json`; null for an INTERNAL update.")
    mail: MailPreview | None = column("The mail to subscribers; null when none are told.")
    webhook: str | None = column("The message to webhooks as JSON; null when none are told.")
    recipients: list[RecipientCount] = column(COUNTED)
    colleagues: int = column("How many colleagues would get a mail.")
    pages: list[PageReached] = column(REACHED)


@strawberry.type(
    description="What scheduling a maintenance would do. It was carried out, looked at, and undone: nothing was"
    " written, and nobody was told."
)
class MaintenancePreview:
    path: str = column(
        "The address of its page. It gets its number when it is scheduled, and not here: `/maintenance/MNT-…`."
    )
    page: str = column(
        "That page as customers would see it, as HTML; empty when none shows it. Show it in a sandboxed frame."
    )
    mail: MailPreview | None = column("The mail to subscribers; null when none are told.")
    webhook: str | None = column("The message to webhooks as JSON; null when none are told.")
    recipients: list[RecipientCount] = column(COUNTED)
    pages: list[PageReached] = column(REACHED)
