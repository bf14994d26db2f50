"""The schema, put together once."""

import strawberry
from strawberry.schema.config import StrawberryConfig

import schema.enums  # noqa: F401 (publishing the enumerations is its effect)
from core.errors import ErrorCode
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

graphql = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[ErrorCode],  # nothing refers to it: errors carry it in their extensions
    config=StrawberryConfig(scalar_map=SCALARS),
)
