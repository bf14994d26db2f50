"""What an incident needs of vendors, whoever they are. An adaptor has the ports that it can (ADR 0018)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from actions.outward.checks import Check
from actions.outward.ledger import Made
from actions.outward.ticket_state import TicketStatus
from actions.postmortems.wording_facts import Question
from integrations.client import Account, VendorClient
from models.on_call import OnCall
from models.words import Stage, TicketState

Speak = Callable[[Account], VendorClient]
"""A client of an account, paced together with all others of this process."""


WORDS = ("Channel", "Call", "Ticket", "Status page")
"""What the links of an incident are called."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on an incident, or is to: by the key and the address of their account."""

    user_id: int | None
    """None: they have no account here, and are known to a pager."""
    email: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a vendor is told of an incident. If that is private, only where nobody but its members can read it."""

    reference: str
    title: str
    severity: str | None
    url: str
    """Where responders find it."""
    private: bool
    drill: bool
    stage: Stage
    commander: str | None
    """The name of whoever leads it."""
    members: tuple[Member, ...]
    """Those who are to be let in, in the order in which they joined it."""
    channel: str | None = None
    """The addresses of what stands for it elsewhere, as far as it does."""
    bridge: str | None = None
    ticket: str | None = None
    status_page: str | None = None
    """Where customers read of it, once they do."""

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Where people go on: words and an address each."""
        known = zip(WORDS, (self.channel, self.bridge, self.ticket, self.status_page), strict=True)
        return ((f"Open {self.reference} in Muster", self.url), *((words, url) for words, url in known if url))


@dataclass(frozen=True, slots=True)
class Item:
    """What a vendor is told of an action item. If that is of a private incident, where and until when, and no more."""

    reference: str
    """Unique among ours: `ITEM-3`."""
    title: str
    url: str
    """Where people find it, unlike that of any other."""
    private: bool
    drill: bool
    incident: str | None
    """The reference of the incident that it was learned from."""
    owner: str
    """The team that answers for it, by name."""
    due_on: date | None
    priority: int
    """1 is the most urgent, 5 the least."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that is said once, and found again by its key."""

    key: str
    text: str
    question: int | None = None
    """The number of the question that it asks, if it asks one."""
    choices: tuple[str, ...] = ()
    """What can be answered; none: anything."""


class Adaptor(Protocol):
    """What every adaptor can."""

    async def check(self) -> list[Check]:
        """Whether it is reached, and may do what it is for: one line for each thing that it needs."""
        ...


class BridgePort(Protocol):
    """Conference calls."""

    async def open_bridge(self, matter: Matter) -> Made:
        """A call for an incident. VendorError."""
        ...

    async def find_bridge(self, matter: Matter) -> Made | None:
        """The call that an earlier attempt may have opened; None if there is none. VendorError."""
        ...


class TicketPort(Protocol):
    """Tickets, where other teams plan their work."""

    async def open_ticket(self, matter: Matter | Item) -> Made:
        """A ticket for an incident or an action item. VendorError."""
        ...

    async def find_ticket(self, matter: Matter | Item) -> Made | None:
        """The ticket that an earlier attempt may have opened, with all that belongs to it; None if there is none.

        VendorError.
        """
        ...

    async def comment(self, matter: Matter, ticket: str, remark: Remark) -> Made:
        """A comment on a ticket, by what the vendor calls it. VendorError."""
        ...

    async def ticket_status(self, ticket: str) -> TicketStatus:
        """How far a ticket is, by what the vendor calls it. VendorError."""
        ...

    async def move_ticket(self, ticket: str, to: TicketState, *, dropped: bool) -> TicketStatus:
        """How far a ticket is once it is closed (DONE; `dropped`: nothing was done) or open again (all else).

        One that is so already is left as it is. Permanent if there is no way, in words that say what to mend.
        """
        ...

    async def find_comment(self, matter: Matter, ticket: str, remark: Remark) -> Made | None:
        """The comment that an earlier attempt may have written; None if there is none. VendorError."""
        ...


class AnnouncePort(Protocol):
    """Announcements of incidents, which everybody reads: never of private ones."""

    async def announce(self, matter: Matter) -> Made:
        """Announce an incident. VendorError."""
        ...

    async def find_announcement(self, matter: Matter) -> Made | None:
        """The announcement that an earlier attempt may have made; None if none is found, or can be. VendorError."""
        ...

    async def follow_announcement(self, matter: Matter, announcement: str) -> Made:
        """Bring an announcement, by what the vendor calls it, up to date: edited, or told anew where it can't be.

        Of an incident that has become private it says nothing any more. VendorError.
        """
        ...

    async def relay(self, matter: Matter, announcement: str, remark: Remark) -> Made:
        """Pass an internal update on to those who read the announcement. VendorError."""
        ...

    async def find_relayed(self, matter: Matter, announcement: str, remark: Remark) -> Made | None:
        """The update that an earlier attempt may have passed on; None if none is found, or can be. VendorError."""
        ...

    async def test_send(self) -> str | None:
        """Show that announcements arrive, by one that says it is a test; what came of it, if it shows. VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class Paging:
    """A page, as its order has it."""

    mark: str
    """What the vendor knows it by: sent again, it is the same page."""
    target: str | None
    """Whom to page; None: whom the configuration says."""
    beside: str | None
    """The mark of a page of the same incident that stands there already; None: there is none."""


class PagerPort(Protocol):
    """Waking up whoever is on call. What is sent again under the same mark is the same page."""

    async def page(self, matter: Matter, paging: Paging, *, again: bool) -> Made:
        """Wake up whoever is on call. `again`: an earlier attempt may have done it. VendorError."""
        ...

    async def acknowledge_page(self, paging: Paging) -> Made:
        """Somebody has it: nobody else needs to be woken up. VendorError."""
        ...

    async def resolve_page(self, paging: Paging) -> Made:
        """It is over. VendorError."""
        ...

    async def on_call(self) -> list[OnCall]:
        """Who is asked first now, for each service that can be paged by name, and for all others. VendorError."""
        ...

    async def mark_of(self, external_id: str) -> str | None:
        """The mark of a page by what the vendor calls it; None if that does not say. VendorError."""
        ...

    async def email_of(self, agent_id: str) -> str | None:
        """The verified address of a person by what the vendor calls them; None if it is not known. VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a monitor is asked: a query in its own language, over a time, a value each so many seconds."""

    query: str
    starts_at: datetime
    ends_at: datetime
    step_seconds: int


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: what tells it from others, and a value, or None, for each step."""

    labels: dict[str, str]
    values: list[float | None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a query gave: some curves, and how many more there were."""

    series: list[Series]
    left_out: int


class MetricsPort(Protocol):
    """Monitors that keep what they measured."""

    async def measure(self, asked: Measurement) -> Measured:
        """What a query gives over a time. VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class Worded:
    """What a language model proposes, as it was written, and what its endpoint calls it."""

    content: str
    model: str


class WordingPort(Protocol):
    """Language models that propose how sections of a postmortem could be worded."""

    async def word(self, asked: Question) -> Worded:
        """What it proposes. Nothing of it is trusted: who asks reads it strictly. VendorError."""
        ...

    async def test_send(self) -> str | None:
        """Show that it answers as it must; what it said. VendorError."""
        ...


@dataclass(frozen=True, slots=True)
class Note:
    """A message to one person, who is to be woken up or asked for a code."""

    title: str
    text: str
    urgent: bool
    url: str | None = None
    """Where to read on."""
    acknowledge_url: str | None = None
    """Where a POST says that they have it."""
    callback: str | None = None
    """Where the vendor may tell what became of it."""


class MessagePort(Protocol):
    """Messages to one person."""

    async def reach(self, address: str, note: Note) -> Made:
        """Send a message to an address of the vendor's kind; what the vendor calls it. VendorError."""
        ...


class ChatPort(Protocol):
    """Channels of a chat."""

    async def open_channel(self, matter: Matter, *, again: bool) -> Made:
        """A channel for an incident, with what whoever comes in must know. VendorError.

        `again`: an earlier attempt may have made some of it; it is found, and what is missing is added.
        """
        ...

    async def follow_channel(self, matter: Matter, channel: str, *, invite: bool) -> Made:
        """Bring the summary of a channel, and its links, up to date; `invite`: let those in who have joined since.

        Of an incident that has become private nothing new is said where others read. VendorError.
        """
        ...

    async def archive_channel(self, channel: str) -> Made:
        """Close a channel, by what the vendor calls it; one that is closed stays so. VendorError."""
        ...


class SayPort(Protocol):
    """Speaking in channels of a chat: not every chat lets an app do that."""

    async def say(self, matter: Matter, channel: str, remark: Remark) -> Made:
        """Say something in a channel; nothing where others would read what is private. VendorError."""
        ...

    async def find_said(self, channel: str, remark: Remark) -> Made | None:
        """What an earlier attempt may have said; None if there is none. VendorError."""
        ...
