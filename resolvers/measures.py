"""Metrics: their definitions, the answers to questions for them, and the incidents behind each figure."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import strawberry

from actions.metrics.answer import Answer, Column, Grouped, Placed
from actions.metrics.behind import Cell, incidents_behind
from actions.metrics.question import MOST_BUCKETS, read_question
from models.incident import Incident
from models.metrics.definition import Definition
from models.metrics.definitions import DEFINITIONS, definition
from models.words import LeftOut, MetricDimension, MetricPeriod
from resolvers.behind import pages, piece_of
from resolvers.context import Context
from resolvers.mutations.perform import keywords
from resolvers.page import Cursor, Order, Page, paging

BEHIND = Order("metric.incidents", (Incident.id,), descending=True)


@strawberry.input(description="A question for a metric.")
class MetricInput:
    """What a client asks; what is absent is not asked."""

    metric: str = strawberry.field(description="Its key, such as `mttr`: see metricDefinitions. NOT_FOUND if unknown.")
    first_day: date = strawberry.field(description="The first day that counts, in the time zone.")
    last_day: date = strawberry.field(description="The last day that counts, itself included.")
    version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Which version of the definition; by default the one in force."
    )
    period: MetricPeriod = strawberry.field(
        default=MetricPeriod.WEEK,
        description=f"How long a bucket of the series is. INVALID_INPUT for more than {MOST_BUCKETS} buckets.",
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="In which days begin and end: an IANA name such as Europe/Berlin. By default the organisation's.",
    )
    group_by: list[MetricDimension] = strawberry.field(
        default_factory=list, description="By what to split it, too; several make a group of each combination."
    )
    as_of: Cursor | None = strawberry.field(
        default=strawberry.UNSET,
        description="As it was when the feed stood at this cursor, such as the `cursor` of an earlier answer: the same"
        " question is then given the same answer, whatever was corrected since. CURSOR_EXPIRED if that was not kept.",
    )


async def metric_definitions(ctx: Context, *, metric: str | None = None) -> list[Definition]:
    """The definitions in force, or all versions of one."""
    del ctx
    if metric is None:
        return [versions[-1] for versions in DEFINITIONS.values()]
    return list(DEFINITIONS[definition(metric).key])


async def metric(ctx: Context, *, input: MetricInput) -> Answer:  # noqa: A002 (the name that clients know from mutations)
    """The answer to a question; its parts are read as they are asked for."""
    return Answer(ctx.reader, await read_question(ctx.reader, ctx.actor, **keywords(input)))


def each(part: Callable[[Any], Awaitable[Any]]) -> Callable[[Context, Sequence[Any]], Awaitable[list[Any]]]:
    """A batch resolver for a part of answers: each is a question of its own."""

    async def resolve(ctx: Context, answers: Sequence[Any]) -> list[Any]:
        del ctx
        return [await part(answer) for answer in answers]

    return resolve


async def left_out(answer: Answer) -> list[tuple[LeftOut, int]]:
    """Why some have no value, and how many, the most frequent reason first."""
    return sorted((await answer.left_out()).items(), key=lambda item: (-item[1], item[0]))


async def change(answer: Answer) -> float | None:
    """How much more it has become since the time before."""
    return (await answer.total()).figures.since((await answer.before()).figures)


async def series(parent: Answer | Grouped) -> list[Column]:
    """The buckets of an answer, or of one of its groups."""
    return await (parent.total.answer.series(parent.key) if isinstance(parent, Grouped) else parent.series())


async def incidents(
    ctx: Context,
    figures: Sequence[Placed],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Incident]]:
    """A page of the incidents behind each of some figures, as they are today."""
    wanted = paging(first, after, last, before)
    piece = piece_of(BEHIND, wanted, after, before)
    cells: dict[Answer, set[Cell]] = {}
    for placed in figures:
        cells.setdefault(placed.answer, set()).add(placed.cell)
    keys = {answer: await incidents_behind(ctx.reader, answer.question, some, piece) for answer, some in cells.items()}
    return await pages(ctx, BEHIND, wanted, [keys[placed.answer][placed.cell] for placed in figures])
