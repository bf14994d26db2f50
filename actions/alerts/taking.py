"""Taking what a delivery of a monitor says: one unit of work for each of its groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.at_once import take_at_once
from actions.alerts.group import NormalisedGroup, Receipt
from actions.alerts.intake import receive_group
from actions.alerts.loose import bounded, no_nul
from actions.alerts.repeats import RepeatedError, answered, remember
from actions.alerts.rows import touch_source
from actions.record import enqueue, now
from actions.service_changes import ToldChange, take_changes
from core.db import Database
from models.alert import AlertSource
from models.job import JobName

MAX_NAME = 200
"""Characters of a vendor's name for a delivery; of a longer one, its hash."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a delivery says."""

    groups: tuple[NormalisedGroup, ...] = ()
    note: str | None = None
    """Why there is no alert in it, where that is no fault; the sender is told."""
    delivery: str | None = None
    """What the vendor calls this delivery: the same when it sends it again."""
    changes: tuple[ToldChange, ...] = ()
    """Changes of services that it tells of."""
    confirm: str | None = None
    """An address of the vendor that a job is to fetch, so that alerts are sent at all."""


class ArchivedError(Exception):
    """The source was archived: it takes nothing."""


async def take(database: Database, source: AlertSource, reading: Reading) -> dict[str, Any]:
    """Store what a delivery says; the answer to its sender: how many alerts, and why there is none.

    One that the vendor sends again within a day changes nothing, and is answered as it was.

    Each group has a unit of work of its own, as two groups' locks could oppose another delivery's. What fails between
    them fails the delivery: sent again, the groups that were stored are repeats. ArchivedError if nothing may be.
    """
    name = bounded(no_nul(reading.delivery), MAX_NAME) if reading.delivery else None
    if name is not None and (before := await answered(database, source.id, name)) is not None:
        return _in_order(before)
    try:
        return await _take(database, source, reading, name)
    except RepeatedError:
        assert name is not None  # noqa: S101 (what has no name repeats nothing)
        return _in_order(await answered(database, source.id, name) or {})


def _in_order(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as it was given: the database keeps no order."""
    return {name: answer[name] for name in ("received", "created", "repeated", "incident", "note") if name in answer}


async def _take(database: Database, source: AlertSource, reading: Reading, name: str | None) -> dict[str, Any]:
    """The last unit of work also notes that the delivery is taken, and how it was answered."""
    if name is None and reading.groups and (answer := await _at_once(database, source, reading)) is not None:
        return answer
    source_id = source.id
    receipts: list[Receipt] = []
    for group in reading.groups[:-1]:
        async with database.unit_of_work() as session:
            receipts.append(await receive_group(session, await _source(session, source_id), group))
    async with database.unit_of_work() as session:
        row = await _source(session, source_id)
        if reading.groups:
            receipts.append(await receive_group(session, row, reading.groups[-1]))
        else:
            await _nothing(session, source_id, reading)
        await take_changes(session, source_id, reading.changes)
        answer = _answer(receipts, reading.note)
        if name is not None:
            await remember(session, source_id, name, answer)
        return answer


async def _at_once(database: Database, source: AlertSource, reading: Reading) -> dict[str, Any] | None:
    """A delivery of one group, if it can be taken at once."""
    if len(reading.groups) > 1 or reading.changes or reading.confirm is not None:
        return None
    receipt = await take_at_once(database, source, reading.groups[0])
    return _answer([receipt], reading.note) if receipt is not None else None


async def _nothing(session: AsyncSession, source_id: int, reading: Reading) -> None:
    """Note that the source is alive, and have its vendor's address fetched if it asks for that."""
    await touch_source(session, source_id, now(session))
    if reading.confirm is not None:
        enqueue(session, JobName.ALERT_SOURCE_CONFIRM, source_id=source_id, address=reading.confirm)


async def _source(session: AsyncSession, source_id: int) -> AlertSource:
    source = await session.get_one(AlertSource, source_id)
    if source.archived:
        raise ArchivedError
    return source


def _answer(receipts: Sequence[Receipt], note: str | None) -> dict[str, Any]:
    """All groups together, with the first incident that one of them belongs to."""
    whole = Receipt(
        received=sum(each.received for each in receipts),
        created=sum(each.created for each in receipts),
        repeated=sum(each.repeated for each in receipts),
        incident=next((each.incident for each in receipts if each.incident is not None), None),
    )
    told = {name: getattr(whole, name) for name in ("received", "created", "repeated", "incident")}
    return told if note is None else {**told, "note": no_nul(note)}  # it may quote what was sent, and is kept
