"""Which queries are asked of a service's monitors when an incident of it is written up."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME
from actions.outward.settings import find_integration
from actions.outward.vendors import Port, ports_of
from core.errors import invalid
from models.metric import ServiceMetric
from models.service import Service

QUERY = 2_000
UNIT = 30
MOST = 20
"""Metrics of a service: a page of curves, and not a dashboard."""


class MetricGiven(Protocol):
    """A metric as it is given."""

    integration: str
    name: str
    query: str
    unit: str


async def replace_metrics(
    session: AsyncSession, service: Service, given: Sequence[MetricGiven]
) -> tuple[list[str], list[str]]:
    """Make these the metrics of a service; their names before and after.

    INVALID_INPUT for an integration that keeps no metrics, for a name that is used twice, and for texts of more than
    120 (name), 2,000 (query) or 30 (unit) characters. What was measured for incidents stays as it is.
    """
    check.few(given, "metrics", limit=MOST)
    own = ServiceMetric.service_id == service.id
    before = list(await session.scalars(select(ServiceMetric).where(own).order_by(ServiceMetric.position)))
    rows = [await _row(session, service, each, position) for position, each in enumerate(given)]
    names = [row.name for row in rows]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise invalid(f"metrics.{position}.name", f"Two metrics are called {name!r}.", "Give each its own name.")
    if [_content(row) for row in before] == [_content(row) for row in rows]:
        return [], []
    await session.execute(delete(ServiceMetric).where(own))
    session.add_all(rows)
    await session.flush()
    return [_said(row) for row in before], [_said(row) for row in rows]


async def _row(session: AsyncSession, service: Service, given: MetricGiven, position: int) -> ServiceMetric:
    place = f"metrics.{position}"
    account = await find_integration(session, given.integration, field=f"{place}.integration")
    if Port.METRICS not in ports_of(account.vendor, account.configuration):
        raise invalid(f"{place}.integration", f"{account.name} keeps no metrics.", "Name an integration of Prometheus.")
    return ServiceMetric(
        service_id=service.id,
        integration_id=account.id,
        name=check.text(given.name, f"{place}.name", limit=NAME),
        query=check.text(given.query, f"{place}.query", limit=QUERY),
        unit=check.text(given.unit, f"{place}.unit", limit=UNIT) if given.unit.strip() else "",
        position=position,
    )


def _content(row: ServiceMetric) -> tuple[str, str, str, int]:
    return row.name, row.query, row.unit, row.integration_id


def _said(row: ServiceMetric) -> str:
    """A metric for auditors."""
    return f"{row.name}: {row.query}"
