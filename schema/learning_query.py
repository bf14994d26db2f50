"""The reads of what postmortems are written with."""

import strawberry

import resolvers.learning
from resolvers.fields import root
from schema.types.factor import FactorKind


@strawberry.type
class LearningQuery:
    factor_kinds: list[FactorKind] | None = root(
        resolvers.learning.factor_kinds, description="The kinds of contributing factors in order, archived ones last."
    )
