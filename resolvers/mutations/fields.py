"""How a line of the schema's Mutation says what it does: `addTask` is `mutation(add_task, AddTaskInput, …)`."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from typing import Annotated, Any, cast

import strawberry

from actions.alerts.sources import hook_address
from auth.permission import Permission, may
from core.errors import DomainError, ErrorCode
from core.journal import PendingEvent
from core.rows import maker
from models.event import Event
from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.mutations.perform import Deed, Given, Outcome, of_row, perform
from resolvers.nodes import NOUNS

WRITTEN = frozenset(
    {"id", "incident_id", "number", "kind", "actor_kind", "actor_id", "entry_kind", "visibility"}
    | {"occurred_at", "recorded_at"}
)
"""The columns of an event that are known when it is written, as they are read."""


def mutation(
    action: Callable[..., Awaitable[Any]],
    given: type,
    *,
    description: str,
    key: Callable[[Any, Given], int | None] = of_row,
    name: str | None = None,
    at_once: Callable[..., Awaitable[PendingEvent | None]] | None = None,
) -> Any:
    """A field that carries out an action with an input of the type `given`; its payload is read from an Outcome.

    `at_once` does the same in one statement where that is enough (resolvers.mutations.perform.Deed).
    """
    deed = Deed(action, key, at_once)

    async def resolver(info: strawberry.Info, input: Any) -> Any:  # noqa: A002 (the argument's name in the contract)
        return await perform(info.context, info.field_name, input, deed)

    about = strawberry.argument(description="What to do, and with what.")
    resolver.__annotations__ = {"info": strawberry.Info, "input": Annotated[given, about]}
    return strawberry.field(resolver=resolver, description=description, name=name)


def made(noun: str) -> Callable[[Context, Sequence[Outcome]], Awaitable[list[Any]]]:
    """A batch resolver for what a mutation made, as it is after the commit, under the same rules as `Query.node`.

    NOT_FOUND if the viewer may not see it: a repeated request is answered under today's permissions.
    """
    fetch = NOUNS[noun]

    async def resolve(ctx: Context, outcomes: Sequence[Outcome]) -> list[Any]:
        return [await fetch(ctx, outcome.key) or gone(noun) for outcome in outcomes]

    return resolve


def made_event() -> Callable[..., Awaitable[list[Any]]]:
    """The same for an event. One that was written just now is not read again, if all that is selected is known."""
    fetch = NOUNS["Event"]

    async def resolve(ctx: Context, outcomes: Sequence[Outcome], selected: Selected = EVERYTHING) -> list[Any]:
        return [
            _written(ctx, outcome, selected) or await fetch(ctx, outcome.key) or gone("Event") for outcome in outcomes
        ]

    resolve.rows = Event  # type: ignore[attr-defined]  # resolvers.fields.batched
    return resolve


def _written(ctx: Context, outcome: Outcome, selected: Selected) -> Any:
    """An event of a timeline as its transaction wrote it, which is as it stays; None if it must be read.

    Whoever wrote it saw its incident until the commit.
    """
    event, columns = outcome.row, selected.columns
    if not isinstance(event, PendingEvent) or event.id != outcome.key or event.number is None:
        return None
    if columns is None or not WRITTEN.issuperset(columns) or not may(ctx.actor, Permission.READ):
        return None
    values = {
        **{name: getattr(event, name) for name in WRITTEN},
        "occurred_at": event.occurred_at.astimezone(UTC),  # as it is read: it may have been sent in another zone
        "recorded_at": event.recorded_at.astimezone(UTC),
    }
    return maker(cast("Any", Event), columns)(map(values.__getitem__, columns))


def gone(noun: str) -> DomainError:
    """The refusal to show what a mutation made: it is no longer there, or no longer for this viewer."""
    return DomainError(
        ErrorCode.NOT_FOUND,
        f"The change was made, but its {noun.lower()} is not there for you any more.",
        hint="It was deleted since, or made private to others.",
    )


async def link_urls(ctx: Context, outcomes: Sequence[Outcome]) -> list[str | None]:
    """Where a sign-in link leads; None when the request was a repeated one: its secret is kept nowhere."""
    return [f"{ctx.base_url}/auth/link/{o.secret}" if o.secret is not None else None for o in outcomes]


async def hook_urls(ctx: Context, outcomes: Sequence[Outcome]) -> list[str | None]:
    """Where a new alert source sends to; None when the request was a repeated one: its key is kept nowhere."""
    settings = ctx.runtime.settings
    return [hook_address(o.row, o.secret, settings) if o.secret is not None else None for o in outcomes]
