"""An incident's page in parts: each is a template of its own, so that a page that is open gets the parts that changed.

Two viewers who may do the same, hold nothing in the incident and are told times in the same zone get the same bytes.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from secrets import token_urlsafe
from typing import Any

from markupsafe import Markup
from sqlalchemy import func, select, true

from auth.actor import Actor
from console.incident.chat import Chat, read_chat
from console.incident.log import Line, Log, read_log
from console.incident.needs import needs, next_promise
from console.incident.rooms import CHANNEL, Question, Room, questions, rooms
from console.incident.scene import Scene, read_scene
from console.incident.told import Paged, Said, Told, paged, said, told
from console.pages import pages
from console.posting import Refused
from console.times import Times
from core.kept import keys_sent, with_keys
from models.event import Event
from models.incident import Incident
from models.lifecycle import DRILL_STAGES, TRANSITIONS, Verb
from models.words import Audience, IncidentKind, Stage
from resolvers.context import Context

MEANINGS = {
    Stage.RESPONSE: "It hurts again.",
    Stage.MITIGATION: "The impact has stopped.",
    Stage.RESOLUTION: "The lasting fix is verified.",
    Stage.POSTMORTEM: "We learn from it.",
    Stage.CLOSED: "Everything is done.",
}
"""What entering a stage means (DESIGN §3)."""
ENDINGS = (
    ("declineIncident", "decline", "Decline", "Why it is no incident", "Triage found nothing."),
    ("reopenIncident", "reopen", "Reopen", "Why", "It goes back to Response."),
    ("mergeIncident", "merge", "Merge into another", "Why", ""),
    ("cancelIncident", "cancel", "Cancel", "Why it never was one", "What customers were told stays."),
)
"""Other ways on: the mutation, the form, its words, what is asked and what follows."""
KEY = "key-of-this-form"
"""Stands for the idempotency key in parts, so that two renderings of the same are the same; see `keyed`."""

LINES = 4_000
"""Lines of timelines of which the HTML is remembered: a page shows fifty, and an event changes one."""

PARTS = ("head", "needs", "roles", "tasks", "rooms", "chat", "alerts", "said", "told", "move")
OWN = keys_sent("own")
NEWEST = select(func.max(Event.id).label("id")).where(Event.incident_id == OWN.c.id).lateral("newest")
PLACE = select(func.coalesce(func.max(NEWEST.c.id), 0)).select_from(OWN).join(NEWEST, true())
"""The newest event of the incidents whose keys it is sent with: one look into the index for each."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was read of an incident in one snapshot. `place`: its newest event."""

    scene: Scene
    rooms: list[Room]
    chat: Chat | None
    questions: list[Question]
    told: list[Told]
    paged: list[Paged]
    said: list[Said]
    log: Log
    place: int


@dataclass(frozen=True, slots=True)
class Rendering:
    """The parts by name and the lines of the timeline by event, the newest first, as HTML."""

    place: int
    parts: dict[str, str]
    lines: dict[int, str]


async def look(
    ctx: Context, incident: Incident, *, show: str = "all", before: str | None = None, after: str | None = None
) -> Seen:
    """Read all that a page shows of an incident."""
    scene = await read_scene(ctx, incident)
    own = [incident.id, *(each.id for each in scene.merged_from)]
    places = await rooms(ctx, incident)
    return Seen(
        scene,
        places,
        await read_chat(ctx, incident) if any(each.name == CHANNEL for each in places) else None,
        await questions(ctx, incident),
        await told(ctx, incident),
        await paged(ctx, incident),
        await said(ctx, incident),
        await read_log(ctx, incident, show=show, before=before, after=after),
        await ctx.reader.scalar(PLACE, with_keys(own)),
    )


def render(seen: Seen, actor: Actor, t: Times, *, refused: Refused | None = None, keys: bool = True) -> Rendering:
    """The parts and lines for a viewer; with a form that came back, its fault stands in it.

    `keys`: whether single keys do something.
    """
    values = {
        **vars_of(seen),
        "me": actor,
        "t": t,
        "refused": refused,
        "single_keys": keys,
        "needs": needs(seen.scene, seen.rooms, seen.questions, t),
        "next_promise": next_promise(seen.scene, t),
        "new_key": lambda: KEY,
    }
    parts = {name: pages.get_template(f"incident/{name}.html").render(**values) for name in PARTS}
    day, here, pinning = t.today, values["here"], "pinEvent" in seen.scene.can
    return Rendering(seen.place, parts, {each.event.id: _line(each, day, here, pinning) for each in seen.log.lines})


@lru_cache(LINES)
def _line(line: Line, t: Times, here: str, pinning: bool) -> str:
    return pages.get_template("incident/line.html").render(line=line, t=t, here=here, key=KEY, pinning=pinning)


def keyed(html: str) -> Markup:
    """Parts or lines as they are sent: each form in them with an idempotency key of its own."""
    return Markup(re.sub(KEY, lambda _: token_urlsafe(12), html))  # noqa: S704 (templates escape)


def vars_of(seen: Seen) -> dict[str, Any]:
    """What every template of the page has at hand."""
    incident = seen.scene.incident
    return {
        "scene": seen.scene,
        "incident": incident,
        "can": seen.scene.can,
        "rooms": seen.rooms,
        "chat": seen.chat,
        "told": seen.told,
        "paged": seen.paged,
        "said": seen.said,
        "here": f"/console/incidents/{incident.reference}",
        "stages": DRILL_STAGES,
        "ways": _ways(seen.scene),
        "endings": [rest for act, *rest in ENDINGS if act in seen.scene.can],
        "severities": [(each.name, each.name) for each in seen.scene.severities],
        "Stage": Stage,
        "Audience": Audience,
        "IncidentKind": IncidentKind,
    }


def _ways(scene: Scene) -> list[tuple[str, str, str]]:
    """The stages that may come next: value, words, and what entering one means."""
    if "changeStage" not in scene.can:
        return []
    ways = TRANSITIONS[scene.incident.stage].get(Verb.CHANGE_STAGE, frozenset())
    return [(each.value, each.value.capitalize(), MEANINGS[each]) for each in MEANINGS if each in ways]
