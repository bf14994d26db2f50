"""Where the directory's door stands. Known without loading what answers there, which takes most of a second."""

PREFIX = "/scim/v2"

ADDRESSES = (
    "/ServiceProviderConfig",
    "/ResourceTypes",
    "/ResourceTypes/{id}",
    "/Schemas",
    "/Schemas/{id}",
    "/Users",
    "/Users/.search",
    "/Users/{id}",
    "/Groups",
    "/Groups/.search",
    "/Groups/{id}",
    "/Bulk",
    "/Me",
    "/.search",
    "/{path:path}",
)
"""Every address below the prefix, the more particular ones first: `handlers.HANDLERS` has exactly these."""
