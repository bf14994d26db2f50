"""Keeping severities. Each save is a new version: incidents keep the one that they were given (DESIGN §3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import Saving, refuse_routed
from actions.find import find_role
from actions.record import now
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.severity import Severity, SeverityVersion
from models.words import PagingScope

NAME = 40
MAX_RANK = 100
MAX_EXAMPLES = 20
MAX_MINUTES = 30 * 24 * 60
MAX_DAYS = 365

LIMITS = {
    "fill_roles_within_minutes": MAX_MINUTES,
    "internal_cadence_minutes": MAX_MINUTES,
    "public_cadence_minutes": MAX_MINUTES,
    "postmortem_due_days": MAX_DAYS,
    "action_item_assign_days": MAX_DAYS,
    "action_item_due_days": MAX_DAYS,
    "action_item_escalate_days": MAX_DAYS,
}
"""The largest value of each obligation that is a length of time; the smallest is 1."""


@dataclass(frozen=True, slots=True)
class Demands:
    """Obligations as a client gives them. They replace the obligations before as a whole: what is None is not owed."""

    pages: PagingScope
    required_roles: list[str]
    postmortem_required: bool
    business_hours_only: bool = False
    fill_roles_within_minutes: int | None = None
    internal_cadence_minutes: int | None = None
    public_cadence_minutes: int | None = None
    postmortem_due_days: int | None = None
    action_item_assign_days: int | None = None
    action_item_due_days: int | None = None
    action_item_escalate_days: int | None = None


async def save_severity(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    rank: int | Unset | None = UNSET,
    definition: str | Unset | None = UNSET,
    examples: list[str] | Unset | None = UNSET,
    obligations: Demands | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> SeverityVersion:
    """Add a severity, or make a new version of one; the version that is now in force. Admins only.

    A new one needs name, rank (1 is the worst), definition and obligations. Incidents keep the version that they have.
    CONFLICT if a severity in use has the name or the rank, for archiving the last one, and for archiving one that a
    routing rule names. VERSION_CONFLICT if it is no longer at `expected_version`.
    """
    require(actor, Permission.ADMINISTER)
    others = await lock_severities(session)
    before = _present(others, id)
    if before is not None and isinstance(expected_version, int):
        check.expected_version(expected_version, before.version, "severity")
    saving = Saving(session, "severity", _next_version(before), creating=before is None)
    saving.text("name", name, limit=NAME)
    saving.set("rank", _within(saving.given("rank", rank), "rank", MAX_RANK))
    saving.text("definition", definition, limit=check.BODY)
    if not isinstance(examples, Unset):
        saving.set("examples", _examples(examples or []))
    demands = saving.given("obligations", obligations)
    if not isinstance(demands, Unset):
        await _set_obligations(saving, demands)
    if saving.archive(archived):
        await refuse_routed(session, RoutingRule.severity_id == saving.row.severity_id)
    _refuse_clash(saving.row, [other for other in others if other is not before and not other.archived])
    if before is not None and not saving.changed:
        return before
    await _put_in_force(saving)
    saving.record(actor, saving.row.severity_id)
    return saving.row


async def lock_severities(session: AsyncSession) -> Sequence[SeverityVersion]:
    """The version in force of every severity, by rank. Locks them all: names and ranks are unique among them."""
    await session.scalars(select(Severity.id).order_by(Severity.id).with_for_update(key_share=True))
    current = select(SeverityVersion).join(Severity, Severity.current_version_id == SeverityVersion.id)
    return (await session.scalars(current.order_by(SeverityVersion.rank, SeverityVersion.id))).all()


def _present(versions: Sequence[SeverityVersion], reference: str | None) -> SeverityVersion | None:
    """The version in force of the severity with this id; None without an id. NOT_FOUND if there is no such one."""
    if reference is None:
        return None
    key = decode_as("Severity", reference)
    found = next((version for version in versions if version.severity_id == key), None)
    if found is None:
        raise not_found("id", "severity", reference)
    return found


def _next_version(before: SeverityVersion | None) -> SeverityVersion:
    """A version like the one before, with the next number; of a new severity, an empty first one."""
    if before is None:
        return SeverityVersion(version=1, examples=[])
    columns = [attribute.key for attribute in inspect(SeverityVersion).column_attrs]
    copied = {name: getattr(before, name) for name in columns if name not in ("id", "version", "created_at")}
    return SeverityVersion(**copied, version=before.version + 1)


def _within(value: Any, field: str, most: int) -> Any:
    if isinstance(value, int) and not 1 <= value <= most:
        raise invalid(field, f"{value} is out of range.", f"Send a number from 1 to {most}.")
    return value


def _examples(examples: list[str]) -> list[str]:
    if len(examples) > MAX_EXAMPLES:
        raise invalid("examples", f"There are {len(examples)} examples.", f"Keep the best {MAX_EXAMPLES}.")
    return [check.text(example, f"examples.{i}", limit=check.LINE) for i, example in enumerate(examples)]


async def _set_obligations(saving: Saving[SeverityVersion], demands: Demands) -> None:
    """Set every obligation; the roles are given by key or id."""
    check.few(demands.required_roles, "obligations.required_roles")
    roles = [
        await find_role(saving.session, role, f"obligations.required_roles.{i}")
        for i, role in enumerate(demands.required_roles)
    ]
    saving.set("pages", demands.pages)
    saving.set("business_hours_only", demands.business_hours_only)
    saving.set("required_role_ids", list(dict.fromkeys(role.id for role in roles)))
    for name, most in LIMITS.items():
        saving.set(name, _within(getattr(demands, name), f"obligations.{name}", most))
    saving.set("postmortem_required", demands.postmortem_required)


def _refuse_clash(version: SeverityVersion, others: Sequence[SeverityVersion]) -> None:
    """CONFLICT if another severity in use has the name or the rank, or if there would be no severity left."""
    if version.archived:
        if not others:
            raise conflict(f"{version.name} is the last severity.", field="archived", hint="Add another one first.")
        return
    for other in others:
        if other.name.lower() == version.name.lower():
            raise conflict(f"There is a severity {other.name} already.", field="name", hint="Choose another name.")
        if other.rank == version.rank:
            raise conflict(
                f"{other.name} has rank {other.rank} already.",
                field="rank",
                hint="Choose a free rank, or move that one.",
            )


async def _put_in_force(saving: Saving[SeverityVersion]) -> None:
    """Write the version and make it the severity's present one."""
    session, version = saving.session, saving.row
    if saving.creating:
        severity = Severity()
        session.add(severity)
        await session.flush()
        version.severity_id = severity.id
    else:
        severity = await session.get_one(Severity, version.severity_id)
    version.created_at = now(session)
    session.add(version)
    await session.flush()
    severity.current_version_id, severity.archived_at = version.id, version.archived_at
