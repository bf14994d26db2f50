"""Keeping incident roles and their duties."""

import re

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import begin
from actions.catalogue.severities import lock_severities
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.role import Role

KEY = re.compile(r"[a-z0-9_-]{1,60}")


async def save_role(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    key: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    duties: str | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Role:
    """Add a role, or change one, the four that Muster came with included. Admins only.

    A new one needs a key, a name and its duties. Its key stays for ever: scripts and events use it. CONFLICT if the key
    is taken, and for archiving a role that a severity requires: it could never be filled.
    """
    require(actor, Permission.ADMINISTER)
    severities = await lock_severities(session) if archived is True else []
    saving = await begin(session, Role, id)
    wanted = saving.given("key", key)
    if not isinstance(wanted, Unset):
        if not KEY.fullmatch(wanted):
            raise invalid("key", f"{wanted[:80]!r} is no key.", "Use 1 to 60 of a-z, 0-9, hyphens and underscores.")
        if not saving.creating and wanted != saving.row.key:
            raise invalid("key", f"The key {saving.row.key!r} can't be changed.", "Leave it out, or add another role.")
        saving.set("key", wanted)
    saving.text("name", name)
    saving.text("duties", duties, limit=check.BODY)
    if saving.archive(archived):
        needing = [s.name for s in severities if not s.archived and saving.row.id in s.required_role_ids]
        if needing:
            raise conflict(
                f"{saving.row.name} is required by {', '.join(needing)}.",
                field="archived",
                hint="Take it out of the obligations of these severities first.",
            )
    await saving.write()
    saving.record(actor)
    return saving.row
