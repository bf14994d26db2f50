"""The document that a record gives: pure, the same for the same record, and never longer than people read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actions.postmortems import learning, luck, phases, response, story
from actions.postmortems.material import Material
from actions.postmortems.sections import SECTIONS, Draft, section_markdown

WRITERS = (
    story.summary,
    story.impact,
    phases.detection,
    phases.response,
    phases.mitigation,
    phases.resolution,
    story.timeline,
    response.alerts,
    response.updates,
    response.times,
    learning.contributing_factors,
    learning.what_went_well,
    learning.what_went_badly,
    luck.where_we_were_lucky,
    learning.action_items,
    response.roles,
)

MOST = 300
"""Statements of a section, the timeline's apart, which folds by itself."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be written: the statements, and the newest event that they rest on."""

    drafts: list[Draft]
    cursor: int

    def of(self, section: str) -> list[Draft]:
        """The statements of one section."""
        return [draft for draft in self.drafts if draft.section == section]

    def markdown(self) -> dict[str, str]:
        """What each section says, by its key."""
        return {section.key: section_markdown(section, self.of(section.key)) for section in SECTIONS}


def compose(material: Material) -> Document:
    """The document that a record gives. A generated statement that rests on no event is not made."""

    def written() -> Iterator[Draft]:
        for writer in WRITERS:
            stated = [d for d in writer(material) if d.text and (d.source_ids or not d.generated)]
            yield from stated if writer is story.timeline else _bounded(stated)

    return Document(list(written()), material.cursor)


def _bounded(drafts: Sequence[Draft]) -> list[Draft]:
    """The first statements, and one for the rest that keeps their sources."""
    if len(drafts) <= MOST:
        return list(drafts)
    rest = drafts[MOST:]
    sources = {key for draft in rest for key in draft.source_ids}
    return [*drafts[:MOST], Draft(rest[0].section, f"And {len(rest)} more of this kind.", tuple(sorted(sources)))]
