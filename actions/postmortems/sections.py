"""The sections of a postmortem, in order. Those that only people can write come with questions.

Blameless (PRACTICE): the questions ask what in the system made it possible, never who.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.postmortems.markup import paragraph


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its key in the API, its title, and the questions that guide whoever fills it."""

    key: str
    title: str
    questions: tuple[str, ...] = ()
    listed: bool = True
    """Whether its statements are a list; else each is a paragraph."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to be made: plain text, and the ids of the events that it rests on."""

    section: str
    text: str
    source_ids: tuple[int, ...]
    generated: bool = True
    """False: people said so, through the product, and it stands there as theirs; it needs no source."""
    message_ids: tuple[int, ...] = ()
    """Messages of the incident's channel that it speaks of."""


SECTIONS = (
    Section("summary", "Summary", listed=False),
    Section(
        "impact",
        "Impact and duration",
        ("Who was affected, and what could they not do?", "How many customers, orders, hours: what is known?"),
    ),
    Section("detection", "Detection", ("What would have told us earlier?",)),
    Section("response", "Response"),
    Section("mitigation", "Mitigation", ("What stopped the impact, and how was that found?",)),
    Section("resolution", "Resolution", ("Why is it certain that it is over?",)),
    Section("timeline", "Timeline"),
    Section("alerts", "Alerts and pages"),
    Section("updates", "Updates sent"),
    Section("response_times", "Response times"),
    Section(
        "contributing_factors",
        "Contributing factors",
        (
            "What in the system made this possible?",
            "Which safeguard was missing, or did not hold?",
            "Why did it make sense at the time?",
        ),
    ),
    Section(
        "what_went_well",
        "What went well",
        ("What shortened the incident or kept it small?", "What should we do again, or everywhere?"),
    ),
    Section(
        "what_went_badly",
        "What went badly",
        ("What cost time?", "What was missing: an alert, a runbook, access, a person, a decision?"),
    ),
    Section(
        "where_we_were_lucky",
        "Where we were lucky",
        ("What could easily have made it worse?", "What must not be left to luck the next time?"),
    ),
    Section("action_items", "Action items", ("What will be done so that it does not come back, and by which team?",)),
    Section("roles", "People by role"),
)

NOTHING = "Nothing was recorded."

SECTION_KEYS = tuple(section.key for section in SECTIONS)


def section_markdown(section: Section, drafts: Sequence[Draft]) -> str:
    """The generated Markdown of a section: its statements, then the questions that are still to be answered."""
    blocks = [paragraph(d.text, "- " if section.listed else "") for d in drafts]
    body = ("\n" if section.listed else "\n\n").join(blocks)
    questions = "\n".join(f"- _{question}_" for question in section.questions)
    parts = [part for part in (body, f"To fill in:\n\n{questions}" if questions else "") if part]
    return "\n\n".join(parts) or NOTHING


QUESTIONS = re.compile(r"To fill in:\n\n(?:- _.*_(?:\n|$))+")
"""What is still to be answered."""


def without_questions(markdown: str) -> str:
    """A section without the questions that nobody has answered."""
    return QUESTIONS.sub("", markdown).strip()


def finished(markdown: str) -> str:
    """A section as it is read once the postmortem is published: nothing is left to be filled in."""
    return without_questions(markdown) or NOTHING
