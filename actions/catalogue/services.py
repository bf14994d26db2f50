"""Keeping services."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.metrics import MetricGiven, replace_metrics
from actions.catalogue.saving import begin, bounded, refuse_routed
from actions.find import find_component, find_team
from actions.named import find_policy
from auth.actor import Actor
from auth.permission import Permission, require
from core.ids import encode
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.service import Component, Service, ServiceComponent


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
    metrics: Sequence[MetricGiven] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Service:
    """Add a service, or change one. A new one needs a slug and a name; `components` and `metrics` replace the lists.

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
