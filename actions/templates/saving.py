"""Keeping templates of updates."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.fitting import count, expect
from actions.catalogue.saving import Saving, begin
from actions.templates.language import compiled
from actions.templates.variables import Declared, declared
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.unset import UNSET, Unset
from models.update_template import UpdateTemplate
from models.words import Audience, PublicStatus, TemplateUse

TITLE = 500
"""Characters of the pattern of a title; the title that it makes has at most 200."""


async def save_update_template(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    use: TemplateUse | Unset | None = UNSET,
    audience: Audience | Unset | None = UNSET,
    status: PublicStatus | Unset | None = UNSET,
    title: str | Unset | None = UNSET,
    body: str | Unset | None = UNSET,
    variables: Sequence[Declared] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> UpdateTemplate:
    """Add a template, or change one. A new one needs a name and a body, and an audience unless it is for planned work.

    Title and body are refused (INVALID_INPUT, with the line) unless they are in the language of templates, with the
    variables that are declared. CONFLICT if another template that is in use has the name.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, UpdateTemplate, id)
    expect(saving, expected_version, "template")
    if saving.creating:
        saving.row.variables = []
    saving.text("name", name)
    _choose(saving, use)
    if saving.row.use is TemplateUse.MAINTENANCE and isinstance(audience, Unset):
        audience = Audience.PUBLIC
    saving.set("audience", saving.given("audience", audience))
    saving.set("status", status)
    if not isinstance(variables, Unset):
        saving.set("variables", declared(variables or (), saving.row.use))
    if not isinstance(title, Unset):
        saving.set("title", check.optional_text(title, "title", limit=TITLE))
    saving.text("body", body, limit=check.BODY)
    saving.archive(archived)
    _check(saving)
    count(saving)
    await saving.write()
    saving.record(actor)
    return saving.row


def _choose(saving: Saving[UpdateTemplate], use: TemplateUse | Unset | None) -> None:
    """What a new template is for: updates of incidents, unless said. It stays that: its names mean something there."""
    wanted = TemplateUse.INCIDENT if use is None or isinstance(use, Unset) else use
    if saving.creating:
        saving.row.use = wanted
        saving.note("use", None, wanted)
    elif not isinstance(use, Unset) and wanted is not saving.row.use:
        raise invalid("use", f"This template is for {saving.row.use}.", "Leave it out, and save another template.")


def _check(saving: Saving[UpdateTemplate]) -> None:
    """What the row would then be must be a template as a whole: a variable may be gone that the body names."""
    row = saving.row
    names = frozenset(each["name"] for each in row.variables)
    compiled(row.body, "body", names, row.use)
    if row.use is TemplateUse.MAINTENANCE:
        _refuse_of_incidents(row)
    if row.title is None:
        return
    if row.audience is Audience.INTERNAL:
        raise invalid("title", "An internal update has no public title.", "Leave it out.")
    compiled(row.title, "title", names)


def _refuse_of_incidents(row: UpdateTemplate) -> None:
    """INVALID_INPUT for what planned work does not have: everything of it is public, under the title of its plan."""
    given = {"audience": row.audience is not Audience.PUBLIC, "status": row.status is not None}
    for field, wrong in {**given, "title": row.title is not None}.items():
        if wrong:
            raise invalid(field, "A template for planned work has none of its own.", "Leave it out.")
