"""Keeping runbooks."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import begin
from actions.find import find_service, find_severity
from actions.runbooks.checklist import checks_of
from auth.actor import Actor
from auth.permission import Permission, require
from core.unset import UNSET, Unset
from models.runbook import Runbook


async def save_runbook(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    severity: str | Unset | None = UNSET,
    body: str | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> Runbook:
    """Add a runbook, or change one. A new one needs a name and a body, Markdown of at most 20,000 characters.

    `service` (slug or id) and `severity` (name or id) say which incidents it is for; without one, those of any.
    CONFLICT if another runbook that is in use has the name. What is opened already stays as it reads.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, Runbook, id)
    if saving.creating:
        saving.row.version = 0
    elif isinstance(expected_version, int):
        check.expected_version(expected_version, saving.row.version, "runbook")
    saving.text("name", name)
    if not isinstance(service, Unset):
        saving.set("service_id", (await find_service(session, service)).id if service is not None else None)
    if not isinstance(severity, Unset):
        saving.set("severity_id", (await find_severity(session, severity)).severity_id if severity else None)
    saving.text("body", body, limit=check.BODY)
    checks_of(saving.row.body)
    saving.archive(archived)
    if saving.changed:
        saving.row.version += 1
    await saving.write()
    saving.record(actor)
    return saving.row
