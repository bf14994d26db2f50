"""What services depend on: directly, and through others."""

from collections.abc import Collection

from sqlalchemy import func, literal, select

from core.db import Reader
from models.service import Service, ServiceDependency

DEEPEST = 3
"""Through how many others a dependency counts: farther away an incident tells little of a service."""

Upstream = dict[int, list[list[int]]]
"""What services depend on, by their keys: directly, through one other, and so on; each once, where it is nearest."""


async def upstream_of(reader: Reader, services: Collection[int]) -> Upstream:
    """What services depend on, at most DEEPEST steps away; archived ones count for nothing. Circles end."""
    if not services:
        return {}
    edge = ServiceDependency
    near = (
        select(edge.service_id.label("service_id"), edge.depends_on_id.label("found"), literal(1).label("step"))
        .where(edge.service_id.in_(services))
        .cte("near", recursive=True)
    )
    farther = (
        select(near.c.service_id, edge.depends_on_id, near.c.step + 1)
        .join(edge, edge.service_id == near.c.found)
        .where(near.c.step < DEEPEST)
    )
    all_of_them = near.union(farther)
    nearest = (
        select(all_of_them.c.service_id, all_of_them.c.found, func.min(all_of_them.c.step).label("step"))
        .join(Service, Service.id == all_of_them.c.found)
        .where(Service.archived_at.is_(None), all_of_them.c.found != all_of_them.c.service_id)
        .group_by(all_of_them.c.service_id, all_of_them.c.found)
        .order_by(all_of_them.c.service_id, all_of_them.c.found)
    )
    told: Upstream = {}
    for row in await reader.execute(nearest):
        told.setdefault(row.service_id, [[] for _ in range(DEEPEST)])[row.step - 1].append(row.found)
    return told
