"""What was said in the channels of incidents. Callers hand in incidents that their reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from models.chat import ChatMessage, ChatPerson, ChatReading, mentioned_in, with_names
from models.incident import Incident
from models.person import User
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, pages

SAID = Order("chat", (ChatMessage.posted_at, ChatMessage.id), moments=1)


@dataclass(frozen=True, slots=True)
class File:
    """A file that was sent with a message."""

    name: str
    url: str


async def messages(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[ChatMessage]]:
    """A page of what was said in the channel of each incident, as it was said."""
    window = Window(SAID, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(
        ctx, ChatMessage, keys, window, lambda key: select(ChatMessage).where(ChatMessage.incident_id == key)
    )


async def readings(ctx: Context, incidents: Sequence[Incident]) -> list[ChatReading | None]:
    """How far what was said in the channel of each is kept; None without a channel that is listened to."""
    keys = [incident.id for incident in incidents]
    query = select(ChatReading).where(ChatReading.incident_id.in_(keys)).order_by(ChatReading.id)
    found = {row.incident_id: row for row in await ctx.reader.rows(ChatReading, query)}
    return [found.get(key) for key in keys]


async def authors(ctx: Context, messages: Sequence[ChatMessage]) -> list[User | None]:
    """Who wrote each, where they have an account here."""
    people = await _people(ctx, {(row.integration_id, row.author) for row in messages if row.author})
    users = await by_key(ctx, User, (person.user_id for person in people.values()))
    found = [people.get((row.integration_id, row.author)) for row in messages]
    return [users.get(person.user_id) if person and person.user_id else None for person in found]


async def author_names(ctx: Context, messages: Sequence[ChatMessage]) -> list[str | None]:
    """What each one's author is called in the chat, as far as that was told."""
    people = await _people(ctx, {(row.integration_id, row.author) for row in messages if row.author})
    found = [people.get((row.integration_id, row.author)) for row in messages]
    return [person.name if person else None for person in found]


async def texts(ctx: Context, messages: Sequence[ChatMessage]) -> list[str | None]:
    """What each says, without the vendor's markup, people by their names; None for one that was taken back."""
    people = await _people(ctx, {(row.integration_id, each) for row in messages for each in mentioned_in(row.body)})
    names: dict[int, dict[str, str]] = {}
    for person in people.values():
        names.setdefault(person.integration_id, {})[person.external_id] = person.name
    return [None if row.deleted_at else with_names(row.body, names.get(row.integration_id, {})) for row in messages]


async def _people(ctx: Context, wanted: set[tuple[int, str]]) -> dict[tuple[int, str | None], ChatPerson]:
    if not wanted:
        return {}
    key = tuple_(ChatPerson.integration_id, ChatPerson.external_id)
    rows = await ctx.reader.rows(ChatPerson, select(ChatPerson).where(key.in_(sorted(wanted))))
    return {(row.integration_id, row.external_id): row for row in rows}


def files_of(message: ChatMessage) -> list[File]:
    """The files that were sent with it."""
    return [File(each["name"], each["url"]) for each in message.files]
