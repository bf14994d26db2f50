"""What people do together on postmortems: versions, reviews, comments, suggestions, templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from actions.postmortems.diffs import DiffLine, diff
from auth.visibility import visible_events
from models.event import Event
from models.postmortem import Postmortem, PostmortemSection
from models.severity import SeverityVersion
from models.writing import (
    PostmortemComment,
    PostmortemReviewer,
    PostmortemTemplate,
    SectionRevision,
    SectionSuggestion,
    WordingRequest,
)
from resolvers.catalogue import current_severities
from resolvers.context import Context
from resolvers.people import Who
from resolvers.rows import by_key

MOST_REVISIONS = 100


@dataclass(frozen=True, slots=True)
class Version:
    """What a section said at a version, and what changed by it."""

    version: int
    markdown: str
    author: Who
    created_at: datetime
    diff: list[DiffLine]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A sentence that a language model proposed."""

    text: str
    source_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SectionOfTemplate:
    """A section that a template adds."""

    key: str
    title: str
    guidance: str


async def history(ctx: Context, sections: Sequence[PostmortemSection]) -> list[list[Version]]:
    """The versions of each section that are kept, at most the newest 100, from the oldest on."""
    age = func.row_number().over(partition_by=SectionRevision.section_id, order_by=SectionRevision.version.desc())
    theirs = SectionRevision.section_id.in_({section.id for section in sections})
    newest = select(SectionRevision.id, age.label("age")).where(theirs).subquery()
    rows = await ctx.reader.rows(
        SectionRevision,
        select(SectionRevision)
        .join(newest, newest.c.id == SectionRevision.id)
        .where(newest.c.age <= MOST_REVISIONS)
        .order_by(SectionRevision.section_id, SectionRevision.version),
    )
    found: dict[int, list[Version]] = {}
    before = ""
    for row in rows:
        own = found.setdefault(row.section_id, [])
        changed = diff(before, row.markdown) if own else []
        who = Who(row.author_kind, row.author_id)
        own.append(Version(row.version, row.markdown, who, row.created_at, changed))
        before = row.markdown
    return [found.get(section.id, []) for section in sections]


async def reviewers(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[PostmortemReviewer]]:
    """Who reviews each."""
    return await _of(ctx, PostmortemReviewer, postmortems)


async def comments(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[PostmortemComment]]:
    """What was remarked on each, the oldest first."""
    return await _of(ctx, PostmortemComment, postmortems)


async def suggestions(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[SectionSuggestion]]:
    """What was suggested for each, the oldest first."""
    return await _of(ctx, SectionSuggestion, postmortems)


async def _of(ctx: Context, model: type[Any], postmortems: Sequence[Postmortem]) -> list[list[Any]]:
    keys = {postmortem.id for postmortem in postmortems}
    found: dict[int, list[Any]] = {}
    for row in await ctx.reader.rows(model, select(model).where(model.postmortem_id.in_(keys)).order_by(model.id)):
        found.setdefault(row.postmortem_id, []).append(row)
    return [found.get(postmortem.id, []) for postmortem in postmortems]


async def wordings(ctx: Context, postmortems: Sequence[Postmortem]) -> list[list[WordingRequest]]:
    """When a language model was asked for each, the oldest first."""
    return await _of(ctx, WordingRequest, postmortems)


async def proposed_sentences(_: Context, rows: Sequence[SectionSuggestion]) -> list[list[Proposed]]:
    """What a model proposed of each; not what stood there before."""
    return [
        [Proposed(each["text"], tuple(each["source_ids"])) for each in row.statements if each.get("proposed")]
        for row in rows
    ]


async def proposed_sources(ctx: Context, rows: Sequence[Proposed]) -> list[list[Event]]:
    """The events that each rests on and that the viewer may see."""
    found = await by_key(ctx, Event, (key for row in rows for key in row.source_ids), visible_events(ctx.actor))
    return [[found[key] for key in row.source_ids if key in found] for row in rows]


def change_of(suggestion: SectionSuggestion) -> list[DiffLine]:
    """What a suggestion would change of the text that it was made from."""
    return diff(suggestion.base, suggestion.markdown)


async def templates(ctx: Context) -> list[PostmortemTemplate]:
    """All templates by name, archived ones last."""
    order = (PostmortemTemplate.archived_at.is_not(None), func.lower(PostmortemTemplate.name), PostmortemTemplate.id)
    return await ctx.reader.rows(PostmortemTemplate, select(PostmortemTemplate).order_by(*order))


async def severities(ctx: Context, rows: Sequence[PostmortemTemplate]) -> list[SeverityVersion | None]:
    """The severity that each is for, as it is today."""
    return await current_severities(ctx, [row.severity_id for row in rows])


def sections_of_template(row: PostmortemTemplate) -> list[SectionOfTemplate]:
    """What it adds."""
    return [SectionOfTemplate(each["key"], each["title"], each["guidance"]) for each in row.sections]
