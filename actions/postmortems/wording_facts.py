"""What a language model is told of an incident: its events, numbered, people by their roles as in the postmortem."""

from dataclasses import dataclass, field

from actions.postmortems.material import Material
from actions.postmortems.sections import SECTIONS
from actions.postmortems.story import line, stamp

MOST = 300
"""Events that are told."""
LONGEST = 600
"""Characters of each."""
QUESTIONS = {section.key: section.questions for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event, under the number by which it is cited."""

    number: int
    event_id: int
    text: str


@dataclass(frozen=True, slots=True)
class AskedSection:
    """A section that is to be worded, and the questions that it answers."""

    key: str
    title: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """All that a language model is told, and asked for."""

    sections: tuple[AskedSection, ...]
    events: tuple[ToldEvent, ...]
    left_out: int
    """How many more events the incident has."""
    facts: dict[int, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", {each.number: each.text for each in self.events})

    def ids(self, numbers: tuple[int, ...]) -> list[int]:
        """The keys of the events that were told under some numbers, in the order of the feed."""
        keys = {each.number: each.event_id for each in self.events}
        return sorted(keys[number] for number in numbers)


def question_of(material: Material, sections: tuple[tuple[str, str], ...]) -> Question:
    """What is told and asked for sections, by key and title: events as the timeline tells them, the weightiest first.

    Nothing but events: what people wrote into the postmortem stays here.
    """
    said = [event for event in material.events if event.id in material.sentences]
    weighty = sorted(said, key=lambda event: event.id not in material.told)[:MOST]
    chosen = sorted(weighty, key=lambda event: (event.occurred_at, event.id))
    told = (
        ToldEvent(number, event.id, f"{stamp(event.occurred_at)} — {line(material, event)}"[:LONGEST])
        for number, event in enumerate(chosen, 1)
    )
    asked = (AskedSection(key, title, QUESTIONS.get(key, ())) for key, title in sections)
    return Question(tuple(asked), tuple(told), len(material.events) - len(chosen))
