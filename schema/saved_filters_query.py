"""The reads of what somebody keeps for themselves."""

import strawberry

import resolvers.saved_filters
from resolvers.fields import root
from schema.types.saved_filter import SavedFilter


@strawberry.type
class SavedFiltersQuery:
    saved_filters: list[SavedFilter] | None = root(
        resolvers.saved_filters.saved_filters, description="The filters of incidents that you keep, by name."
    )
