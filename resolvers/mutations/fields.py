"""How a line of the schema's Mutation says what it does: `addTask` is `mutation(add_task, AddTaskInput, …)`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import strawberry

from actions.alerts.sources import hook_address
from core.errors import DomainError, ErrorCode
from resolvers.context import Context
from resolvers.mutations.perform import Deed, Given, Outcome, of_row, perform
from resolvers.nodes import NOUNS


def mutation(
    action: Callable[..., Awaitable[Any]],
    given: type,
    *,
    description: str,
    key: Callable[[Any, Given], int | None] = of_row,
    name: str | None = None,
) -> Any:
    """A field that carries out an action with an input of the type `given`; its payload is read from an Outcome."""
    deed = Deed(action, key)

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
