"""Metrics: definitions, answers, figures."""

from datetime import date

import strawberry

from actions.metrics.answer import MOST_GROUPS
from actions.metrics.figures import FEW
from core import ids
from models.words import LeftOut, MetricDimension, MetricPeriod, MetricUnit
from resolvers import measures
from resolvers.fields import batched, column, computed
from resolvers.page import PAGING, Cursor
from schema.connection import Connection
from schema.lazy import AnIncident


@strawberry.type(description="What a metric means, in one version. Versions never change.")
class MetricDefinition:
    key: str = column("What to ask for it by: `mttr`.")
    version: int = column("Counts its versions. What was asked with one is answered by it for ever.")
    name: str = column("What people call it.")
    unit: MetricUnit = column("What its figures count.")
    value: str = column("From which anchor to which it is measured, or what is counted.")
    counted_at: str = column("By which moment something falls into a bucket.")
    population: str = column("Of what there are figures at all.")
    reopened: str = column("What becomes of an incident that was reopened.")
    merged: str = column("What becomes of one that goes on as another.")
    exclusions: str = column("What never counts.")
    per_person: bool = column("Whether its figures are of people, whose values are added up within a bucket.")


@strawberry.type(description="Why something has no value in a metric, and how often.")
class MetricLeftOut:
    reason: LeftOut = computed(lambda pair: pair[0], description="Why.")
    count: int = computed(lambda pair: pair[1], description="How many.")


@strawberry.type(
    description=f"What a metric comes to. With fewer than {FEW} cases all but `count` and `sum` are null and"
    " `tooFew` is true: they would say more of chance than of anything else."
)
class MetricFigures:
    count: int = computed(lambda placed: placed.figures.count, description="How many have a value; of people, people.")
    too_few: bool = computed(lambda placed: placed.figures.too_few, description="Whether these are too few.")
    sum: float | None = computed(lambda placed: placed.figures.sum, description="All together, of hours and pages.")
    mean: float | None = computed(
        lambda placed: placed.figures.mean, description="On average; of a SHARE, the share from 0 to 1."
    )
    median: float | None = computed(
        lambda placed: placed.figures.median, description="Half are at most this; null of shares and counts."
    )
    p90: float | None = computed(lambda placed: placed.figures.p90, description="Nine tenths are at most this.")
    p95: float | None = computed(lambda placed: placed.figures.p95, description="19 of 20 are at most this.")
    incidents: Connection[AnIncident] = batched(
        measures.incidents,
        description="The incidents behind it, as they are today, the newest first.",
        arguments=PAGING,
    )


@strawberry.type(description="One bucket of a series.")
class MetricBucket:
    first_day: date = computed(lambda bucket: bucket.days.first_day, description="Its first day, in the time zone.")
    last_day: date = computed(lambda bucket: bucket.days.last_day, description="Its last day, itself included.")
    whole: bool = computed(
        lambda bucket: bucket.days.whole, description="False at the ends if the days asked for cut its period short."
    )
    figures: MetricFigures = computed(lambda bucket: bucket.placed, description="What it comes to in these days.")


@strawberry.type(description="What a group is of one dimension.")
class MetricGroupPart:
    dimension: MetricDimension = column("Which dimension.")
    id: strawberry.ID | None = computed(
        lambda part: ids.encode(part.noun, part.key) if part.key is not None else None,
        description="The id of its severity, service or team; null for what has none.",
    )
    name: str | None = column("What that is called today.")


@strawberry.type(description="One group of a metric. What belongs to several groups counts in each.")
class MetricGroup:
    parts: list[MetricGroupPart] = column("What it is of each dimension that was asked for, in that order.")
    total: MetricFigures = column("What it comes to in all days that were asked for.")
    before: MetricFigures = column("What it came to in the time before.")
    change: float | None = computed(
        lambda group: group.total.figures.since(group.before.figures),
        description="By which part its median, else its share, else its count has changed since: 0.5 is half more.",
    )
    buckets: list[MetricBucket] = batched(measures.each(measures.series), description="Its series.")


@strawberry.type(description="The answer to a question for a metric.")
class Metric:
    definition: MetricDefinition = computed(
        lambda answer: answer.question.definition, description="What it means, in the version that was asked for."
    )
    cursor: Cursor = computed(
        lambda answer: answer.question.cursor,
        description="As of where the feed stood: pass it as `asOf`, with the version, to be given this answer again.",
    )
    first_day: date = computed(lambda a: a.question.span.whole.first_day, description="The first day that counts.")
    last_day: date = computed(lambda a: a.question.span.whole.last_day, description="The last day that counts.")
    time_zone: str = computed(lambda a: a.question.span.zone.key, description="In which days begin and end.")
    period: MetricPeriod = computed(lambda a: a.question.period, description="How long a bucket is.")
    total: MetricFigures = batched(
        measures.each(lambda answer: answer.total()), description="What it comes to in all days that were asked for."
    )
    before_first_day: date = computed(
        lambda a: a.question.span.before.first_day,
        description="Where the time before begins: as many whole months before whole months, else as many days.",
    )
    before: MetricFigures = batched(
        measures.each(lambda answer: answer.before()), description="What it came to in the time before, up to firstDay."
    )
    change: float | None = batched(
        measures.each(measures.change),
        description="By which part its median, else its share, else its count has changed since: 0.5 is half more."
        " Null where there are too few.",
    )
    buckets: list[MetricBucket] = batched(
        measures.each(measures.series), description="The series: each day, week or month, empty ones too."
    )
    groups: list[MetricGroup] = batched(
        measures.each(lambda answer: answer.groups()),
        description=f"By groupBy, the largest first; the first {MOST_GROUPS}.",
    )
    more_groups: int = batched(
        measures.each(lambda answer: answer.more_groups()), description="How many groups there are beyond these."
    )
    left_out: list[MetricLeftOut] = batched(
        measures.each(measures.left_out), description="What it is about and has no value in these days, by reason."
    )
