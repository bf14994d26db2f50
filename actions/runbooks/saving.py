"""Keeping runbooks."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.fitting import count, expect, fit
from actions.catalogue.saving import begin
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
    expect(saving, expected_version, "runbook")
    saving.text("name", name)
    await fit(saving, service, severity)
    saving.text("body", body, limit=check.BODY)
    checks_of(saving.row.body)
    saving.archive(archived)
    count(saving)
    await saving.write()
    saving.record(actor)
    return saving.row
