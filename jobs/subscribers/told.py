"""A piece of news as every channel gets it: texts in the page's language, and what its links and files are made of."""

import html
from dataclasses import dataclass
from datetime import datetime

import nh3

from integrations.news_card import NewsCard, Tone
from models.words import ComponentStatus, MaintenanceState, PublicStatus
from statuspage.brand import Look
from statuspage.markdown import html_of
from statuspage.planned import Work
from statuspage.read import Site
from statuspage.words import line


@dataclass(frozen=True, slots=True)
class Affected:
    """A component, and how customers are told that it is."""

    id: int
    name: str
    status: ComponentStatus
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Planned work as it stands: one, or the next of a series. `rule`, `zone`: how a series recurs."""

    works: tuple[Work, ...]
    site: Site
    rule: str | None = None
    zone: str | None = None

    @property
    def work(self) -> Work:
        """The one, or the first of them."""
        return self.works[0]


@dataclass(frozen=True, slots=True)
class Story:
    """One piece of news, as its readers are told of it. Texts are in one line, `body` is Markdown as it was written."""

    event_kind: str
    organisation: str
    topic: str
    title: str
    number: int | None
    """Counts within what it is about; None for a step of planned work that nobody said a word of."""
    status: PublicStatus | MaintenanceState
    shape: str
    brief: str
    """`Major outage`, or `Resolved after 42 min`."""
    state: str
    """`Major outage, since Tue 24 Nov 2026, 02:41 UTC`."""
    heading: str
    at: datetime
    time: str
    body: str
    promise: str | None
    promised_at: datetime | None
    affected: tuple[Affected, ...]
    before: tuple[str, ...]
    path: str
    began_at: datetime
    ended_at: datetime | None
    edited_at: datetime | None
    look: Look
    changes: tuple[str, ...] = ()
    """Sentences of ours that stand before the body: what changed of a plan."""
    plan: Plan | None = None
    """Of planned work: what is planned."""
    thread: str | None = None
    """The topic by which mails are threaded, where it is another than what this one is about."""

    @property
    def plain(self) -> str:
        """The body without its markup."""
        return html.unescape(nh3.clean(html_of(self.body), tags=set())).strip()

    @property
    def gist(self) -> str:
        """The newest fact and the next promise: what a mailbox shows beside the subject."""
        first = line(self.plain)[:140]
        return f"{first} {self.promise}." if self.promise else first


TONES: dict[str, Tone] = {"operational": "good", "degraded": "warning", "partial": "warning", "major": "bad"}


def card_of(story: Story, base_url: str, manage_url: str) -> NewsCard:
    """The story as a chat message."""
    say = story.look.language.say
    return NewsCard(
        title=f"{story.organisation}: {story.title}",
        state=story.state,
        tone=TONES.get(story.shape, "plain"),
        heading=f"{story.heading} ({story.time})",
        text="\n".join([*story.changes, story.plain]).strip() or story.heading,
        facts=tuple((each.name, each.words) for each in story.affected),
        promise=f"{story.promise}." if story.promise else None,
        links=((say("All updates"), f"{base_url}{story.path}"), (say("Manage or unsubscribe"), manage_url)),
    )
