"""One action for each of several rows that were ticked: what can be done is done, and of the rest is said why not."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from console.desk import Desk
from console.fields import Fields
from console.posting import KEY
from core.errors import DomainError, ErrorCode, invalid
from resolvers.mutations.perform import Deed, carry_out, of_row

MOST = 100
"""Rows at once: as many as a list may show."""
KEY_LENGTH = 100
ENDS_ALL = frozenset({ErrorCode.UNAUTHENTICATED, ErrorCode.TIMEOUT, ErrorCode.UNAVAILABLE})
"""Refusals that every further row would get, too."""


class Line(NamedTuple):
    """What became of one row."""

    reference: str
    error: DomainError | None


def ticked(fields: Fields, name: str, noun: str) -> list[str]:
    """The rows that were ticked, each once. INVALID_INPUT for none, and for more than a list shows."""
    found = list(dict.fromkeys(fields.all(name)))
    if not found:
        raise invalid(name, f"No {noun} is ticked.", f"Tick at least one {noun}.")
    if len(found) > MOST:
        raise invalid(name, f"{len(found)} are too many at once.", f"Tick at most {MOST}.")
    return found


async def do_each(
    desk: Desk,
    fields: Fields,
    mutation: str,
    action: Callable[..., Awaitable[Any]],
    noun: str,
    references: Sequence[str],
    **given: Any,
) -> list[Line]:
    """Carry out an action for each, in a transaction of its own, once per form and row."""
    sent = fields.text(KEY)[:KEY_LENGTH]
    lines = []
    for reference in references:
        key = f"{sent} {reference[:KEY_LENGTH]}" if sent else None
        try:
            await carry_out(desk.ctx, mutation, {noun: reference, **given}, Deed(action, of_row), idempotency_key=key)
        except DomainError as error:
            if error.code in ENDS_ALL:
                raise
            lines.append(Line(reference, error))
        else:
            lines.append(Line(reference, None))
    return lines
