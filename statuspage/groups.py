"""Components in their groups, the troubled ones first and open."""

from collections import Counter
from dataclasses import dataclass

from models.words import ComponentStatus
from statuspage.bars import Bars, bars_of, bars_title
from statuspage.language import NN_, Language
from statuspage.read import Part, Site
from statuspage.state import SHAPE, STATUS_WORDS
from statuspage.words import Calendar, line

COUNTED = {
    ComponentStatus.MAJOR_OUTAGE: NN_("%(number)d major outage", "%(number)d major outages"),
    ComponentStatus.PARTIAL_OUTAGE: NN_("%(number)d partial outage", "%(number)d partial outages"),
    ComponentStatus.DEGRADED_PERFORMANCE: NN_("%(number)d degraded", "%(number)d degraded"),
    ComponentStatus.UNDER_MAINTENANCE: NN_("%(number)d under maintenance", "%(number)d under maintenance"),
}

FEW = 12
"""So many components are all shown at once; of more, groups without trouble are folded."""


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """A component with its state and its bars."""

    key: str
    name: str
    shape: str
    words: str
    bars: Bars
    bars_title: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of components. Without a name: those in none."""

    name: str | None
    shape: str
    words: str
    open: bool
    components: tuple[ComponentLine, ...]


def groups_of(site: Site, calendar: Calendar) -> list[Group]:
    """The groups in the order of the page, those with trouble before the others, the worst first."""
    members: dict[str | None, list[Part]] = {}
    for part in site.shown:
        members.setdefault(line(part.group) if part.group else None, []).append(part)
    few = len(site.shown) <= FEW
    groups = [(_worst(parts), name, parts) for name, parts in members.items()]
    groups.sort(key=lambda group: -group[0].rank)  # stable: the order of the page among equals
    return [
        Group(
            name=name,
            shape=SHAPE[worst],
            words=_summary(parts, calendar.language),
            open=few or index == 0 or worst is not ComponentStatus.OPERATIONAL,
            components=tuple(_line(part, calendar) for part in parts),
        )
        for index, (worst, name, parts) in enumerate(groups)
    ]


def _worst(parts: list[Part]) -> ComponentStatus:
    return max((part.status for part in parts), key=lambda status: status.rank)


def _summary(parts: list[Part], language: Language) -> str:
    """`All 4 operational`, `1 major outage, 2 degraded`."""
    counts = Counter(part.status for part in parts)
    said = [language.count(*words, counts[status]) for status, words in COUNTED.items() if counts[status]]
    if said:
        return ", ".join(said)
    if len(parts) == 1:
        return language.say(STATUS_WORDS[ComponentStatus.OPERATIONAL])
    return language.count("%(number)d operational", "All %(number)d operational", len(parts))


def _line(part: Part, calendar: Calendar) -> ComponentLine:
    bars = bars_of(part, calendar)
    return ComponentLine(
        key=f"c{part.id}",
        name=line(part.name),
        shape=SHAPE[part.status],
        words=calendar.say(STATUS_WORDS[part.status]),
        bars=bars,
        bars_title=bars_title(part, bars, calendar.language),
    )
