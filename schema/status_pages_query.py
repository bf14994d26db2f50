"""The read of further status pages."""

import strawberry

import resolvers.status_pages
from auth.permission import Permission
from resolvers.fields import root
from schema.types.status_page import StatusPage


@strawberry.type
class StatusPagesQuery:
    status_pages: list[StatusPage] | None = root(
        resolvers.status_pages.status_pages,
        permission=Permission.ADMINISTER,
        description="All status pages beside the organisation's own, by name, archived ones last. FORBIDDEN without the"
        " permission to administer.",
    )
