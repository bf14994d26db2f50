"""Forms of Settings: how their fields are read, shown again, confirmed, and held against what changed meanwhile."""

from collections.abc import Sequence
from typing import Any

from console.desk import STATUS, UNFIT, Desk
from console.fields import Fields
from console.posting import Refused
from console.settings.field import Control, Field, apart, as_written, control, place_of
from core.errors import DomainError, ErrorCode, TextConflictError, invalid
from resolvers.context import Context

FORM, PARTING = "row", "parting"
VERSION = "expected_version"
CLOSED = (ErrorCode.FORBIDDEN, ErrorCode.UNAUTHENTICATED)


def confirmed(fields: Fields, name: str) -> None:
    """Refuse with INVALID_INPUT what can't be taken back lightly, unless its name was typed."""
    if " ".join(fields.text("confirm").split()) != " ".join(name.split()):
        raise invalid("confirm", f"This is not the name: {name}", "Type it as it stands there. Nothing was changed.")


def status_of(error: DomainError) -> int:
    """The status of a page that shows a form again. NOT_FOUND of something that was chosen is no missing page."""
    return UNFIT if error.code is ErrorCode.NOT_FOUND else STATUS.get(error.code, UNFIT)


async def controls_of(
    ctx: Context, fields: Sequence[Field], values: Any, refused: Refused | None, form: str = FORM
) -> list[Control]:
    """The fields of a form as they stand on the page: with `values`, or with what was written if it came back."""
    back = refused is not None and refused.form == form
    error = refused.of(form) if refused is not None else None
    if error is not None and refused is not None:
        error.field = place_of(error, fields, refused.fields) or error.field
    return [
        await control(
            ctx,
            field,
            field.written(refused.fields) if back and refused is not None else as_written(field, values[field.name]),
            error if error is not None and error.field == field.name else None,
        )
        for field in fields
    ]


async def read_all(desk: Desk, fields: Sequence[Field], sent: Fields, *, new: bool) -> dict[str, Any]:
    """What was written, by keyword; for something new without what was left empty. INVALID_INPUT at the field."""
    zone = (await desk.times()).zone
    asked = [field for field in fields if not field.aside and (new or not field.once)]
    found = {field.name: field.read(sent, zone) for field in asked}
    return {name: value for name, value in found.items() if not (new and value is None)}


def both(noun: str, row: Any, fields: Fields, saved: Sequence[Control], mine: Sequence[Control]) -> DomainError:
    """The refusal of a change that was made against an older version, with both where they differ."""
    theirs, yours = apart(saved, mine)
    error = TextConflictError(noun, row.version, fields.number(VERSION) or 0, theirs=theirs, yours=yours)
    error.hint = "Put the two together below. Saving then replaces what was saved meanwhile."
    return error


def version_of(row: Any, refused: Refused | None) -> Any:
    """The version that a form's change is made against: what was seen; after a conflict both were."""
    if refused is None or refused.form != FORM or isinstance(refused.error, TextConflictError):
        return row.version
    return refused.fields.text(VERSION)
