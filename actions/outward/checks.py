"""Examinations of integrations: what was found, noted where admins look."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.settings import opened, wake
from actions.record import now, record
from auth.actor import SYSTEM
from models.facts.outward import IntegrationChecked
from models.integration import Integration
from models.words import Visibility


class Result(StrEnum):
    """What was found of one thing that an integration needs."""

    OK = "OK"
    MISSING = "MISSING"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that an integration needs: `chat:write`, what was found, and in words what to do."""

    subject: str
    result: Result
    words: str


async def to_check(session: AsyncSession, integration_id: int) -> tuple[str, dict[str, Any]] | None:
    """The vendor and the whole configuration of an integration; None if it is archived."""
    row = await session.get_one(Integration, integration_id)
    if row.archived:
        return None
    return row.vendor, {**row.configuration, **opened(session.info["secrets"], row)}


async def note_checks(session: AsyncSession, integration_id: int, checks: list[Check]) -> None:
    """Note what an examination found. If all is good, whatever waited for the integration goes on."""
    query = select(Integration).where(Integration.id == integration_id).with_for_update()
    row = (await session.scalars(query)).one()
    good = all(check.result is Result.OK for check in checks)
    row.checks, row.checked_at = [asdict(check) for check in checks], now(session)
    if good and (row.signed_out_at is not None or row.next_attempt_at is not None):
        row.signed_out_at = row.next_attempt_at = None
        await wake(session, row.id)
    record(session, SYSTEM, IntegrationChecked(integration_id=row.id, good=good), visibility=Visibility.PRIVATE)
