"""Keeping schedules. Each save is a version from a moment on, so that the past stays as it was (ADR 0028)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import Saving, begin
from actions.find import find_team
from actions.record import now
from actions.schedules.layers import Values, read_country, read_free_days, read_layers
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.organisation import Organisation
from models.schedule.table import Schedule, ScheduleVersion
from models.schedule.written import people_in

MOST = 500
"""Schedules in use."""


async def save_schedule(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    team: str | Unset | None = UNSET,
    zone: str | Unset | None = UNSET,
    layers: Sequence[Values] | Unset | None = UNSET,
    country: str | Unset | None = UNSET,
    part: str | Unset | None = UNSET,
    free_days: Sequence[Values] | Unset | None = UNSET,
    valid_from: datetime | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> Schedule:
    """Add a schedule, or change one: what is left out stays, null clears, lists replace lists.

    Another zone, other layers or holidays are a new version from `valid_from` on, by default at once; versions that
    were to come by then or later are superseded. A new schedule is in the organisation's zone unless that is said, and
    has no layers, so that nobody is on call, until it has some. INVALID_INPUT for a moment that has passed, for an
    unknown zone, and naming the part of a layer at fault; CONFLICT for a name in use and for too many schedules;
    VERSION_CONFLICT if it is no longer at `expected_version`.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, Schedule, id)
    row = saving.row
    if saving.creating:
        row.version, row.stamp = 0, uuid4()
        await _room(session)
    elif isinstance(expected_version, int):
        check.expected_version(expected_version, row.version, "schedule")
    saving.text("name", name)
    if not isinstance(team, Unset):
        saving.set("team_id", (await find_team(session, team)).id if team is not None else None)
    saving.archive(archived)
    await saving.write()
    before = await _latest(session, row)
    wanted = dict(before.definition) if before is not None else await _empty(session)
    if isinstance(zone, str):
        wanted["zone"] = check.time_zone(zone, "zone").key
    if not isinstance(layers, Unset):
        wanted["layers"] = await read_layers(session, layers or [], people_in(wanted))
    if not isinstance(country, Unset) or not isinstance(part, Unset):
        parts = wanted["part"] if isinstance(part, Unset) else part
        wanted["country"], wanted["part"] = read_country(
            wanted["country"] if isinstance(country, Unset) else country, parts if country is not None else None
        )
    if not isinstance(free_days, Unset):
        wanted["free_days"] = read_free_days(free_days or [])
    await _version(saving, before, wanted, valid_from if isinstance(valid_from, datetime) else None)
    if saving.changed or saving.creating:
        row.stamp = uuid4()
    saving.record(actor)
    return row


async def _room(session: AsyncSession) -> None:
    if (await session.scalar(select(func.count()).where(Schedule.archived_at.is_(None))) or 0) >= MOST:
        raise conflict(f"There are {MOST} schedules.", hint="Archive one that is not needed any more.")


async def _empty(session: AsyncSession) -> dict[str, Any]:
    zone = await session.scalar(select(Organisation.time_zone)) or "UTC"
    return {"zone": zone, "layers": [], "free_days": {}, "country": None, "part": None}


async def _latest(session: AsyncSession, row: Schedule) -> ScheduleVersion | None:
    """The version that is in force last, as things stand."""
    mine = select(ScheduleVersion).where(ScheduleVersion.schedule_id == row.id, ScheduleVersion.superseded_at.is_(None))
    return (await session.scalars(mine.order_by(ScheduleVersion.valid_from.desc()).limit(1))).first()


async def _version(
    saving: Saving[Schedule], before: ScheduleVersion | None, wanted: dict[str, Any], valid_from: datetime | None
) -> None:
    """Put a definition in force from a moment on, unless it is the one that is in force then."""
    session, row = saving.session, saving.row
    moment = now(session)
    if valid_from is not None and valid_from < moment - check.CLOCK_SKEW:
        hint = "Leave it out for now; what was cannot be changed."
        raise invalid("valid_from", f"{valid_from.isoformat()} has passed.", hint)
    begins = max(moment, valid_from or moment)
    if before is not None and before.definition == wanted and before.valid_from <= begins:
        if saving.changed:
            row.version += 1
        return
    row.version += 1
    later = update(ScheduleVersion).where(
        ScheduleVersion.schedule_id == row.id,
        ScheduleVersion.superseded_at.is_(None),
        ScheduleVersion.valid_from >= begins,
    )
    await session.execute(later.values(superseded_at=moment))
    version = ScheduleVersion(
        schedule_id=row.id, version=row.version, valid_from=begins, definition=wanted, created_at=moment
    )
    session.add(version)
    await session.flush()
    saving.note("layers", before.version if before is not None else None, row.version)
