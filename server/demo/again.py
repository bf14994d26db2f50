"""What came again and again in the past: one of a kind is told step by step, the others as that one at other times.

Each step takes some milliseconds, and nobody wants to wait for weeks of them: rows and events are copied at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.schedules.reading import rotas
from core.db import Reader
from core.journal import PendingEvent, journal_of
from core.rows import names_of
from models.alert import Alert
from models.base import Base
from models.event import Event
from models.paging.run import Page, PageAttempt, PagingRun
from models.schedule.table import Schedule
from server.demo.story import Story


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that was told, with who was paged for it by one way at most, and the events of it all."""

    alert: Alert
    run: PagingRun | None
    page: Page | None
    attempt: PageAttempt | None
    events: Sequence[Event]


@dataclass(frozen=True, slots=True, eq=False)
class Again:
    """The same once more, some time later; `person` is on call then."""

    told: Told
    later: timedelta
    person: int | None

    def values(self, row: Any, **keys: int) -> dict[str, Any]:
        """The columns of a row as they are then."""
        return {name: self._then(name, getattr(row, name)) for name in names_of(type(row).model) if name != "id"} | keys

    def happened(self, event: Event, keys: Mapping[str, int | None]) -> PendingEvent:
        """An event as it is then, of other rows."""
        data = self._then("data", event.data)
        return PendingEvent(
            kind=event.kind,
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            occurred_at=event.occurred_at + self.later,
            recorded_at=event.recorded_at + self.later,
            data=data | {name: key for name, key in keys.items() if name in data},
            visibility=event.visibility,
        )

    def _then(self, name: str, value: Any) -> Any:
        match value:
            case datetime():
                return value + self.later
            case str() if name == "starts_at":
                return (datetime.fromisoformat(value) + self.later).isoformat()
            case dict():
                return {inner: self._then(inner, each) for inner, each in value.items()}
            case list() if name == "user_ids":
                return [self.person]
            case list():
                return [self._then("", each) for each in value]
        return self.person if name == "user_id" else value


async def tell_again(story: Story, alike: Mapping[str, Iterable[timedelta]], schedule: str) -> None:
    """Tell what came once more: how much later, by the fingerprint of the alert that was told. `schedule` is paged."""
    async with story.database.reading() as reader:
        told = {fingerprint: await _told(reader, fingerprint) for fingerprint in alike}
        shifts = await _shifts(reader, schedule, min(each.alert.first_seen_at for each in told.values()), story.end)
    found = [
        Again(told[fingerprint], later, _on_call(shifts, told[fingerprint].alert.first_seen_at + later))
        for fingerprint, times in alike.items()
        for later in times
    ]
    found.sort(key=lambda each: each.told.alert.first_seen_at + each.later)
    async with story.database.unit_of_work() as session:
        await _copy(session, found)


async def _told(reader: Reader, fingerprint: str) -> Told:
    (alert,) = await reader.rows(Alert, select(Alert).where(Alert.fingerprint == fingerprint))
    run = await reader.row(PagingRun, select(PagingRun).where(PagingRun.alert_id == alert.id))
    page = await reader.row(Page, select(Page).where(Page.run_id == run.id)) if run is not None else None
    sent = select(PageAttempt).where(PageAttempt.page_id == page.id) if page is not None else None
    attempt = await reader.row(PageAttempt, sent) if sent is not None else None
    theirs = [Event.data["alert_id"].as_integer() == alert.id]
    if run is not None:
        theirs.append(Event.data["run_id"].as_integer() == run.id)
    events = await reader.rows(Event, select(Event).where(or_(*theirs)).order_by(Event.id))
    return Told(alert, run, page, attempt, events)


async def _shifts(reader: Reader, schedule: str, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """From when who is on call."""
    key = await reader.scalar(select(Schedule.id).where(Schedule.name == schedule))
    (rota,) = await rotas(reader, [key], since, until)
    return [(shift.starts_at, shift.person) for shift in rota.shifts(since, until)]


def _on_call(shifts: Sequence[tuple[datetime, int]], moment: datetime) -> int | None:
    return next((person for starts, person in reversed(shifts) if starts <= moment), None)


async def _copy(session: AsyncSession, found: Sequence[Again]) -> None:
    alerts = [Alert(**each.values(each.told.alert)) for each in found]
    await _store(session, alerts)
    events = []
    paged = [(each, alert, each.told.run) for each, alert in zip(found, alerts, strict=True)]
    runs = {each: PagingRun(**each.values(run, alert_id=alert.id)) for each, alert, run in paged if run is not None}
    await _store(session, runs.values())
    pages = {
        each: Page(**each.values(each.told.page, run_id=run.id))
        for each, run in runs.items()
        if each.told.page is not None
    }
    await _store(session, pages.values())
    await _store(
        session,
        [
            PageAttempt(**each.values(each.told.attempt, page_id=page.id))
            for each, page in pages.items()
            if each.told.attempt is not None
        ],
    )
    for each, alert in zip(found, alerts, strict=True):
        if (run := runs.get(each)) is not None:
            alert.paging_run_id = run.id
        keys = {"alert_id": alert.id, "run_id": alert.paging_run_id}
        events += [each.happened(event, keys) for event in each.told.events]
    journal_of(session).events += sorted(events, key=lambda event: event.recorded_at)


async def _store(session: AsyncSession, rows: Iterable[Base]) -> None:
    session.add_all(rows)
    await session.flush()
