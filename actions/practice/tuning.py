"""Tuning the checks of the practice, and what was made of them when the feed stood at a place."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check as checked
from actions.record import now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Reader
from core.errors import invalid
from core.unset import UNSET, Unset
from models.event import AUDITED, Event, EventText
from models.facts.base import ERASED
from models.facts.practice import CheckTuned
from models.practice.checks import CHECKS, find_check
from models.practice.definition import MOST, Check, InForce, Tuning
from models.practice.tuning import PracticeTuning
from models.words import Visibility

REASON = 500
TUNED: ColumnElement[str] = literal_column(f"'{CheckTuned.kind}'")
"""Written out, so that the planner knows how few there are among the audited events."""


async def tune_check(
    session: AsyncSession,
    actor: Actor,
    *,
    check: str,
    reason: str,
    enabled: bool | Unset | None = UNSET,
    limit: int | Unset | None = UNSET,
    target: float | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> PracticeTuning:
    """Switch a check off or on, or give it another limit or target; null takes back the check's own.

    NOT_FOUND for an unknown check; INVALID_INPUT for a limit of a check that has none, a number out of range, and
    without a reason; VERSION_CONFLICT if it is no longer at `expected_version`. What is asked as of an earlier cursor
    is judged as it was then.
    """
    require(actor, Permission.ADMINISTER)
    found = find_check(check)
    why = checked.text(reason, "reason", limit=REASON)
    _refuse_numbers(found, limit, target)
    row = await _locked(session, found.key)
    if isinstance(expected_version, int):
        checked.expected_version(expected_version, row.version, "check")
    before = (row.enabled, row.limit_value, row.target)
    if isinstance(enabled, bool):
        row.enabled = enabled
    if not isinstance(limit, Unset):
        row.limit_value = limit
    if not isinstance(target, Unset):
        row.target = target
    if (row.enabled, row.limit_value, row.target) == before:
        return row
    row.version += 1
    row.tuned_at = now(session)
    fact = CheckTuned(
        check=found.key,
        version=row.version,
        enabled=row.enabled,
        limit=row.limit_value,
        target=row.target,
        reason=why,
    )
    record(session, actor, fact, visibility=Visibility.PRIVATE)
    return row


def _refuse_numbers(check: Check, limit: int | Unset | None, target: float | Unset | None) -> None:
    if isinstance(limit, int):
        if check.unit is None:
            raise invalid("limit", f"{check.name} has no limit.", "Leave it out; tune its target instead.")
        if not 0 <= limit <= MOST:
            raise invalid("limit", f"{limit} is out of range.", f"Send 0 to {MOST}. {check.limit_is}")
    if isinstance(target, float | int):
        if check.at_least:
            raise invalid("target", f"{check.name} is judged by a number, not a share.", "Tune its limit instead.")
        if not 0 <= target <= 1:
            raise invalid("target", f"{target} is no share.", "Send 0 to 1: 0.9 is nine of ten incidents.")


async def _locked(session: AsyncSession, key: str) -> PracticeTuning:
    fresh = {"key": key, "version": 0, "enabled": True, "tuned_at": now(session)}
    await session.execute(insert(PracticeTuning).values(fresh).on_conflict_do_nothing())
    own = select(PracticeTuning).where(PracticeTuning.key == key).with_for_update()
    return (await session.scalars(own)).one()


async def tunings_at(reader: Reader, place: int) -> dict[str, Tuning]:
    """What had been made of each check by a place in the feed, by its key. The events tell: they stay as they were."""
    reason = select(EventText.body).where(EventText.event_id == Event.id).scalar_subquery()
    statement = (
        select(Event.data, Event.recorded_at, reason)
        .where(Event.kind == TUNED, AUDITED, Event.id <= place)
        .order_by(Event.id)
    )
    return {
        data["check"]: Tuning(
            data["version"], data["enabled"], data.get("limit"), data.get("target"), body or ERASED, recorded_at
        )
        for data, recorded_at, body in await reader.execute(statement)
    }


async def standards_at(reader: Reader, place: int, wanted: Sequence[Check] | None = None) -> list[InForce]:
    """The checks that are wanted, by default each in the version in force, as they were tuned at a place."""
    tunings = await tunings_at(reader, place)
    checks = [versions[-1] for versions in CHECKS.values()] if wanted is None else wanted
    return [InForce(check, tunings.get(check.key, Tuning())) for check in checks]
