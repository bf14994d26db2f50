"""What is learned: postmortems with their statements, and action items."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Boolean, exists, literal_column, select, union_all

from actions.postmortems.blame import Blame, find_blame, known_people, own_phrases, shipped_phrases
from actions.postmortems.composing import compose
from actions.postmortems.public_draft import Hidden, hidden_names, public_draft
from actions.postmortems.public_draft import telling as telling_in
from actions.postmortems.reading import read_material
from actions.postmortems.reassembly import Reassembly, preview
from actions.postmortems.sections import finished
from auth.visibility import visible_events, visible_to
from core.errors import invalid
from models.chat import ChatMessage
from models.event import Event
from models.incident import Incident
from models.learning import BlamePhrase, ContributingFactor, FactorKind
from models.person import Team, User
from models.postmortem import (
    OWED_SQL,
    ActionItem,
    Postmortem,
    PostmortemSection,
    Statement,
    postmortem_markdown,
)
from models.service import Service
from models.words import PostmortemStatus
from resolvers.context import Context
from resolvers.page import LARGEST, Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, pages

OF_INCIDENT = Order("incident.actionItems", (ActionItem.id,))
OWED = literal_column(f"({OWED_SQL})", Boolean)
"""As the index ix_postmortem_owed has it, letter by letter, so that it serves."""


async def action_items_of_incidents(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[ActionItem]]:
    """A page of each incident's action items, in the order in which they were added."""
    window = Window(OF_INCIDENT, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(
        ctx, ActionItem, keys, window, lambda key: select(ActionItem).where(ActionItem.incident_id == key)
    )


async def postmortems_owed(ctx: Context) -> list[Postmortem]:
    """The first 100 postmortems that are not published, of incidents that the viewer may see, by when they are due."""
    seen = exists().where(Incident.id == Postmortem.incident_id, visible_to(ctx.actor))
    owed = select(Postmortem).where(OWED, seen)
    return await ctx.reader.rows(Postmortem, owed.order_by(Postmortem.due_at, Postmortem.id).limit(LARGEST))


async def sections(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[PostmortemSection]]:
    """The sections of each, in order."""
    keys = {postmortem.id for postmortem in postmortems}
    statement = select(PostmortemSection).where(PostmortemSection.postmortem_id.in_(keys))
    found: dict[int, list[PostmortemSection]] = {}
    for row in await ctx.reader.rows(PostmortemSection, statement.order_by(PostmortemSection.position)):
        found.setdefault(row.postmortem_id, []).append(row)
    return [found.get(postmortem.id, []) for postmortem in postmortems]


async def statements(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[Statement]]:
    """The statements of each, in order."""
    keys = {postmortem.id for postmortem in postmortems}
    statement = select(Statement).where(Statement.postmortem_id.in_(keys)).order_by(Statement.position, Statement.id)
    found: dict[int, list[Statement]] = {}
    for row in await ctx.reader.rows(Statement, statement):
        found.setdefault(row.postmortem_id, []).append(row)
    return [found.get(postmortem.id, []) for postmortem in postmortems]


async def statements_of_sections(ctx: Context, sections: Sequence[PostmortemSection]) -> list[list[Statement]]:
    """The statements of each section, in order."""
    keys = {section.postmortem_id for section in sections}
    statement = select(Statement).where(Statement.postmortem_id.in_(keys)).order_by(Statement.position, Statement.id)
    found: dict[tuple[int, str], list[Statement]] = {}
    for row in await ctx.reader.rows(Statement, statement):
        found.setdefault((row.postmortem_id, row.section), []).append(row)
    return [found.get((section.postmortem_id, section.key), []) for section in sections]


async def sources(ctx: Context, statements: Sequence[Statement], *, first: int = LARGEST) -> list[list[Event]]:
    """The first events that each statement rests on and that the viewer may see, in the order of the feed."""
    wanted = [sorted(set(each.source_ids))[: few(first)] for each in statements]
    found = await by_key(ctx, Event, (key for own in wanted for key in own), visible_events(ctx.actor))
    return [[found[key] for key in own if key in found] for own in wanted]


async def messages(ctx: Context, statements: Sequence[Statement], *, first: int = LARGEST) -> list[list[ChatMessage]]:
    """The first messages of the incident's channel that each statement speaks of."""
    wanted = [each.message_ids[: few(first)] for each in statements]
    visible = exists().where(Incident.id == ChatMessage.incident_id, visible_to(ctx.actor))
    found = await by_key(ctx, ChatMessage, (key for own in wanted for key in own), visible)
    return [[found[key] for key in own if key in found] for own in wanted]


def few(first: int) -> int:
    """How many are asked for. INVALID_INPUT for fewer than one, or more than a page."""
    if not 1 <= first <= LARGEST:
        raise invalid("first", f"{first} is not between 1 and {LARGEST}.", f"Ask for 1 to {LARGEST}.")
    return first


async def blame(ctx: Context, sections: Sequence[PostmortemSection]) -> list[list[Blame]]:
    """The words in each that blame."""
    rows = await ctx.reader.execute(select(BlamePhrase.phrase, BlamePhrase.suggestion).order_by(BlamePhrase.id))
    phrases = (*shipped_phrases(), *own_phrases((row.phrase, row.suggestion) for row in rows))
    people = known_people(row.name for row in await ctx.reader.execute(select(User.name)))
    return await asyncio.to_thread(lambda: [find_blame(section.markdown, phrases, people) for section in sections])


async def reassemblies(ctx: Context, postmortems: Sequence[Postmortem]) -> list[Reassembly]:
    """What re-assembly would change of each."""
    found = []
    for row, own in zip(postmortems, await sections(ctx, postmortems), strict=True):
        document = await asyncio.to_thread(compose, await read_material(ctx.reader, row.incident_id))
        found.append(await asyncio.to_thread(preview, row.version, own, document))
    return found


async def factors(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[ContributingFactor]]:
    """What people found to have contributed, of each."""
    keys = {postmortem.id for postmortem in postmortems}
    own = select(ContributingFactor).where(ContributingFactor.postmortem_id.in_(keys))
    found: dict[int, list[ContributingFactor]] = {}
    for row in await ctx.reader.rows(ContributingFactor, own.order_by(ContributingFactor.position)):
        found.setdefault(row.postmortem_id, []).append(row)
    return [found.get(postmortem.id, []) for postmortem in postmortems]


async def factor_kinds(ctx: Context) -> list[FactorKind]:
    """The kinds of factors in order, archived ones last."""
    order = (FactorKind.archived_at.is_not(None), FactorKind.position, FactorKind.id)
    return await ctx.reader.rows(FactorKind, select(FactorKind).order_by(*order))


async def documents(ctx: Context, postmortems: Sequence[Postmortem]) -> list[str]:
    """Each postmortem as one Markdown document; a published one leaves nothing to be filled in."""
    found = zip(postmortems, await sections(ctx, postmortems), strict=True)
    return [
        postmortem_markdown(own, finished if row.status is PostmortemStatus.PUBLISHED else None) for row, own in found
    ]


async def public_drafts(ctx: Context, postmortems: Sequence[Postmortem]) -> list[str]:
    """What each proposes to tell customers (actions.postmortems.public_draft)."""
    hidden = await _hidden(ctx, postmortems)
    return [public_draft(own, each) for own, each in zip(await sections(ctx, postmortems), hidden, strict=True)]


async def telling(ctx: Context, postmortem: Postmortem, body: str) -> list[str]:
    """The sentences of a text for customers that tell what is internal: a person decides whether they may."""
    [hidden] = await _hidden(ctx, [postmortem])
    return telling_in(body, hidden)


async def _hidden(ctx: Context, postmortems: Sequence[Postmortem]) -> list[Hidden]:
    """What customers are not told by name, for each."""
    keys = {postmortem.incident_id for postmortem in postmortems}
    titles = {row.id: row.title for row in await ctx.reader.execute(TITLES.where(Incident.id.in_(keys)))}
    people = [row.name for row in await ctx.reader.execute(select(User.name))]
    things = [name for row in await ctx.reader.execute(THINGS) for name in row if name]
    return [hidden_names(people, [*things, titles[postmortem.incident_id]]) for postmortem in postmortems]


TITLES = select(Incident.id, Incident.title)
THINGS = union_all(select(Team.name, Team.slug), select(Service.name, Service.slug))
"""What teams and services are called inside."""
