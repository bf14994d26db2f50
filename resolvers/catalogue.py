"""What the organisation runs and how it responds: services, components, severities and roles."""

from collections.abc import Sequence

from sqlalchemy import func, select

from actions.components import uptime
from core.kept import among, with_keys
from models.role import Role
from models.service import Component, Service, ServiceComponent, ServiceDependency
from models.severity import Obligations, Severity, SeverityVersion
from resolvers.context import Context
from resolvers.rows import by_key, children

SERVICES = select(Service).order_by(Service.archived_at.is_not(None), func.lower(Service.name), Service.id)
COMPONENTS = select(Component).order_by(
    Component.archived_at.is_not(None), Component.position, func.lower(Component.name), Component.id
)
ROLES = select(Role).order_by(Role.archived_at.is_not(None), Role.id)
CURRENT = select(SeverityVersion).join(Severity, Severity.current_version_id == SeverityVersion.id)
SEVERITIES = CURRENT.order_by(
    SeverityVersion.archived_at.is_not(None), SeverityVersion.rank, SeverityVersion.severity_id
)
THESE = CURRENT.where(among(SeverityVersion.severity_id))
CARRIED = (
    select(Component, ServiceComponent.service_id)
    .join(ServiceComponent, ServiceComponent.component_id == Component.id)
    .where(among(ServiceComponent.service_id))
    .order_by(Component.position, func.lower(Component.name), Component.id)
)

_EDGES = select(Service).where(Service.archived_at.is_(None)).order_by(func.lower(Service.name), Service.id)
NEEDED = (
    _EDGES.add_columns(ServiceDependency.service_id)
    .join(ServiceDependency, ServiceDependency.depends_on_id == Service.id)
    .where(among(ServiceDependency.service_id))
)
NEEDING = (
    _EDGES.add_columns(ServiceDependency.depends_on_id)
    .join(ServiceDependency, ServiceDependency.service_id == Service.id)
    .where(among(ServiceDependency.depends_on_id))
)


async def services(ctx: Context) -> list[Service]:
    """All services by name, archived ones last."""
    return await ctx.reader.rows(Service, SERVICES)


async def components(ctx: Context) -> list[Component]:
    """All components in the order of the status page, archived ones last."""
    return await ctx.reader.rows(Component, COMPONENTS)


async def roles(ctx: Context) -> list[Role]:
    """All roles in the order in which they were made, archived ones last."""
    return await ctx.reader.rows(Role, ROLES)


async def severities(ctx: Context) -> list[SeverityVersion]:
    """The present version of every severity, the worst first, archived ones last."""
    return await ctx.reader.rows(SeverityVersion, SEVERITIES)


async def current_severities(ctx: Context, keys: Sequence[int | None]) -> list[SeverityVersion | None]:
    """The present version of each severity, by the severity's key."""
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return [None] * len(keys)
    rows = await ctx.reader.rows(SeverityVersion, THESE, with_keys(wanted))
    found = {row.severity_id: row for row in rows}
    return [found.get(key or 0) for key in keys]


async def components_of_services(ctx: Context, services: Sequence[Service]) -> list[list[Component]]:
    """The components that each service carries, in the order of the status page."""
    found = await children(ctx, Component, CARRIED, with_keys(service.id for service in services)) if services else {}
    return [found.get(service.id, []) for service in services]


async def dependencies_of_services(ctx: Context, services: Sequence[Service]) -> list[list[Service]]:
    """The services that each needs, by name; archived ones are left out."""
    found = await children(ctx, Service, NEEDED, with_keys(service.id for service in services)) if services else {}
    return [found.get(service.id, []) for service in services]


async def dependents_of_services(ctx: Context, services: Sequence[Service]) -> list[list[Service]]:
    """The services that need each, by name; archived ones are left out."""
    found = await children(ctx, Service, NEEDING, with_keys(service.id for service in services)) if services else {}
    return [found.get(service.id, []) for service in services]


async def uptimes(ctx: Context, components: Sequence[Component], *, days: int = 90) -> list[float | None]:
    """Percent of the last `days` days in which each component was up (actions.components says how it is counted)."""
    keys = {component.id for component in components}
    found = await uptime(ctx.reader, keys, days=days, now=ctx.reader.clock.now())
    return [found.get(component.id) for component in components]


async def required_roles(ctx: Context, obligations: Sequence[Obligations]) -> list[list[Role]]:
    """The roles that each severity demands, in the order in which it names them."""
    found = await by_key(ctx, Role, (key for each in obligations for key in each.required_role_ids))
    return [[found[key] for key in each.required_role_ids if key in found] for each in obligations]
