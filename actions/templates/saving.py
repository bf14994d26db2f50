"""Keeping templates of updates."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import Saving, begin
from actions.templates.language import compiled
from actions.templates.variables import Declared, declared
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.unset import UNSET, Unset
from models.update_template import UpdateTemplate
from models.words import Audience, PublicStatus

TITLE = 500
"""Characters of the pattern of a title; the title that it makes has at most 200."""


async def save_update_template(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    audience: Audience | Unset | None = UNSET,
    status: PublicStatus | Unset | None = UNSET,
    title: str | Unset | None = UNSET,
    body: str | Unset | None = UNSET,
    variables: Sequence[Declared] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> UpdateTemplate:
    """Add a template, or change one. A new one needs a name, an audience and a body.

    Title and body are refused (INVALID_INPUT, with the line) unless they are in the language of templates, with the
    variables that are declared. CONFLICT if another template that is in use has the name.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, UpdateTemplate, id)
    if saving.creating:
        saving.row.variables, saving.row.version = [], 0
    elif isinstance(expected_version, int):
        check.expected_version(expected_version, saving.row.version, "template")
    saving.text("name", name)
    saving.set("audience", saving.given("audience", audience))
    saving.set("status", status)
    if not isinstance(variables, Unset):
        saving.set("variables", declared(variables or ()))
    if not isinstance(title, Unset):
        saving.set("title", check.optional_text(title, "title", limit=TITLE))
    saving.text("body", body, limit=check.BODY)
    saving.archive(archived)
    _check(saving)
    if saving.changed:
        saving.row.version += 1
    await saving.write()
    saving.record(actor)
    return saving.row


def _check(saving: Saving[UpdateTemplate]) -> None:
    """What the row would then be must be a template as a whole: a variable may be gone that the body names."""
    row = saving.row
    names = frozenset(each["name"] for each in row.variables)
    compiled(row.body, "body", names)
    if row.title is None:
        return
    if row.audience is Audience.INTERNAL:
        raise invalid("title", "An internal update has no public title.", "Leave it out.")
    compiled(row.title, "title", names)
