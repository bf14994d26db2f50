"""What monitors are asked, and what they gave for incidents."""

from collections.abc import Sequence

from sqlalchemy import select

from actions.postmortems.chart import chart
from actions.postmortems.exported import marks_of
from models.incident import Incident
from models.metric import MetricSnapshot, ServiceMetric
from models.postmortem import Postmortem
from models.service import Service
from resolvers.context import Context
from resolvers.rows import by_key


async def of_services(ctx: Context, services: Sequence[Service]) -> list[list[ServiceMetric]]:
    """The metrics of each, in their order."""
    keys = {service.id for service in services}
    own = select(ServiceMetric).where(ServiceMetric.service_id.in_(keys)).order_by(ServiceMetric.position)
    found: dict[int, list[ServiceMetric]] = {}
    for row in await ctx.reader.rows(ServiceMetric, own):
        found.setdefault(row.service_id, []).append(row)
    return [found.get(service.id, []) for service in services]


async def of_postmortems(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[MetricSnapshot]]:
    """What was kept for the incident of each."""
    keys = {postmortem.incident_id for postmortem in postmortems}
    own = select(MetricSnapshot).where(MetricSnapshot.incident_id.in_(keys)).order_by(MetricSnapshot.id)
    found: dict[int, list[MetricSnapshot]] = {}
    for row in await ctx.reader.rows(MetricSnapshot, own):
        found.setdefault(row.incident_id, []).append(row)
    return [found.get(postmortem.incident_id, []) for postmortem in postmortems]


async def charts(ctx: Context, snapshots: Sequence[MetricSnapshot]) -> list[str]:
    """Each as a picture, with the moments of its incident."""
    incidents = await by_key(ctx, Incident, (row.incident_id for row in snapshots))
    services = await by_key(ctx, Service, (row.service_id for row in snapshots))
    return [
        chart(row, f"{row.name} of {services[row.service_id].name}", marks_of(incidents[row.incident_id]))
        for row in snapshots
    ]
