"""The reads of metrics."""

import strawberry

import resolvers.measures
from resolvers.fields import root
from schema.types.metric import Metric, MetricDefinition


@strawberry.type
class MetricsQuery:
    metric_definitions: list[MetricDefinition] | None = root(
        resolvers.measures.metric_definitions,
        description="What there is to ask for, each in the version in force.",
        arguments={"metric": "Instead, all versions of the metric with this key. NOT_FOUND if there is none."},
    )
    metric: Metric | None = root(
        resolvers.measures.metric,
        description="What a metric comes to, of the incidents that you may see. The answer is exact and can be had"
        " again: see `cursor`.",
        arguments={"input": "The question."},
    )
