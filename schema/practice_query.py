"""The reads of the practice."""

import strawberry

import resolvers.practice
from resolvers.fields import root
from schema.types.practice import PracticeAudit, PracticeCheck


@strawberry.type
class PracticeQuery:
    practice_checks: list[PracticeCheck] | None = root(
        resolvers.practice.checks,
        description="The checks of the practice, each in the version in force, as they are tuned.",
        arguments={"check": "Instead, all versions of the check with this key. NOT_FOUND if there is none."},
    )
    practice_audit: PracticeAudit | None = root(
        resolvers.practice.audit,
        description="How the practice stood in a quarter or in other days, compared with the time before, of the"
        " incidents that you may see. The answer can be had again: see `cursor`.",
        arguments={"input": "Which time, and which checks."},
    )
