"""What an operation tells of itself when it is over: metrics, the log of slow ones, and `extensions.timing`.

None of it holds a variable, a name that a client chose, or a text of anybody: operations have the names under which
their documents are registered, and all others none.
"""

import logging
from typing import Any

from graphql import OperationType
from prometheus_client import Counter, Histogram

from actions.documents import digest_of
from core.course import Course, Level
from models.words import AccessRole
from resolvers.context import Context

OTHER = "other"
"""The name of every operation whose document is not registered."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

SECONDS = Histogram(
    "muster_graphql_operation_duration_seconds",
    "How long operations take, by kind, and by name those whose documents are registered.",
    ["kind", "operation"],
    buckets=BUCKETS,
)
LEVELS = Counter("muster_graphql_levels_total", "Levels of fields that operations asked for, each for all parents.")
LEVEL_SECONDS = Counter("muster_graphql_level_duration_seconds_total", "Seconds that levels took, all together.")
STATEMENTS = Counter("muster_graphql_statements_total", "SQL statements that reads of operations sent.")
SLOW = Counter(
    "muster_graphql_slow_operations_total", "Operations that took longer than MUSTER_SLOW_OPERATION_SECONDS."
)

log = logging.getLogger("muster.slow")


def tell(ctx: Context, kind: OperationType, name: str, text: str, seconds: float) -> None:
    """Count an operation that is over, and log it if it was slow. `name`: its document's, if that is registered."""
    course = ctx.course
    SECONDS.labels(kind.value, name or OTHER).observe(seconds)
    LEVELS.inc(len(course.levels))
    LEVEL_SECONDS.inc(sum(level.seconds for level in course.levels))
    STATEMENTS.inc(ctx.statements)
    limit = ctx.runtime.settings.slow_operation_seconds
    if limit and seconds >= limit:
        SLOW.inc()
        log.warning("%s", in_words(course, kind, name, digest_of(text), seconds))


def in_words(course: Course, kind: OperationType, name: str, digest: str, seconds: float) -> str:
    """A slow operation with its plan: what was asked for level by level, of how many parents, and how long it took."""
    plan = "; ".join(
        f"{number}. {', '.join(level.fields())} of {level.parents} in {level.seconds:.3f} s"
        for number, level in enumerate(course.levels, 1)
    )
    return f"slow {kind.value} {name or OTHER} {digest[:16]}: {seconds:.3f} s; plan: {plan or 'nothing was asked for'}"


def may_see_timing(ctx: Context) -> bool:
    """Whether the actor is somebody to whom durations tell nothing that they may not know: an admin, unnarrowed."""
    actor = ctx.actor
    return actor.limit is None and actor.access_role is AccessRole.ADMIN


def timing(ctx: Context, seconds: float) -> dict[str, Any]:
    """`extensions.timing`, in milliseconds."""
    return {
        "milliseconds": _milliseconds(seconds),
        "statements": ctx.statements,
        "levels": [_level(level) for level in ctx.course.levels],
    }


def _level(level: Level) -> dict[str, Any]:
    return {"fields": level.fields(), "parents": level.parents, "milliseconds": _milliseconds(level.seconds)}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
