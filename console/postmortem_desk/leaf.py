"""A section as the page shows it: what it says and on what that rests, who wrote it, and what is remarked on it."""

from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import and_, select

from actions.postmortems.blame import Blame
from actions.postmortems.diffs import DiffLine
from actions.postmortems.sections import SECTIONS, Section
from console.postmortem_desk.evidence import Said, read_said
from core.ids import encode
from models.incident import Incident
from models.postmortem import Postmortem, PostmortemSection
from models.words import ActorKind, SuggestionState
from models.writing import PostmortemComment, SectionRevision, SectionSuggestion
from resolvers import learning, monitors, people, writing
from resolvers.context import Context
from resolvers.people import Who

USUAL = {section.key: section for section in SECTIONS}
PICTURES = "impact"
"""The section that shows the metrics."""

Names = dict[tuple[ActorKind, int | None], str]


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment and who made it."""

    row: PostmortemComment
    author: str

    @property
    def id(self) -> str:
        """It as the API calls it."""
        return encode("PostmortemComment", self.row.id)


@dataclass(frozen=True, slots=True)
class Wording:
    """A suggestion, who made it, and what it would change."""

    row: SectionSuggestion
    author: str
    diff: list[DiffLine]

    @property
    def id(self) -> str:
        """It as the API calls it."""
        return encode("SectionSuggestion", self.row.id)

    @property
    def open(self) -> bool:
        """Whether nobody has decided it."""
        return self.row.state is SuggestionState.OPEN


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote what a section says, and when."""

    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """A section with its margin."""

    row: PostmortemSection
    said: list[Said]
    written: Written | None
    """None: it was assembled, and nobody has touched it."""
    hints: list[Blame]
    remarks: list[Remark] = field(default_factory=list)
    wordings: list[Wording] = field(default_factory=list)
    pictures: list[Markup] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Its short name."""
        return self.row.key

    @property
    def usual(self) -> Section | None:
        """What is fixed of it; None for a section of a template."""
        return USUAL.get(self.key)

    @property
    def questions(self) -> tuple[str, ...]:
        """What it still asks, because nobody has written."""
        return self.usual.questions if self.usual and self.written is None else ()

    @property
    def open_remarks(self) -> list[Remark]:
        """The comments that are not dealt with."""
        return [each for each in self.remarks if each.row.resolved_at is None]

    @property
    def open_wordings(self) -> list[Wording]:
        """The suggestions that wait."""
        return [each for each in self.wordings if each.open]


async def read_leaves(ctx: Context, incident: Incident, postmortem: Postmortem) -> list[Leaf]:
    """The sections in order."""
    [rows] = await learning.sections(ctx, [postmortem])
    said = await read_said(ctx, incident, postmortem)
    hints = await learning.blame(ctx, rows)
    [comments] = await writing.comments(ctx, [postmortem])
    [suggestions] = await writing.suggestions(ctx, [postmortem])
    revisions = await _newest(ctx, postmortem)
    names = await _names(ctx, [*comments, *suggestions, *revisions.values()])
    return [
        Leaf(
            row,
            said.get(row.key, []),
            _written(row, revisions.get(row.id), names),
            blame,
            [Remark(each, _called(names, each)) for each in comments if each.section == row.key],
            [
                Wording(each, _called(names, each), writing.change_of(each))
                for each in suggestions
                if each.section == row.key
            ],
            await _pictures(ctx, postmortem) if row.key == PICTURES else [],
        )
        for row, blame in zip(rows, hints, strict=True)
    ]


async def _newest(ctx: Context, postmortem: Postmortem) -> dict[int, SectionRevision]:
    """The version of each section that stands there now, as far as people made one."""
    now = and_(SectionRevision.section_id == PostmortemSection.id, SectionRevision.version == PostmortemSection.version)
    theirs = select(SectionRevision).join(PostmortemSection, now)
    rows = await ctx.reader.rows(SectionRevision, theirs.where(PostmortemSection.postmortem_id == postmortem.id))
    return {row.section_id: row for row in rows}


Authored = PostmortemComment | SectionSuggestion | SectionRevision


async def _names(ctx: Context, rows: list[Authored]) -> Names:
    keys = sorted({(row.author_kind, row.author_id) for row in rows}, key=str)
    return dict(zip(keys, await people.names(ctx, [Who(kind, key) for kind, key in keys]), strict=True))


def _called(names: Names, row: Authored) -> str:
    return names[row.author_kind, row.author_id]


def _written(row: PostmortemSection, revision: SectionRevision | None, names: Names) -> Written | None:
    if row.edited is None or revision is None:
        return None
    return Written(_called(names, revision), revision.created_at)


async def _pictures(ctx: Context, postmortem: Postmortem) -> list[Markup]:
    [snapshots] = await monitors.of_postmortems(ctx, [postmortem])
    return [Markup(svg) for svg in await monitors.charts(ctx, snapshots)]  # noqa: S704 (drawn by us, texts escaped)
