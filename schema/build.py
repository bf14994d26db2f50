"""The schema, put together once."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from core.errors import ErrorCode
from schema import enums, enums_automation, enums_paging  # noqa: F401 (publishing the enumerations is their effect)
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ErrorCode],  # nothing refers to it: errors carry it in their extensions
    config=StrawberryConfig(scalar_map=SCALARS),
)

core = schema._schema  # noqa: SLF001 (Strawberry offers no other way to the schema that graphql-core executes)
"""The same schema as graphql-core knows it."""
