"""What an area of Settings is that keeps a list of things: how they are listed, written, and archived.

One description an area (`console/settings/teams.py` is a plain one); `console.settings.keeping` makes pages of it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from starlette.responses import Response

from console.desk import Desk
from console.fields import Fields
from console.posting import KEY
from console.settings.field import Field
from core.ids import decode_as, encode
from resolvers.context import Context
from resolvers.mutations.perform import Deed, Given, Outcome, carry_out, of_row
from resolvers.rows import by_key


class Act(NamedTuple):
    """A mutation of the API and its action."""

    mutation: str
    action: Callable[..., Awaitable[Any]]
    key: Callable[[Any, Given], int | None] = of_row
    names: str = "id"
    """The keyword that says which one it changes."""

    async def carry_out(self, desk: Desk, fields: Fields, given: Given) -> Outcome:
        """Carry it out with what was read (which may itself have a `key`), once for each form that was shown."""
        deed = Deed(self.action, self.key)
        return await carry_out(desk.ctx, self.mutation, given, deed, idempotency_key=fields.text(KEY)[:200] or None)


Cells = Sequence[Any]
"""What a line of the list says of a thing beside its name: texts or Markup."""


async def nothing_more(_: Desk, __: Any) -> Mapping[str, Any]:
    """What a page needs beside its form: nothing."""
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """One area: its words, its fields and its actions, and the templates of pages that are unlike those of others."""

    area: str
    noun: str
    """What one of them is called inside a sentence."""
    node: str
    """What it is called in ids."""
    model: type[Any]
    rows: Callable[[Context], Awaitable[Sequence[Any]]]
    """All of them, archived ones last."""
    headings: Sequence[str]
    cells: Callable[[Desk, Sequence[Any]], Awaitable[list[Cells]]]
    """What stands below the headings, for all rows at once."""
    fields: Sequence[Field]
    save: Act | None
    """What changes one; None: nothing can be changed."""
    create: Act | None = None
    """What adds one, if that is not `save`."""
    remove: Act | None = None
    """What takes one away for good, where nothing is archived."""
    archives: bool = True
    empty: str
    """What is said where there is none: what will stand here, and why."""
    then: str = ""
    """What follows from saving, beside the button."""
    parting: str = ""
    """What follows from archiving or deleting."""
    plain: bool = False
    """Whether its forms are sent as they are: a page that comes back with a preview is no end of them."""
    versioned: bool = False
    """Whether a change says which version it was made against."""
    title: Callable[[Any], str] = attrgetter("name")
    find: Callable[[Context, int], Awaitable[Any]] | None = None
    key_of: Callable[[Any], int] = attrgetter("id")
    values: Callable[[Context, Any], Awaitable[Mapping[str, Any]]] | None = None
    """What stands in fields that are no columns of the row."""
    given: Callable[[Given], Given] = dict
    """What was read, as the action takes it."""
    added: Callable[[Desk, Fields, Outcome], Awaitable[Response]] | None = None
    """What is shown after one was added, if not its page: a secret, once."""
    form: str = "settings/new.html"
    template: str = "settings/row.html"
    more: Callable[[Desk, Any], Awaitable[Mapping[str, Any]]] = nothing_more
    """What the template of one shows beside its form."""

    def reference(self, row: Any) -> str:
        """Its opaque id, which also stands in addresses."""
        return encode(self.node, self.key_of(row))

    async def one(self, ctx: Context, reference: str) -> Any:
        """The row with an id; None if there is none. INVALID_INPUT for what is no id of one."""
        key = decode_as(self.node, reference)
        if self.find is not None:
            return await self.find(ctx, key)
        return (await by_key(ctx, self.model, [key])).get(key)

    async def held(self, ctx: Context, row: Any) -> Mapping[str, Any]:
        """What stands in each field of a row."""
        more = await self.values(ctx, row) if self.values is not None else {}
        return {
            field.name: more[field.name] if field.name in more else getattr(row, field.name, field.start)
            for field in self.fields
        }
