"""Metrics of incidents as OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), as gauges.

They are of the past days and fall as well as rise, so none is a counter or a summary. A unit is the end of its name.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import Boolean, func, literal_column, select

from actions.metrics.answer import Answer
from actions.metrics.figures import Figures
from actions.metrics.question import read_question
from auth.actor import Actor
from auth.visibility import visible_to
from core.db import Reader
from models.incident import OPEN_SQL, Incident
from models.metrics.definition import Definition
from models.metrics.definitions import DEFINITIONS
from models.severity import SeverityVersion
from models.words import IncidentKind, MetricDimension, MetricPeriod, MetricUnit

__all__ = ["CONTENT_TYPE", "DAYS", "MOST_DAYS", "exposed"]

DAYS, MOST_DAYS = 28, 366
ALL, NONE = "all", "none"
"""The values of the label `severity` for all incidents, and for those that have none."""
UNITS = {MetricUnit.SECONDS: "seconds", MetricUnit.HOURS: "hours", MetricUnit.SHARE: "ratio"}
OPEN = literal_column(f"({OPEN_SQL})", Boolean)
STATISTICS = ("sum", "mean", "median", "p90", "p95")


class _Collected(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """What was measured."""
        yield from self._families


async def exposed(reader: Reader, actor: Actor, days: int) -> bytes:
    """The text for Prometheus: every metric over so many days, today included, by severity and for all."""
    registry = CollectorRegistry(auto_describe=False)
    families = [await _open(reader, actor)]
    families += [family async for family in _measured(reader, actor, days)]
    registry.register(_Collected(families))
    body: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return body


async def _open(reader: Reader, actor: Actor) -> Metric:
    family = GaugeMetricFamily(
        "muster_incidents_open", "Real incidents that are open now.", labels=["severity", "stage"]
    )
    name = func.coalesce(SeverityVersion.name, NONE)
    counted = (
        select(name, Incident.stage, func.count())
        .outerjoin(SeverityVersion, SeverityVersion.id == Incident.severity_version_id)
        .where(visible_to(actor), OPEN, Incident.kind == IncidentKind.REAL)
        .group_by(name, Incident.stage)
        .order_by(name, Incident.stage)
    )
    for severity, stage, count in await reader.execute(counted):
        family.add_metric([severity, stage.lower()], count)
    return family


async def _measured(reader: Reader, actor: Actor, days: int) -> AsyncIterator[Metric]:
    today = reader.clock.now().date()
    first = await read_question(
        reader,
        actor,
        metric=next(iter(DEFINITIONS)),
        first_day=today - timedelta(days=days - 1),
        last_day=today,
        time_zone="UTC",
        period=MetricPeriod.MONTH,
        group_by=[MetricDimension.SEVERITY],
    )
    for versions in DEFINITIONS.values():
        answer = Answer(reader, replace(first, definition=versions[-1]))
        found = [(ALL, (await answer.total()).figures)]
        found += [(group.parts[0].name or NONE, group.total.figures) for group in await answer.groups()]
        for family in _families(versions[-1], days, found):
            yield family


def _families(definition: Definition, days: int, found: list[tuple[str, Figures]]) -> Iterator[Metric]:
    """How many cases there are, and unless there are too few, what they come to."""
    name = "muster_" + (definition.key if definition.key.startswith("incident") else f"incident_{definition.key}")
    words = f"{definition.name}, of the past {days} days"
    counted = name if definition.unit is MetricUnit.INCIDENTS else f"{name}_cases"
    cases = GaugeMetricFamily(counted, f"{words}: how many have a value.", labels=["severity"])
    for severity, figures in found:
        cases.add_metric([severity], figures.count)
    yield cases
    if definition.unit is MetricUnit.INCIDENTS:
        return
    unit = UNITS.get(definition.unit, "")
    own = name.removesuffix(f"_{unit}") if unit else name
    values = GaugeMetricFamily(own, f"{words}. {definition.value}", labels=["severity", "statistic"], unit=unit)
    for severity, figures in found:
        for statistic in STATISTICS:
            value = getattr(figures, statistic)
            if value is not None:
                values.add_metric([severity, statistic], value)
    yield values
