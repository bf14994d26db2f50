"""Ordering something at a vendor for an incident or an action item.

It is noted with the change that causes it, and done by a job.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.vendors import PORTS, VENDORS, ports_of
from actions.record import enqueue, now
from core.errors import conflict
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.job import JobName
from models.postmortem import ActionItem
from models.words import OutwardState, OutwardVerb

TOGETHER = timedelta(seconds=3)
"""How long what follows an incident waits for more that happens to it: a burst of changes is told once."""


Subject = Incident | ActionItem
"""What something is ordered for."""


async def order(
    session: AsyncSession,
    subject: Subject,
    verb: OutwardVerb,
    integration: Integration,
    *,
    name: str,
    arguments: Mapping[str, Any] | None = None,
    lost: bool = False,
) -> OutwardAction:
    """Have something done once. Ordered again under the same name it is the same; one that failed is tried again.

    `lost`: what was done is not found at the vendor any more, so that it is looked up, and done again.
    CONFLICT if the vendor can't do it.
    """
    _refuse_unable(integration, verb)
    row, new = await _noted(session, subject, verb, integration, name, arguments or {})
    again = row.state in (OutwardState.FAILED, OutwardState.CALLED_OFF) or (lost and row.state is OutwardState.DONE)
    if again:
        # What was done of it meanwhile is looked up first: a refusal may have come after an answer that was lost.
        row.state = OutwardState.UNKNOWN if row.attempts else OutwardState.PENDING
        row.integration_id, row.error, row.created_at = integration.id, None, now(session)
        # Whoever asks again is told again what they wait for.
        row.arguments = {name: value for name, value in row.arguments.items() if name != "failed"}
    if new or again:
        enqueue(session, JobName.OUTWARD_PERFORM, action_id=row.id, integration_id=integration.id)
    return row


async def renew(
    session: AsyncSession,
    subject: Subject,
    verb: OutwardVerb,
    integration: Integration,
    *,
    name: str,
    arguments: Mapping[str, Any],
) -> OutwardAction:
    """Have something brought up to date, now or again: asked for while it waits, it is done once.

    `arguments` are added to what it was ordered with. What is under way now is done once more afterwards: it may have
    read what it is for before this change (`round` tells the ledger).
    """
    row, new = await _noted(session, subject, verb, integration, name, arguments)
    if new:
        schedule(session, row)
        return row
    row.arguments = {**row.arguments, **arguments}
    if row.state is OutwardState.UNKNOWN:
        row.arguments = {**row.arguments, "round": row.arguments.get("round", 0) + 1}
    elif row.state is not OutwardState.PENDING:
        row.arguments = {**row.arguments, "failed": row.error}
        row.state, row.created_at = OutwardState.PENDING, now(session)
        schedule(session, row)
    return row


def schedule(session: AsyncSession, row: OutwardAction) -> None:
    """Have something that follows an incident done soon, together with what happens until then."""
    name, moment = JobName.OUTWARD_PERFORM, now(session) + TOGETHER
    enqueue(session, name, run_at=moment, action_id=row.id, integration_id=row.integration_id)


def _refuse_unable(integration: Integration, verb: OutwardVerb) -> None:
    vendor, port = VENDORS.get(integration.vendor), PORTS[verb]
    if port in ports_of(integration.vendor, integration.configuration):
        return
    if vendor is not None and port in vendor.ports:
        raise conflict(
            f"{integration.name} can't {verb.replace('_', ' ').lower()} yet.",
            field="integration",
            hint=f"Have an admin enter `{vendor.needs[port]}` in its configuration.",
        )
    able = sorted(each.name for each in VENDORS.values() if port in each.ports)
    raise conflict(
        f"{integration.name} can't {verb.replace('_', ' ').lower()}.",
        field="integration",
        hint=f"Choose an integration of one of these: {', '.join(able)}.",
    )


def key_of(subject: Subject, name: str) -> str:
    """What an order is known by."""
    reference = subject.reference if isinstance(subject, Incident) else f"ITEM-{subject.id}"
    return f"{reference}/{name}"


async def _noted(
    session: AsyncSession,
    subject: Subject,
    verb: OutwardVerb,
    integration: Integration,
    name: str,
    arguments: Mapping[str, Any],
) -> tuple[OutwardAction, bool]:
    """The row of an order, locked, and whether it is new."""
    key = key_of(subject, name)
    values = {
        "key": key,
        "integration_id": integration.id,
        "incident_id": subject.id if isinstance(subject, Incident) else None,
        "action_item_id": subject.id if isinstance(subject, ActionItem) else None,
        "verb": verb,
        "arguments": dict(arguments),
        "state": OutwardState.PENDING,
        "attempts": 0,
        "created_at": now(session),
    }
    new = await session.scalar(
        insert(OutwardAction).values(values).on_conflict_do_nothing().returning(OutwardAction.id)
    )
    row = (await session.scalars(select(OutwardAction).where(OutwardAction.key == key).with_for_update())).one()
    return row, new is not None
