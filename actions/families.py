"""An incident and those that were merged into it share one timeline, so some changes concern all of them."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incidents, incident_key
from auth.actor import Actor
from auth.visibility import visible_to
from core.errors import conflict
from models.incident import Incident

ATTEMPTS = 5
"""How often others may merge into an incident while we wait for its lock before the client is asked to try again."""


async def find_families(
    session: AsyncSession, actor: Actor, references: Mapping[str, str]
) -> tuple[dict[str, Incident], list[Incident]]:
    """Incidents by field, and all that were merged into any of them, every one locked, in the order of their ids.

    Who belongs to a family is certain only once its head is locked: read, lock, look again; if it grew meanwhile, give
    the locks back (a savepoint's locks go with it) and begin anew.
    """
    keys = {incident_key(reference, field) for field, reference in references.items()}
    # Nobody waits for a lock on what they may not see.
    seen = (await session.scalars(select(Incident.id).where(Incident.id.in_(keys), visible_to(actor)))).all()
    merged = Incident.merged_into_id.in_(seen)
    for _ in range(ATTEMPTS):
        savepoint = await session.begin_nested()
        locked = await _lock(session, or_(Incident.id.in_(seen), merged))
        heads = await find_incidents(session, actor, dict(references))
        if set(await session.scalars(select(Incident.id).where(merged))) <= locked.keys():
            await savepoint.commit()
            return heads, [incident for incident in locked.values() if incident.merged_into_id in keys]
        await savepoint.rollback()
    raise conflict(
        "Others are merging into this incident.", field=next(iter(references)), hint="Try again in a moment."
    )


async def _lock(session: AsyncSession, condition: ColumnElement[bool]) -> dict[int, Incident]:
    """Incidents by id, fresh and locked until the end of the transaction, in the order of their ids."""
    found = await session.scalars(
        select(Incident)
        .where(condition)
        .order_by(Incident.id)
        .with_for_update(key_share=True, of=Incident)
        .execution_options(populate_existing=True)
    )
    return {incident.id: incident for incident in found}
