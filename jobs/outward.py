"""Doing at vendors what incidents need there: found, done, marked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from pydantic import ValidationError
from sqlalchemy import select

from actions.outward.checks import Check, Result, note_checks, to_check
from actions.outward.ledger import Claimed, Failure, Made, Wait, claim_action, mark_done, mark_failed
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.budgets import Budgets
from core.db import Reader
from integrations.adaptors import ADAPTORS
from integrations.client import Account, VendorClient
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable, VendorError
from integrations.ports import Adaptor, BridgePort, Matter, TicketPort
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.incident import Incident
from models.job import JobName
from models.severity import SeverityVersion
from models.words import IncidentKind, OutwardVerb, Visibility

_budgets = Budgets()
"""What this process has asked of vendors lately."""

SETTLING = timedelta(seconds=20)
"""After an attempt whose end we don't know, before it is looked up: a vendor whose answer got lost may still be working
on it, and what is not there yet can't be found. Twice what we wait for any answer."""


@job(JobName.OUTWARD_PERFORM, seconds=50.0)
async def perform(*, action_id: int, integration_id: int) -> None:  # noqa: ARG001 (what waits is found by it)
    """Do one thing at a vendor, unless it is settled."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        claimed = await claim_action(session, action_id)
    if isinstance(claimed, Wait):
        raise Later(claimed.seconds, claimed.reason)
    if claimed is not None:
        await _attempt(runtime, claimed)


async def _attempt(runtime: JobRuntime, claimed: Claimed) -> None:
    try:
        async with runtime.database.reading() as reader:
            matter = await matter_of(reader, claimed.incident_id, runtime.settings.base_url)
        made = await _carry_out(opened(runtime, claimed.vendor, claimed.configuration), claimed, matter)
    except VendorError as error:
        await _failed(runtime, claimed, error)
    else:
        async with runtime.database.unit_of_work() as session:
            await mark_done(session, claimed, made)


async def _carry_out(adaptor: Adaptor, claimed: Claimed, matter: Matter) -> Made:
    """What was made, now or by an earlier attempt."""
    if claimed.verb is OutwardVerb.OPEN_BRIDGE:
        bridges = cast("BridgePort", adaptor)
        found = await bridges.find_bridge(matter) if claimed.uncertain else None
        return found or await bridges.open_bridge(matter)
    if claimed.verb is OutwardVerb.OPEN_TICKET:
        return await _ticket(cast("TicketPort", adaptor), claimed, matter)
    raise Permanent(f"This version of Muster does not know how to {claimed.verb.replace('_', ' ').lower()}.")


async def _ticket(tickets: TicketPort, claimed: Claimed, matter: Matter) -> Made:
    """The incident's ticket: the one that an earlier attempt opened, else a new one."""
    if not claimed.uncertain:
        return await tickets.open_ticket(matter)
    if claimed.quiet < SETTLING:
        raise Retryable("It is looked up whether the ticket was opened.", after=SETTLING.total_seconds())
    return await tickets.find_ticket(matter) or await tickets.open_ticket(matter)


async def _failed(runtime: JobRuntime, claimed: Claimed, error: VendorError) -> None:
    after = error.after if isinstance(error, Retryable) else None
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(session, claimed, meaning(error), error.words, after=after)
    if seconds is not None:
        raise Later(seconds, error.words)


def meaning(error: VendorError) -> Failure:
    """What follows from a failure."""
    if isinstance(error, AuthExpired):
        return Failure.SIGNED_OUT
    if isinstance(error, Permanent):
        return Failure.PERMANENT
    return Failure.AMBIGUOUS if isinstance(error, Ambiguous) else Failure.RETRYABLE


@job(JobName.INTEGRATION_CHECK, seconds=50.0, attempts=3)
async def check(*, integration_id: int) -> None:
    """Examine an integration, and note what was found."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return
    try:
        found = await opened(runtime, *wanted).check()
    except VendorError as error:
        found = [Check("configuration", Result.WRONG, error.words)]
    async with runtime.database.unit_of_work() as session:
        await note_checks(session, integration_id, found)


def opened(runtime: JobRuntime, vendor: str, configuration: dict[str, Any]) -> Adaptor:
    """The adaptor of an integration. Permanent if what is kept of it is no configuration (any more)."""
    if vendor not in ADAPTORS:
        raise Permanent(f"This version of Muster has no adaptor for {vendor}.")

    def speak(account: Account) -> VendorClient:
        allowed = replace(account, allow_private=runtime.settings.webhook_allow_private)
        return VendorClient(allowed, _budgets)

    try:
        return ADAPTORS[vendor](configuration, speak)
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise Permanent(f"Its configuration has to be entered anew: {fields}.") from None


async def matter_of(reader: Reader, incident_id: int, base_url: str) -> Matter:
    """What vendors are told of an incident, as it is now."""
    incident = await reader.row(Incident, select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM)))
    if incident is None:
        raise LookupError(f"there is no incident {incident_id}")
    severity = await reader.scalar(
        select(SeverityVersion.name).where(SeverityVersion.id == incident.severity_version_id)
    )
    return Matter(
        incident.reference,
        incident.title,
        severity,
        f"{base_url}/console/incidents/{incident.reference}",
        private=incident.visibility is Visibility.PRIVATE,
        drill=incident.kind is IncidentKind.DRILL,
    )
