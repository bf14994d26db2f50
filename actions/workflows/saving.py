"""Keeping workflows. Each save of a definition is a new version: a run keeps the one that it began with."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME, SLUG
from actions.record import now, record_saved
from actions.violations import flush
from actions.workflows.definition import Definition, Values, plain, read_definition, stored
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.workflow import Workflow, WorkflowTrigger, WorkflowVersion

MOST = 200
"""Workflows in use."""


async def save_workflow(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    key: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    enabled: bool | Unset | None = UNSET,
    definition: Values | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> Workflow:
    """Add a workflow, or change one; another definition is a new version. Admins only.

    A new one needs a key, a name and a definition, and is enabled unless that is said. ProblemsError with all that is
    wrong with the definition; CONFLICT for a key that is in use; VERSION_CONFLICT if it is no longer at
    `expected_version`.
    """
    require(actor, Permission.ADMINISTER)
    row = await _new(session, key, name) if id is None else await _known(session, id, key)
    before = await session.get(WorkflowVersion, row.current_version_id) if row.current_version_id else None
    if before is not None and isinstance(expected_version, int):
        check.expected_version(expected_version, before.version, "workflow")
    changed: Values = {} if id is None else _renamed(row, name)
    changed |= _switched(session, row, "enabled", enabled) | _switched(session, row, "archived", archived)
    if id is None and not isinstance(definition, dict):
        raise invalid("definition", "A new workflow needs this.", "Send its trigger and steps.")
    session.add(row)
    await flush(session)
    await session.refresh(row, with_for_update=True)  # before its version, new or not: the order of locks
    if isinstance(definition, dict):
        changed |= await _version(session, row, before, await read_definition(session, definition))
    if changed or id is None:
        await arm(session, row)
        record_saved(session, actor, "workflow", row.id, changed, created=id is None)
    return row


async def find_workflow(
    session: AsyncSession, reference: str, *, field: str = "workflow", archived: bool = False
) -> Workflow:
    """The workflow with this key or id, locked. NOT_FOUND also for an archived one, unless that is asked for."""
    by_key = select(Workflow).where(Workflow.key == reference, Workflow.archived_at.is_(None))
    found = await session.scalar(by_key.with_for_update()) if SLUG.fullmatch(reference) else None
    if found is None and not SLUG.fullmatch(reference):
        found = await session.get(Workflow, decode_as("Workflow", reference, field), with_for_update=True)
    if found is None or (found.archived and not archived):
        raise not_found(field, "workflow", reference)
    return found


async def _new(session: AsyncSession, key: str | Unset | None, name: str | Unset | None) -> Workflow:
    if not isinstance(key, str) or not SLUG.fullmatch(key):
        raise invalid("key", f"{str(key)[:80]!r} is no key.", "Use 1 to 60 of a-z, 0-9 and hyphens.")
    if not isinstance(name, str):
        raise invalid("name", "A new workflow needs this.", "Say what people call it.")
    if (await session.scalar(select(func.count()).where(Workflow.archived_at.is_(None))) or 0) >= MOST:
        raise conflict(f"There are {MOST} workflows.", hint="Archive one that is not needed any more.")
    return Workflow(key=key, name=check.text(name, "name", limit=NAME), enabled=True, created_at=now(session))


async def _known(session: AsyncSession, reference: str, key: str | Unset | None) -> Workflow:
    row = await find_workflow(session, reference, field="id", archived=True)
    if isinstance(key, str) and key != row.key:
        raise invalid("key", "The key can't be changed.", "Add another workflow, and archive this one.")
    return row


def _renamed(row: Workflow, name: str | Unset | None) -> Values:
    if not isinstance(name, str) or name == row.name:
        return {}
    before, row.name = row.name, check.text(name, "name", limit=NAME)
    return {"name": {"from": before, "to": row.name}}


def _switched(session: AsyncSession, row: Workflow, name: str, wanted: bool | Unset | None) -> Values:
    before = bool(getattr(row, name))
    if not isinstance(wanted, bool) or wanted == before:
        return {}
    if name == "archived":
        row.archived_at = now(session) if wanted else None
    else:
        row.enabled = wanted
    return {name: {"from": before, "to": wanted}}


async def _version(
    session: AsyncSession, row: Workflow, before: WorkflowVersion | None, definition: Definition
) -> Values:
    """Put a definition in force, as a new version unless it is the present one."""
    values = plain(definition)
    if before is not None and plain(stored(before.definition)) == values:
        return {}
    number = before.version + 1 if before is not None else 1
    version = WorkflowVersion(workflow_id=row.id, version=number, definition=values, created_at=now(session))
    session.add(version)
    await session.flush()
    row.current_version_id = version.id
    return {"version": {"from": before.version if before else None, "to": number}}


async def arm(session: AsyncSession, row: Workflow) -> None:
    """Have a workflow begin by itself as its definition says; not if it is off or archived."""
    await session.execute(delete(WorkflowTrigger).where(WorkflowTrigger.workflow_id == row.id))
    version = await session.get_one(WorkflowVersion, row.current_version_id)
    trigger = stored(version.definition).trigger
    on = row.enabled and not row.archived
    row.next_due_at = trigger.next_look(version.created_at, now(session)) if on else None
    kinds: list[Any] = sorted(set(trigger.events or ())) if on else []
    session.add_all(WorkflowTrigger(kind=kind, workflow_id=row.id) for kind in kinds)
    await session.flush()
