"""Keeping services."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.metrics import MetricGiven, replace_metrics
from actions.catalogue.saving import begin, bounded, refuse_routed
from actions.find import find_component, find_service, find_team
from actions.named import find_policy
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.ids import encode
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.service import Component, Service, ServiceComponent, ServiceDependency

MOST_NEEDED = 100
"""Services that one depends on."""


async def save_service(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    slug: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    owner: str | Unset | None = UNSET,
    runbook_url: str | Unset | None = UNSET,
    escalation_policy: str | Unset | None = UNSET,
    components: list[str] | Unset | None = UNSET,
    depends_on: list[str] | Unset | None = UNSET,
    metrics: Sequence[MetricGiven] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Service:
    """Add a service, or change one. A new one needs a slug and a name; lists replace lists.

    `depends_on` are services by slug or id, at most 100, which may depend on it in turn; not itself.
    `owner` is a team by slug or id, `escalation_policy` one by name or id. INVALID_INPUT names the metric at fault
    (actions.catalogue.metrics). CONFLICT if the slug is taken, and for archiving a service that a routing rule names.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, Service, id)
    saving.slug(slug)
    saving.text("name", name)
    if not isinstance(owner, Unset):
        saving.set("owner_id", (await find_team(session, owner, "owner")).id if owner is not None else None)
    if not isinstance(runbook_url, Unset):
        saving.set("runbook_url", check.web_address(runbook_url, "runbook_url") if runbook_url is not None else None)
    if not isinstance(escalation_policy, Unset):
        key = (await find_policy(session, escalation_policy, "escalation_policy")).id if escalation_policy else None
        saving.set("escalation_policy_id", key)
    if saving.archive(archived):
        await refuse_routed(session, RoutingRule.service_id == saving.row.id)
    await saving.write()
    if not isinstance(components, Unset):
        before, after = await _replace_components(session, saving.row, components or [])
        saving.note("components", before, after)
    if not isinstance(depends_on, Unset):
        was_on, is_on = await _replace_dependencies(session, saving.row, depends_on or [])
        saving.note("depends_on", was_on, is_on)
    if not isinstance(metrics, Unset):
        was, is_now = await replace_metrics(session, saving.row, metrics or ())
        saving.note("metrics", was, is_now)
    saving.record(actor)
    return saving.row


async def _replace_components(
    session: AsyncSession, service: Service, references: list[str]
) -> tuple[list[int], list[int]]:
    """Make these the components that the service carries; the ids before and after. Archived ones may stay."""
    wanted = bounded(references, "components", Component)
    held = set(
        await session.scalars(select(ServiceComponent.component_id).where(ServiceComponent.service_id == service.id))
    )
    for key, field in wanted.items():
        if key not in held:
            await find_component(session, encode("Component", key), field)
            session.add(ServiceComponent(service_id=service.id, component_id=key))
    gone = held - wanted.keys()
    await session.execute(
        delete(ServiceComponent).where(
            ServiceComponent.service_id == service.id, ServiceComponent.component_id.in_(gone)
        )
    )
    return sorted(held), sorted(wanted)


async def _replace_dependencies(
    session: AsyncSession, service: Service, references: list[str]
) -> tuple[list[int], list[int]]:
    """Make these what the service depends on; the keys before and after."""
    check.few(references, "depends_on", limit=MOST_NEEDED)
    wanted: set[int] = set()
    for index, reference in enumerate(references):
        found = await find_service(session, reference, f"depends_on.{index}")
        if found.id == service.id:
            raise invalid(f"depends_on.{index}", f"{service.name} can't depend on itself.", "Leave it out.")
        wanted.add(found.id)
    mine = ServiceDependency.service_id == service.id
    held = set(await session.scalars(select(ServiceDependency.depends_on_id).where(mine)))
    session.add_all(ServiceDependency(service_id=service.id, depends_on_id=key) for key in sorted(wanted - held))
    gone = ServiceDependency.depends_on_id.in_(held - wanted)
    await session.execute(delete(ServiceDependency).where(mine, gone))
    return sorted(held), sorted(wanted)
