"""Who was paged, and who answered when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from actions.postmortems.material import Material
from actions.postmortems.sections import Draft
from actions.postmortems.story import stamp
from models.event import Event
from models.response_times import spoken_duration
from models.words import OutwardVerb, PageChange

SOON = timedelta(minutes=5)
"""A page that is answered within it went well (a common objective of on-call rotas); one three times as late, badly."""
LATE = 3 * SOON


@dataclass(frozen=True, slots=True)
class Page:
    """A page that went out, and what became of it."""

    sent: Event
    answer: Event | None
    who: str
    """Who answered it."""
    passed_on: tuple[Event, ...]
    """When it was escalated or reassigned."""

    @property
    def waited(self) -> timedelta | None:
        """How long it took to be answered; None: it was not."""
        return None if self.answer is None else max(self.answer.occurred_at - self.sent.occurred_at, timedelta())

    @property
    def sources(self) -> tuple[int, ...]:
        """The events of it."""
        answered = (self.answer.id,) if self.answer is not None else ()
        return tuple(sorted({self.sent.id, *answered, *(event.id for event in self.passed_on)}))


def pages_of(material: Material) -> list[Page]:
    """Every page that went out, in the order in which they did."""
    heard: dict[int, list[Event]] = {}
    for event in material.of_kind("page.heard", "page.acknowledged"):
        for key in event.data.get("action_ids") or [event.data.get("action_id")]:
            heard.setdefault(key, []).append(event)
    sent = [e for e in material.of_kind("outward.done") if e.data.get("verb") == OutwardVerb.PAGE]
    return [_page(material, event, heard.get(event.data["action_id"], [])) for event in sent]


def _page(material: Material, sent: Event, news: list[Event]) -> Page:
    answers = [e for e in news if e.kind == "page.acknowledged" or e.data.get("change") == PageChange.ACKNOWLEDGED]
    moved = (PageChange.ESCALATED, PageChange.REASSIGNED)
    answer = answers[0] if answers else None
    return Page(sent, answer, _who(material, answer), tuple(e for e in news if e.data.get("change") in moved))


def _who(material: Material, answer: Event | None) -> str:
    if answer is None:
        return "nobody"
    if answer.kind == "page.acknowledged":
        return material.actor_of(answer)
    user = answer.data.get("user_id")
    return material.held.called(user, answer.occurred_at) if user is not None else "somebody whom only the vendor knows"


def pages(material: Material) -> Iterator[Draft]:
    """A line on each page."""
    for page in pages_of(material):
        vendor = material.names.of("integration", page.sent.data.get("integration_id"))
        answered = "nobody answered it"
        if page.waited is not None:
            answered = f"answered by {page.who} after {spoken_duration(page.waited)}"
        moved = f", passed on {len(page.passed_on)} times" if page.passed_on else ""
        text = f"{stamp(page.sent.occurred_at)} — page by {vendor}: {answered}{moved}."
        yield Draft("alerts", text, page.sources)


def answered_soon(material: Material) -> Iterator[Draft]:
    """That every page was answered within minutes, if there was any."""
    sent = pages_of(material)
    if sent and all(page.waited is not None and page.waited <= SOON for page in sent):
        several = f"All {len(sent)} pages were" if len(sent) > 1 else "The page was"
        sources = tuple(sorted({key for page in sent for key in page.sources}))
        yield Draft("what_went_well", f"{several} answered within {spoken_duration(SOON)}.", sources)


def answered_late(material: Material) -> Iterator[Draft]:
    """Each page that waited long, or for ever."""
    for page in pages_of(material):
        if page.waited is None:
            text = f"The page of {stamp(page.sent.occurred_at)} was answered by nobody."
            yield Draft("what_went_badly", text, page.sources)
        elif page.waited > LATE:
            text = f"The page of {stamp(page.sent.occurred_at)} waited {spoken_duration(page.waited)} for an answer."
            yield Draft("what_went_badly", text, page.sources)
