"""The events on which statements rest, as small numbers behind them: what a reader can look up in the timeline."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from markupsafe import Markup

from actions.postmortems.exported import Exported, Part, Said, Source
from actions.postmortems.markup import paragraph
from models.facts.base import clock_time

TIMELINE = "timeline"
FEW = 3
"""Events that are named behind a statement; how many more there are is said."""
OPEN, CLOSE = "\ue000", "\ue001"
"""Stand around the place of a statement in a text until that is HTML; nobody writes them."""
_taken = dict.fromkeys(map(ord, OPEN + CLOSE))


@dataclass(frozen=True, slots=True)
class Marked:
    """A section whose statements end with a mark: `statements[7]` is the one of mark 7."""

    markdown: str
    statements: list[Said]

    def with_marks(self, text: str, made: Callable[[int, Said], str]) -> str:
        """A text of this section with what is made of each mark in its place."""
        parts = text.split(OPEN)
        rest = (part.partition(CLOSE) for part in parts[1:])
        shown = ((made(int(at), self.statements[int(at)]), after) for at, _, after in rest)
        return "".join((parts[0], *chain.from_iterable(shown)))


def marked(found: Exported, part: Part) -> Marked:
    """A section with a mark behind each statement of it that has sources and still stands there as it was made."""
    text = part.markdown.translate(_taken)
    own = [each for each in found.statements if each.section == part.key and each.sources]
    pieces, start = [], 0
    for at, each in enumerate(own):
        block = paragraph(each.text).translate(_taken)
        place = text.find(block, start) if block else -1
        if place >= 0:
            pieces += [text[start : place + len(block)], f"{OPEN}{at}{CLOSE}"]
            start = place + len(block)
    return Marked("".join((*pieces, text[start:])), own)


def label(source: Source) -> str:
    """What an event is called: its number, before which stands the incident if it is of a merged one."""
    number = str(source.number or "?")
    return number if source.incident is None else f"{source.incident}/{number}"


def _more(each: Said) -> str:
    return f" +{each.source_count - FEW}" if each.source_count > FEW else ""


def places(found: Exported) -> dict[int, str]:
    """Where on the page the timeline tells of an event: the anchor of its line, by the event's key."""
    lines = [each for each in found.statements if each.section == TIMELINE and each.sources]
    return {source.key: f"t{at}" for at, each in enumerate(lines) for source in each.sources}


def in_html(section: str, where: dict[int, str]) -> Callable[[int, Said], str]:
    """What makes HTML of a mark: in the timeline a place to arrive at, elsewhere links that lead there."""

    def arrive(at: int, each: Said) -> str:
        more = f" +{each.source_count - 1}" if each.source_count > 1 else ""
        return Markup('<sup id="t{}">{}{}</sup>').format(at, label(each.sources[0]), more)

    def lead(_: int, each: Said) -> str:
        links = (
            Markup('<a href="#{}">{}</a>').format(where[one.key], label(one)) if one.key in where else label(one)
            for one in each.sources[:FEW]
        )
        return Markup("<sup>{}{}</sup>").format(Markup(" ").join(links), _more(each))

    return arrive if section == TIMELINE else lead


def in_markdown(_: int, each: Said) -> str:
    """What stands for a mark in Markdown: footnotes."""
    return "".join(f"[^{_note(one)}]" for one in each.sources[:FEW]) + _more(each)


def footnotes(found: Exported) -> Iterator[str]:
    """What the footnotes say, each event once, in the order of the feed."""
    cited = {one.key: one for each in found.statements if each.section != TIMELINE for one in each.sources[:FEW]}
    for _, one in sorted(cited.items()):
        yield f"[^{_note(one)}]: Event {label(one)}, {clock_time(one.occurred_at)}: `{one.kind}`"


def _note(source: Source) -> str:
    return f"event-{label(source).replace('/', '-')}"
