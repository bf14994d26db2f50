"""The reads of runbooks."""

import strawberry

import resolvers.runbooks
from resolvers.fields import root
from schema.types.runbook import Runbook


@strawberry.type
class RunbooksQuery:
    runbooks: list[Runbook] | None = root(
        resolvers.runbooks.runbooks, description="All runbooks by name, archived ones last."
    )
