"""A new maintenance: its number, its components, its event. Values were checked; components are locked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.maintenance.plan import set_timers
from actions.maintenance.telling import announce
from actions.opening import SKIPS
from actions.record import now, rehearsed
from auth.actor import Actor
from models.facts.maintenance import MaintenanceScheduled
from models.maintenance import UNNUMBERED, Maintenance, MaintenanceComponent, maintenance_number
from models.words import MaintenanceState


@dataclass(frozen=True, slots=True)
class Draft:
    """What a maintenance is like: all that is not its times."""

    title: str
    body: str
    component_ids: Sequence[int]
    auto_start: bool
    auto_end: bool
    remind_minutes: int | None
    notify: bool
    quiet_alerts: bool = True


async def open_maintenance(
    session: AsyncSession,
    actor: Actor,
    draft: Draft,
    *,
    starts_at: datetime,
    ends_at: datetime,
    series_id: int | None = None,
    already_done: bool = False,
) -> Maintenance:
    """A maintenance that is to come; with `already_done` one that is over. Of one of a series nobody is told singly."""
    moment = now(session)
    made = Maintenance(
        id=await _next_number(session),
        title=draft.title,
        body=draft.body,
        state=MaintenanceState.COMPLETED if already_done else MaintenanceState.SCHEDULED,
        starts_at=starts_at,
        ends_at=ends_at,
        started_at=starts_at if already_done else None,
        ended_at=ends_at if already_done else None,
        auto_start=draft.auto_start,
        auto_end=draft.auto_end,
        remind_minutes=draft.remind_minutes,
        notify=draft.notify,
        quiet_alerts=draft.quiet_alerts,
        series_id=series_id,
        occurrence_at=starts_at if series_id is not None else None,
        edited_apart=False,
        sequence=0,
        version=1,
        created_at=moment,
        changed_at=moment,
    )
    set_timers(made, moment)
    session.add(made)
    await session.flush()
    session.add_all(MaintenanceComponent(maintenance_id=made.id, component_id=key) for key in draft.component_ids)
    await session.flush()
    scheduled = MaintenanceScheduled(
        maintenance_id=made.id,
        title=made.title,
        starts_at=starts_at.astimezone(UTC).isoformat(),
        ends_at=ends_at.astimezone(UTC).isoformat(),
        component_ids=sorted(draft.component_ids),
        series_id=series_id,
        already_done=already_done,
        notify=draft.notify and not already_done and series_id is None,
    )
    announce(session, actor, scheduled, text=made.body)
    return made


async def _next_number(session: AsyncSession) -> int:
    """A number that no maintenance has had, with gaps as those of incidents have (actions.opening).

    A rehearsal takes none. It gets one that none will ever have, drawn so that two at a time don't wait for each other.
    """
    if rehearsed(session):
        return UNNUMBERED + secrets.randbelow(UNNUMBERED)
    drawn = select(maintenance_number.next_value().label("number")).select_from(
        func.generate_series(1, 1 + secrets.choice(SKIPS))
    )
    return max(await session.scalars(drawn))
