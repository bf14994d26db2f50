"""The changes of further status pages. Each line is one action (actions/pages) with one input."""

import strawberry

from actions.pages.links import create_page_link, revoke_page_links
from actions.pages.saving import archive_status_page, save_status_page
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from resolvers.status_pages import opening_urls
from schema.inputs import status_pages as given
from schema.payloads import Payload
from schema.types.status_page import StatusPage, StatusPageLink


@strawberry.type(description="A status page that was added or changed.")
class StatusPagePayload(Payload):
    page: StatusPage = batched(made("StatusPage"), description="The page as it is now.")


@strawberry.type(description="A link that was made.")
class NewPageLinkPayload(Payload):
    link: StatusPageLink = batched(made("StatusPageLink"), description="The link as it is now.")
    url: str | None = batched(
        opening_urls, description="The address that opens the page. Shown once: null when a request is repeated."
    )


@strawberry.type
class StatusPagesMutation:
    save_status_page: StatusPagePayload | None = mutation(
        save_status_page,
        given.SaveStatusPageInput,
        description="Add a status page of a product or a region, or change one.",
    )
    archive_status_page: StatusPagePayload | None = mutation(
        archive_status_page,
        given.ArchiveStatusPageInput,
        description="Show a status page no more. Its hosts stay its own, and what was exclusive to it stays hidden.",
    )
    create_page_link: NewPageLinkPayload | None = mutation(
        create_page_link,
        given.CreatePageLinkInput,
        description="Make a link that lets whoever has it read a page. CONFLICT for a page that is not read by link.",
    )
    revoke_page_links: StatusPagePayload | None = mutation(
        revoke_page_links,
        given.RevokePageLinksInput,
        description="End all links to a page, and whatever they opened.",
    )
