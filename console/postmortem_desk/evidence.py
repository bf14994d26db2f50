"""What generated statements rest on: numbers that lead to the lines of the timeline."""

from dataclasses import dataclass

from console.incident.log import STRETCH
from models.chat import ChatMessage
from models.event import Event
from models.incident import Incident
from models.postmortem import Postmortem, Statement
from resolvers import events, learning
from resolvers.context import Context
from resolvers.events import ORDERS, TimelineOrder
from resolvers.page import encode_place

SHOWN = 6
"""Sources that are named; how many more there are is said."""


@dataclass(frozen=True, slots=True)
class Source:
    """A line of the timeline by its number, and where it stands."""

    number: int
    href: str


@dataclass(frozen=True, slots=True)
class Said:
    """A statement with its sources."""

    text: str
    generated: bool
    sources: list[Source]
    more: int
    """How many more it rests on than are named."""
    messages: list[ChatMessage]


async def read_said(ctx: Context, incident: Incident, postmortem: Postmortem) -> dict[str, list[Said]]:
    """The statements by section, in their order."""
    [rows] = await learning.statements(ctx, [postmortem])
    sources = await learning.sources(ctx, rows, first=SHOWN)
    messages = await learning.messages(ctx, rows, first=SHOWN)
    newest = await _newest_stretch(ctx, incident)
    found: dict[str, list[Said]] = {}
    for row, own, spoken in zip(rows, sources, messages, strict=True):
        found.setdefault(row.section, []).append(_said(incident, row, own, spoken, newest))
    return found


async def _newest_stretch(ctx: Context, incident: Incident) -> int:
    """The first event of the stretch of the timeline that the incident's page begins with."""
    [page] = await events.timelines(ctx, [incident], last=STRETCH)
    return page.nodes[0].id if page.nodes and page.has_previous_page else 0


def _said(incident: Incident, row: Statement, own: list[Event], spoken: list[ChatMessage], newest: int) -> Said:
    named = [Source(event.number, _href(incident, event, newest)) for event in own if event.number is not None]
    return Said(row.text, row.generated, named, len(set(row.source_ids)) - len(named), spoken)


def _href(incident: Incident, event: Event, newest: int) -> str:
    """Where the line is shown: on the incident's page, or, if it is an old one, on the stretch that ends with it."""
    page = f"/console/incidents/{incident.reference}"
    if event.id < newest:
        page += f"?before={encode_place(ORDERS[TimelineOrder.RECORDED], [event.id + 1])}"
    return f"{page}#e{event.id}"
