"""The reads of what postmortems are written with."""

import strawberry

import resolvers.learning
import resolvers.writing
from resolvers.fields import root
from schema.types.factor import FactorKind
from schema.types.postmortem_template import PostmortemTemplate


@strawberry.type
class LearningQuery:
    postmortem_templates: list[PostmortemTemplate] | None = root(
        resolvers.writing.templates, description="All templates of postmortems by name, archived ones last."
    )
    factor_kinds: list[FactorKind] | None = root(
        resolvers.learning.factor_kinds, description="The kinds of contributing factors in order, archived ones last."
    )
