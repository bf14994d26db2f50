"""What every mutation does: one unit of work, once per idempotency key, refusals in words (DESIGN §4)."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import strawberry
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncSession

from actions.idempotency import Earlier, claim, keep
from actions.violations import refusal_of
from core.cursor import encode_cursor
from core.errors import DomainError, ErrorCode
from core.ids import decode
from core.journal import PendingEvent, journal_of
from models.idempotency import IdempotencyClaim
from resolvers.context import Context
from resolvers.events import newest_cursor
from resolvers.page import Cursor

Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """An action, and how to tell what it made."""

    action: Callable[..., Awaitable[Any]]
    """Called with a session, the actor, and the input's fields as keywords. Returns a row, or (row, secret)."""
    key: Callable[[Any, Given], int | None]
    """The key of what it made or changed, from the action's row and the input; None if that is the event it wrote."""
    at_once: Callable[..., Awaitable[PendingEvent | None]] | None = None
    """A way to do the same in one statement, called with a database and the actor: the event that was committed, or
    None if it takes more than that. Not asked where the request must be remembered (`idempotencyKey`)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mutation did; payloads are read from it after the commit."""

    key: int
    cursor: Cursor
    given: Given
    """The input's fields."""
    row: Any = None
    """The action's row; None when the request was a repeated one."""
    secret: str | None = None
    """Shown once: None when the request was a repeated one."""


async def perform(ctx: Context, mutation: str, given: Any, deed: Deed) -> Outcome:
    """Carry out a mutation with an input as Strawberry made it, or find what it did the first time.

    Fields that the client left out are left out for the action too.
    """
    wanted = keywords(given)
    return await carry_out(ctx, mutation, wanted, deed, idempotency_key=wanted.pop("idempotency_key", None))


async def carry_out(
    ctx: Context, mutation: str, wanted: Given, deed: Deed, *, idempotency_key: str | None = None
) -> Outcome:
    """Carry out an action with keywords, or find what it did the first time under this key.

    The reads of the context begin anew after the commit.
    """
    # A connection is given back before another is taken: requests that hold one and wait for one would starve.
    await ctx.renew()
    if deed.at_once is not None and idempotency_key is None:
        with refusing():
            event = await deed.at_once(ctx.runtime.database, ctx.actor, **wanted)
        if event is not None and event.id is not None:
            return Outcome(event.id, Cursor(encode_cursor(event.id)), wanted, event)
    with refusing():
        async with ctx.runtime.database.unit_of_work(ctx.client) as session:
            session.info["identity"] = ctx.identity
            done = await _once(session, ctx, mutation, idempotency_key, wanted, deed)
    if isinstance(done, Earlier):
        return Outcome(done.entity_id or done.cursor, Cursor(encode_cursor(done.cursor)), wanted)
    made, secret = done if isinstance(done, tuple) else (done, None)
    written = journal_of(session).cursor
    cursor = await newest_cursor(ctx) if written is None else Cursor(encode_cursor(written))
    return Outcome(deed.key(made, wanted) or made.id, cursor, wanted, made, secret)


async def done_before(ctx: Context, mutation: str, key: str) -> bool:
    """Whether the actor has carried out a mutation under this key: sent again, it does nothing new."""
    theirs = {"actor_kind": ctx.actor.kind, "actor_id": ctx.actor.id, "mutation": mutation, "key": key}
    return await ctx.reader.scalar(select(IdempotencyClaim.id).filter_by(**theirs)) is not None


@contextmanager
def refusing() -> Iterator[None]:
    """Put into words what the database refuses, or has no time for."""
    try:
        yield
    except NoConnection as error:
        raise DomainError(
            ErrorCode.TIMEOUT, "Too much is going on right now; nothing was written.", hint="Send the request again."
        ) from error
    except DBAPIError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error


async def _once(session: AsyncSession, ctx: Context, mutation: str, key: str | None, wanted: Given, deed: Deed) -> Any:
    """What the action returns; with a key that was used before, an Earlier."""
    if key is None:
        return await deed.action(session, ctx.actor, **wanted)
    earlier = await claim(session, ctx.actor, mutation=mutation, key=key, request=_spelt(wanted))
    if earlier is not None:
        return earlier
    done = await deed.action(session, ctx.actor, **wanted)
    await session.flush()
    entity = deed.key(done[0] if isinstance(done, tuple) else done, wanted)
    if entity is not None:
        await keep(session, entity)
    return done


def keywords(given: Any) -> Given:
    """The fields of an input that the client gave, null included."""
    values = {field.name: getattr(given, field.name) for field in fields(given)}
    return {name: plainly(value) for name, value in values.items() if value is not strawberry.UNSET}


def _spelt(value: Any) -> Any:
    """What was given, to its depth, without what was left out: inputs inside of inputs have it as UNSET."""
    if isinstance(value, list):
        return [_spelt(each) for each in value]
    if isinstance(value, dict):
        return {name: _spelt(each) for name, each in value.items()}
    return _spelt(keywords(value)) if is_dataclass(value) else value


class Plain:
    """What inputs inherit that an action takes as objects and lists, as it would from a file."""


def plainly(value: Any) -> Any:
    """An input that is Plain as an object of what was given; every other value as it is."""
    if isinstance(value, list) and any(isinstance(each, Plain) for each in value):
        return [plainly(each) for each in value]
    return keywords(value) if isinstance(value, Plain) else value


def of_row(row: Any, given: Given) -> int | None:
    """The key of the row that the action returned; None for an event, which has none until the commit."""
    del given
    return None if isinstance(row, PendingEvent) else int(row.id)


def of_first(rows: Any, given: Given) -> int:
    """The key of the first of several rows: which they are says the input."""
    del given
    return int(rows[0].id)


def of_severity(version: Any, given: Given) -> int:
    """The key of the severity behind a version."""
    del given
    return int(version.severity_id)


def of_input(name: str) -> Callable[[Any, Given], int]:
    """The key in an id of the input: for what is pinned or deleted."""

    def key(row: Any, given: Given) -> int:
        del row
        return decode(given[name], name)[1]

    return key
