"""Keeping workflows. Each save of a definition is a new version: a run keeps the one that it began with."""

from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import SLUG, Saving, find_keyed
from actions.record import now
from actions.workflows.definition import Definition, Values, plain, read_definition, readable, stored
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
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
    saving = await _new(session, key, name) if id is None else await _known(session, id, key)
    row = saving.row
    before = await session.get(WorkflowVersion, row.current_version_id) if row.current_version_id else None
    if before is not None and isinstance(expected_version, int):
        check.expected_version(expected_version, before.version, "workflow")
    if isinstance(name, str):
        saving.text("name", name)
    if isinstance(enabled, bool):
        saving.set("enabled", enabled)
    saving.archive(archived if isinstance(archived, bool) else UNSET)
    if saving.creating and not isinstance(definition, dict):
        raise invalid("definition", "A new workflow needs this.", "Send its trigger and steps.")
    await saving.write()
    await session.refresh(row, with_for_update=True)  # before its version, new or not: the order of locks
    if isinstance(definition, dict):
        await _version(saving, before, await read_definition(session, definition))
    if saving.changed or saving.creating:
        await arm(session, row)
    saving.record(actor)
    return row


async def find_workflow(
    session: AsyncSession, reference: str, *, field: str = "workflow", archived: bool = False
) -> Workflow:
    """The workflow with this key or id, locked. NOT_FOUND also for an archived one, unless that is asked for."""
    return await find_keyed(session, Workflow, reference, field=field, archived=archived)


async def _new(session: AsyncSession, key: str | Unset | None, name: str | Unset | None) -> Saving[Workflow]:
    if not isinstance(key, str) or not SLUG.fullmatch(key):
        raise invalid("key", f"{str(key)[:80]!r} is no key.", "Use 1 to 60 of a-z, 0-9 and hyphens.")
    if not isinstance(name, str):
        raise invalid("name", "A new workflow needs this.", "Say what people call it.")
    if (await session.scalar(select(func.count()).where(Workflow.archived_at.is_(None))) or 0) >= MOST:
        raise conflict(f"There are {MOST} workflows.", hint="Archive one that is not needed any more.")
    row = Workflow(key=key, enabled=True, created_at=now(session))
    return Saving(session, "workflow", row, creating=True)


async def _known(session: AsyncSession, reference: str, key: str | Unset | None) -> Saving[Workflow]:
    row = await find_workflow(session, reference, field="id", archived=True)
    if isinstance(key, str) and key != row.key:
        raise invalid("key", "The key can't be changed.", "Add another workflow, and archive this one.")
    return Saving(session, "workflow", row, creating=False)


async def _version(saving: Saving[Workflow], before: WorkflowVersion | None, definition: Definition) -> None:
    """Put a definition in force, as a new version unless it is the present one."""
    session, row, values = saving.session, saving.row, plain(definition)
    known = readable(before.definition) if before is not None else None
    if known is not None and plain(known) == values:
        return
    number = before.version + 1 if before is not None else 1
    version = WorkflowVersion(workflow_id=row.id, version=number, definition=values, created_at=now(session))
    session.add(version)
    await session.flush()
    row.current_version_id = version.id
    saving.note("version", before.version if before else None, number)


async def arm(session: AsyncSession, row: Workflow) -> None:
    """Have a workflow begin by itself as its definition says; not if it is off or archived."""
    await session.execute(delete(WorkflowTrigger).where(WorkflowTrigger.workflow_id == row.id))
    version = await session.get_one(WorkflowVersion, row.current_version_id)
    trigger = stored(version.definition).trigger if row.enabled and not row.archived else None
    row.next_due_at = trigger.next_look(version.created_at, now(session)) if trigger else None
    kinds: list[Any] = sorted(set(trigger.events or ())) if trigger else []
    session.add_all(WorkflowTrigger(kind=kind, workflow_id=row.id) for kind in kinds)
    await session.flush()
