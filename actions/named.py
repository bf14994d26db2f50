"""From the name of what people call by name, or its id, to its row."""

from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, invalid, not_found
from core.ids import decode_as
from models.paging.policy import EscalationPolicy
from models.schedule.table import Schedule

Named = TypeVar("Named", Schedule, EscalationPolicy)


async def find_named(
    session: AsyncSession, model: type[Named], reference: str, field: str, *, noun: str, changing: bool
) -> Named:
    """A row in use by name (any case) or id. NOT_FOUND, INVALID_INPUT if archived.

    Locked: if it is `changing`, so that nobody else changes it, or what hangs on it; else against being archived.
    """
    if not reference.isprintable():  # NUL and half surrogate pairs are no text to PostgreSQL
        raise not_found(field, noun, reference)
    same = (func.lower(model.name) == reference.strip().lower(), model.archived_at.is_(None))
    named: Any = select(model).where(*same).with_for_update(read=not changing, key_share=not changing)
    row: Named | None = await session.scalar(named.execution_options(populate_existing=True))
    if row is None:
        try:
            key = decode_as(model.__name__, reference, field)
        except DomainError as error:
            raise not_found(field, noun, reference) from error
        lock = {"read": not changing, "key_share": not changing}
        row = await session.get(model, key, with_for_update=lock, populate_existing=True)
    if row is None:
        raise not_found(field, noun, reference)
    if row.archived:
        raise invalid(field, f"The {noun} {row.name!r} is archived.", f"Choose another {noun}.")
    return row


async def find_schedule(session: AsyncSession, reference: str, field: str = "schedule") -> Schedule:
    """A schedule, so that who is on call by it stands still."""
    return await find_named(session, Schedule, reference, field, noun="schedule", changing=True)


async def find_policy(session: AsyncSession, reference: str, field: str = "policy") -> EscalationPolicy:
    """An escalation policy."""
    return await find_named(session, EscalationPolicy, reference, field, noun="escalation policy", changing=False)
