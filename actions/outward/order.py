"""Ordering something at a vendor for an incident: it is noted with the change that causes it, and done by a job."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.vendors import PORTS, VENDORS
from actions.record import enqueue, now
from core.errors import conflict
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.job import JobName
from models.words import OutwardState, OutwardVerb


async def order(
    session: AsyncSession,
    incident: Incident,
    verb: OutwardVerb,
    integration: Integration,
    *,
    name: str,
    arguments: Mapping[str, Any] | None = None,
) -> OutwardAction:
    """Have something done once. Ordered again under the same name it is the same; one that failed is tried again.

    CONFLICT if the vendor can't do it.
    """
    vendor = VENDORS.get(integration.vendor)
    if vendor is None or PORTS[verb] not in vendor.ports:
        able = sorted(each.name for each in VENDORS.values() if PORTS[verb] in each.ports)
        raise conflict(
            f"{integration.name} can't {verb.replace('_', ' ').lower()}.",
            field="integration",
            hint=f"Choose an integration of one of these: {', '.join(able)}.",
        )
    key = f"{incident.reference}/{name}"
    values = {
        "key": key,
        "integration_id": integration.id,
        "incident_id": incident.id,
        "verb": verb,
        "arguments": dict(arguments or {}),
        "state": OutwardState.PENDING,
        "attempts": 0,
        "created_at": now(session),
    }
    new = await session.scalar(
        insert(OutwardAction).values(values).on_conflict_do_nothing().returning(OutwardAction.id)
    )
    row = (await session.scalars(select(OutwardAction).where(OutwardAction.key == key).with_for_update())).one()
    again = row.state in (OutwardState.FAILED, OutwardState.CALLED_OFF)
    if again:
        # What was done of it meanwhile is looked up first: a refusal may have come after an answer that was lost.
        row.state = OutwardState.UNKNOWN if row.attempts else OutwardState.PENDING
        row.integration_id, row.error, row.created_at = integration.id, None, now(session)
    if new is not None or again:
        enqueue(session, JobName.OUTWARD_PERFORM, action_id=row.id, integration_id=integration.id)
    return row
