"""Where the incident is worked on: what stands for it at vendors, or is on its way, or could not be made."""

from dataclasses import dataclass

from sqlalchemy import select

from core.ids import encode
from core.kept import KEY, with_key
from models.incident import Incident
from models.integration import OutwardAction
from models.words import OutwardState, OutwardVerb, StepState
from models.workflow import WorkflowRun, WorkflowStepRun
from resolvers import incidents
from resolvers.context import Context

CHANNEL = "Channel"
NAMES = {
    OutwardVerb.OPEN_CHANNEL: CHANNEL,
    OutwardVerb.OPEN_BRIDGE: "Call",
    OutwardVerb.OPEN_TICKET: "Ticket",
    OutwardVerb.PAGE: "Page",
    OutwardVerb.ANNOUNCE: "Announcement",
}
"""What is listed, in this order; everything else at vendors only follows these."""
ORDERED = (
    select(OutwardAction)
    .where(
        OutwardAction.incident_id == KEY,
        OutwardAction.verb.in_(NAMES),
        OutwardAction.state != OutwardState.CALLED_OFF,
    )
    .order_by(OutwardAction.id)
)
ASKED = (
    select(WorkflowStepRun)
    .join(WorkflowRun, WorkflowRun.id == WorkflowStepRun.run_id)
    .where(
        WorkflowRun.incident_id == KEY,
        WorkflowStepRun.state == StepState.WAITING,
        WorkflowStepRun.kind == "ask",
    )
    .order_by(WorkflowStepRun.id)
)


@dataclass(frozen=True, slots=True)
class Room:
    """Something at a vendor's: its address once it is there, words while it is not, or not all of it."""

    name: str
    label: str
    url: str | None
    trouble: str | None
    waiting: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a workflow asks people, and what may be answered; None: anything."""

    id: str
    text: str
    choices: list[str] | None


async def rooms(ctx: Context, incident: Incident) -> list[Room]:
    """The incident's channel, call, ticket, pages and announcements in this order; then what customers read."""
    rows = await ctx.reader.rows(OutwardAction, ORDERED, with_key(incident.id))
    order = list(NAMES)
    found = [_room(row) for row in sorted(rows, key=lambda row: (order.index(row.verb), row.id))]
    [public] = await incidents.public_urls(ctx, [incident])
    return [*found, *([Room("Status page", "as customers read it", public, None, waiting=False)] if public else [])]


def _room(row: OutwardAction) -> Room:
    return Room(
        NAMES[row.verb],
        row.external_id or "",
        row.url,
        row.error,
        waiting=row.state in (OutwardState.PENDING, OutwardState.UNKNOWN),
    )


async def questions(ctx: Context, incident: Incident) -> list[Question]:
    """What workflows ask on this incident and nobody has answered."""
    rows = await ctx.reader.rows(WorkflowStepRun, ASKED, with_key(incident.id))
    return [
        Question(
            encode("WorkflowStepRun", row.id),
            str(row.inputs.get("question") or row.words or "A workflow asks."),
            row.inputs.get("choices"),
        )
        for row in rows
    ]
