"""From a reference to an escalation policy, and from a page to its incident."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import DomainError, invalid, not_found
from core.ids import decode_as
from models.paging.policy import EscalationPolicy


async def find_policy(session: AsyncSession, reference: str, field: str = "policy") -> EscalationPolicy:
    """A policy by name (any case) or id, locked against being archived meanwhile. INVALID_INPUT if archived."""
    if not reference.isprintable():
        raise not_found(field, "escalation policy", reference)
    named = select(EscalationPolicy).where(
        func.lower(EscalationPolicy.name) == reference.strip().lower(), EscalationPolicy.archived_at.is_(None)
    )
    row = await session.scalar(
        named.with_for_update(read=True, key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        try:
            key = decode_as("EscalationPolicy", reference, field)
        except DomainError as error:
            raise not_found(field, "escalation policy", reference) from error
        lock = {"read": True, "key_share": True}
        row = await session.get(EscalationPolicy, key, with_for_update=lock, populate_existing=True)
    if row is None:
        raise not_found(field, "escalation policy", reference)
    if row.archived:
        raise invalid(field, f"The escalation policy {row.name!r} is archived.", "Choose another one.")
    return row
