"""The plan of a maintenance: what times it may have, what else is planned, and when the timers must look at it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.components import lock_components
from actions.find import find_component, refuse_archived
from core.errors import conflict, invalid
from models.maintenance import PENDING_SQL, Maintenance, MaintenanceComponent
from models.service import Component
from models.words import MaintenanceState

LONGEST = timedelta(days=30)
FARTHEST = timedelta(days=730)
"""How far ahead work can be planned, and how far back it can be noted."""
MAX_COMPONENTS = 100
REMIND_MINUTES = range(1, 14 * 24 * 60 + 1)
"""A reminder comes at most 14 days before: that is when the status page begins to show the work."""


def whole(moment: datetime) -> datetime:
    """A moment as it is kept: in UTC, to the second, as calendars have it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def check_times(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Refuse a window that ends before it starts, is longer than 30 days, or is years away. INVALID_INPUT."""
    if ends_at <= starts_at:
        raise invalid("ends_at", "The maintenance ends before it starts.", "Give an end after the start.")
    if ends_at - starts_at > LONGEST:
        raise invalid("ends_at", "The maintenance is longer than 30 days.", "Plan its parts one by one.")
    if abs(starts_at - now) > FARTHEST:
        raise invalid("starts_at", "The start is more than two years away.", "Plan it when it is nearer.")


def check_start(starts_at: datetime, now: datetime) -> datetime:
    """A start that is to come; one within the clock skew of now becomes now. INVALID_INPUT."""
    if starts_at < now - check.CLOCK_SKEW:
        raise invalid(
            "starts_at",
            f"{starts_at.isoformat()} has passed.",
            "Give a start that is still to come; send alreadyDone: true to note work that is over.",
        )
    return max(starts_at, whole(now))


def check_reminder(minutes: int | None) -> int | None:
    """Minutes before the start, at most 14 days. INVALID_INPUT."""
    if minutes is not None and minutes not in REMIND_MINUTES:
        raise invalid("remind_minutes", f"{minutes} minutes can't be.", f"Send 1 to {REMIND_MINUTES[-1]}, or null.")
    return minutes


async def named_components(
    session: AsyncSession, references: Sequence[str], also: Collection[int] = ()
) -> dict[int, Component]:
    """The components named, each once, by key. They and those in `also` are locked in the order of their ids.

    INVALID_INPUT for none, too many, unknown or archived ones.
    """
    if not references:
        raise invalid("components", "The maintenance touches nothing.", "Name the components that customers will miss.")
    check.few(references, "components", limit=MAX_COMPONENTS)
    named: dict[int, Component] = {}
    for index, reference in enumerate(references):
        component = await find_component(session, reference, f"components.{index}")
        if component.id in named:
            raise invalid(f"components.{index}", f"{component.name!r} is named twice.", "Name it once.")
        named[component.id] = component
    await lock_components(session, named.keys() | set(also))
    for index, component in enumerate(named.values()):
        refuse_archived(component, f"components.{index}")  # it may have been while we waited for the lock
    return named


async def refuse_overlap(
    session: AsyncSession,
    component_ids: Collection[int],
    windows: Sequence[tuple[datetime, datetime]],
    *,
    apart_from: Collection[int] = (),
) -> None:
    """CONFLICT, naming it, if other work on one of these components is planned for one of these windows.

    The components are locked by the caller: nobody else plans work on them meanwhile.
    """
    if not windows:
        return
    first, last = min(start for start, _ in windows), max(end for _, end in windows)
    planned = await session.scalars(
        select(Maintenance)
        .where(
            text(PENDING_SQL),
            Maintenance.id.not_in(apart_from),
            Maintenance.starts_at < last,
            Maintenance.ends_at > first,
            Maintenance.id.in_(
                select(MaintenanceComponent.maintenance_id).where(MaintenanceComponent.component_id.in_(component_ids))
            ),
        )
        .order_by(Maintenance.starts_at, Maintenance.id)
    )
    for other in planned:
        if any(start < other.ends_at and other.starts_at < end for start, end in windows):
            raise conflict(
                f"{other.reference}, “{other.title}”, takes the same component from {other.starts_at.isoformat()}"
                f" to {other.ends_at.isoformat()}.",
                field="starts_at",
                hint="Choose another time, or send allowOverlap: true.",
            )


def set_timers(maintenance: Maintenance, now: datetime) -> None:
    """Let the timers look at a maintenance when the plan says so. A reminder whose time has passed is not sent."""
    scheduled = maintenance.state is MaintenanceState.SCHEDULED
    maintenance.begin_due_at = maintenance.starts_at if scheduled and maintenance.auto_start else None
    maintenance.end_due_at = maintenance.ends_at if maintenance.running and maintenance.auto_end else None
    minutes = maintenance.remind_minutes
    reminder = maintenance.starts_at - timedelta(minutes=minutes) if minutes is not None else None
    maintenance.remind_due_at = reminder if scheduled and reminder is not None and reminder > now else None


def touch(maintenance: Maintenance, now: datetime) -> None:
    """Note that a maintenance changed: calendars and edits see it by its numbers."""
    maintenance.sequence += 1
    maintenance.version += 1
    maintenance.changed_at = now


async def components_of(session: AsyncSession, maintenance_ids: Collection[int]) -> dict[int, list[int]]:
    """The keys of the components of each maintenance, in order."""
    found: dict[int, list[int]] = {key: [] for key in maintenance_ids}
    rows = await session.execute(
        select(MaintenanceComponent.maintenance_id, MaintenanceComponent.component_id)
        .where(MaintenanceComponent.maintenance_id.in_(maintenance_ids))
        .order_by(MaintenanceComponent.component_id)
    )
    for maintenance_id, component_id in rows:
        found[maintenance_id].append(component_id)
    return found
