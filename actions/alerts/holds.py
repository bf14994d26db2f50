"""What holds new alerts back just now: silences, planned work that runs, and groups that somebody snoozed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Select, Text, cast, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.quiet import Hold, held_by_silence, lasting, silence_of
from actions.record import now
from models.alert import AlertGroup
from models.facts.base import clock_time
from models.maintenance import RUNNING, Maintenance, MaintenanceComponent, maintenance_reference
from models.service import ServiceComponent
from models.silence import Silence


@dataclass(frozen=True, slots=True)
class Holds:
    """All that holds alerts of one group back now."""

    silences: Sequence[Silence]
    works: Mapping[int, Hold]
    """Planned work that runs, by the services that its components carry."""
    snooze: Hold | None
    """Of the group."""

    def of(self, source_id: int, service_id: int | None, labels: Mapping[str, str]) -> Hold | None:
        """What holds such an alert back: that its group is snoozed, else a silence, else planned work."""
        if self.snooze is not None:
            return self.snooze
        silence = silence_of(self.silences, source_id, service_id, labels)
        if silence is not None:
            return held_by_silence(silence)
        return self.works.get(service_id) if service_id is not None else None


async def read_holds(session: AsyncSession, source_id: int, group_key: str) -> Holds:
    """What there is for a group of a monitor; two statements."""
    silences = await lasting(session)
    mine = (AlertGroup.source_id == source_id, AlertGroup.group_key == group_key)
    snoozed = select(
        cast(null(), Integer).label("number"),
        cast(null(), Text).label("title"),
        cast(null(), BigInteger).label("service_id"),
        AlertGroup.snoozed_until.label("until"),
    ).where(*mine, AlertGroup.snoozed_until > now(session))
    working = at_work().add_columns(cast(null(), DateTime(timezone=True)).label("until"))
    found: Sequence[Any] = (await session.execute(union_all(snoozed, working))).all()
    works = {row.service_id: held_by_work(row.number, row.title) for row in found if row.number is not None}
    until = next((row.until for row in found if row.number is None), None)
    return Holds(silences, works, snoozed_hold(until) if until is not None else None)


async def working_now(session: AsyncSession) -> Mapping[int, Hold]:
    """What planned work that runs holds back, by service."""
    return {row.service_id: held_by_work(row.number, row.title) for row in await session.execute(at_work())}


def at_work() -> Select[int, str, int]:
    """Planned work that runs and keeps alerts quiet: its `number`, its `title`, and each service that it is about."""
    carried = ServiceComponent.component_id == MaintenanceComponent.component_id
    return (
        select(Maintenance.id.label("number"), Maintenance.title.label("title"), ServiceComponent.service_id)
        .join(MaintenanceComponent, MaintenanceComponent.maintenance_id == Maintenance.id)
        .join(ServiceComponent, carried)
        .where(Maintenance.state.in_(RUNNING), Maintenance.quiet_alerts)
    )


def held_by_work(number: int, title: str) -> Hold:
    """What holds back the alerts of a service while planned work lasts."""
    return Hold(f"While planned work lasts: {maintenance_reference(number)} {title}", maintenance_id=number)


def snoozed_hold(until: datetime) -> Hold:
    """What holds back an alert that somebody snoozed, or whose group they did."""
    return Hold(f"Snoozed until {clock_time(until)}.", snoozed_until=until)
