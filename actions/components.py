"""What customers are told of a component: the worst of open public incidents, maintenance and the manual setting.

Never last writer wins (DESIGN §3): two incidents that touch one component each keep their own claim.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import Actor
from core.db import Reader
from core.errors import invalid
from models.facts.communication import ComponentStatusChanged
from models.incident import Incident
from models.maintenance import PENDING_SQL, RUNNING, Maintenance, MaintenanceComponent
from models.service import Component, ComponentClaim, ComponentPeriod
from models.uptime import Span, percent_up
from models.words import ComponentStatus, IncidentKind, PublicStatus, Visibility

MAX_DAYS = 730


async def refresh_components(
    session: AsyncSession,
    actor: Actor,
    component_ids: Collection[int],
    incident: Incident | None = None,
    *,
    moments: Mapping[int, datetime] | None = None,
) -> list[Component]:
    """Recompute what is shown of components, after a claim, maintenance or a manual setting changed; locked, by id.

    A change closes the component's period, opens the next and records ComponentStatusChanged, on the timeline of
    `incident` if one caused it and everybody may see it. A component without an open period is given one. `moments`:
    since when it is so, by component, where that was a little before now; no period is cut off before it began.
    """
    components = await lock_components(session, component_ids)
    worst = await _worst_claims(session, component_ids)
    for key in await _worked_on(session, component_ids):
        worst[key] = max(worst.get(key, ComponentStatus.OPERATIONAL), ComponentStatus.UNDER_MAINTENANCE, key=_rank)
    for component in components:
        before = component.status
        after = max(component.manual_status, worst.get(component.id, before.OPERATIONAL), key=lambda s: s.rank)
        moment = await _keep_period(session, component, after, (moments or {}).get(component.id, now(session)))
        if after is before:
            continue
        component.status = after
        told = incident if incident is not None and not incident.private else None
        changed = ComponentStatusChanged(component_id=component.id, before=before, after=after)
        record(session, actor, changed, incident=told, occurred_at=moment)
    return components


def _rank(status: ComponentStatus) -> int:
    return status.rank


async def lock_components(session: AsyncSession, component_ids: Collection[int]) -> list[Component]:
    """The rows, fresh and locked until the end of the transaction, in the order of their ids (no deadlocks)."""
    found = await session.scalars(
        select(Component)
        .where(Component.id.in_(component_ids))
        .order_by(Component.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def _worst_claims(session: AsyncSession, component_ids: Collection[int]) -> dict[int, ComponentStatus]:
    """The worst claim of each component. Only incidents that customers can see, and see as unfinished, have a say."""
    rows = await session.execute(
        select(ComponentClaim.component_id, ComponentClaim.status)
        .join(Incident, Incident.id == ComponentClaim.incident_id)
        .where(
            ComponentClaim.component_id.in_(component_ids),
            Incident.public_since.is_not(None),
            Incident.public_status != PublicStatus.RESOLVED,
            Incident.visibility == Visibility.ORGANISATION,
            Incident.kind != IncidentKind.DRILL,
        )
    )
    worst: dict[int, ComponentStatus] = {}
    for component_id, status in rows:
        worst[component_id] = max(status, worst.get(component_id, status), key=lambda s: s.rank)
    return worst


async def _worked_on(session: AsyncSession, component_ids: Collection[int]) -> set[int]:
    """Which of these components maintenance that is under way takes."""
    found = await session.scalars(
        select(MaintenanceComponent.component_id)
        .join(Maintenance, Maintenance.id == MaintenanceComponent.maintenance_id)
        .where(
            MaintenanceComponent.component_id.in_(component_ids),
            text(PENDING_SQL),  # as the index has it, letter by letter
            Maintenance.state.in_(RUNNING),
        )
    )
    return set(found)


async def _keep_period(
    session: AsyncSession, component: Component, status: ComponentStatus, moment: datetime
) -> datetime:
    """See to it that the component's open period has this status, since a moment; since when it has."""
    running = (
        await session.scalars(
            select(ComponentPeriod).where(
                ComponentPeriod.component_id == component.id, ComponentPeriod.ended_at.is_(None)
            )
        )
    ).first()
    if running is not None and running.status is status:
        return moment
    if running is not None:
        moment = max(moment, running.started_at)
        running.ended_at = moment
        await session.flush()  # only one period of a component may be open
    session.add(ComponentPeriod(component_id=component.id, status=status, started_at=moment))
    return moment


async def claim_components(
    session: AsyncSession, actor: Actor, incident: Incident, claims: dict[int, ComponentStatus]
) -> None:
    """Make these the claims of an incident, instead of all that it claimed before, and show what follows from them."""
    held = await session.scalars(select(ComponentClaim).where(ComponentClaim.incident_id == incident.id))
    earlier = {claim.component_id: claim for claim in held}
    touched = earlier.keys() | claims.keys()
    if not touched:
        return
    await lock_components(session, touched)
    for component_id, claim in earlier.items():
        if component_id not in claims:
            await session.delete(claim)
    for component_id, status in claims.items():
        if component_id in earlier:
            earlier[component_id].status = status
        else:
            session.add(ComponentClaim(incident_id=incident.id, component_id=component_id, status=status))
    await session.flush()
    await refresh_components(session, actor, touched, incident)


async def spans_of(reader: Reader, component_ids: Iterable[int], since: datetime) -> dict[int, list[Span]]:
    """The periods of components that reach beyond a moment, oldest first."""
    spans: dict[int, list[Span]] = {key: [] for key in component_ids}
    rows = await reader.execute(
        select(
            ComponentPeriod.component_id, ComponentPeriod.status, ComponentPeriod.started_at, ComponentPeriod.ended_at
        )
        .where(
            ComponentPeriod.component_id.in_(spans),
            ComponentPeriod.ended_at.is_(None) | (ComponentPeriod.ended_at > since),
        )
        .order_by(ComponentPeriod.started_at, ComponentPeriod.id)
    )
    for component_id, status, started_at, ended_at in rows:
        spans[component_id].append(Span(status, started_at, ended_at))
    return spans


async def uptime(
    reader: Reader, component_ids: Collection[int], *, days: int, now: datetime
) -> dict[int, float | None]:
    """Uptime of components over the last `days` days up to `now`, in percent (models.uptime says how it is counted).

    Time before a component existed is left out; None for one that did not exist before `now`, or is unknown.
    INVALID_INPUT unless `days` is from 1 to 730.
    """
    if not 1 <= days <= MAX_DAYS:
        raise invalid("days", f"{days} days can't be looked at.", f"Ask for 1 to {MAX_DAYS} days.")
    since = now - timedelta(days=days)
    created = await reader.execute(select(Component.id, Component.created_at).where(Component.id.in_(component_ids)))
    born: dict[int, datetime] = dict(tuple(row) for row in created)
    spans = await spans_of(reader, born, since)
    return {key: percent_up(spans[key], max(since, born[key]), now) if key in born else None for key in component_ids}
