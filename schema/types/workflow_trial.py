"""What a workflow would do, and what it would have begun on."""

from datetime import datetime

import strawberry

from models.event import Event
from models.words import StepState
from resolvers.fields import batched, column
from resolvers.incidents import incident_of
from resolvers.pointers import pointed_to
from schema.lazy import AnEvent, AnIncident


@strawberry.type(description="What a step would do.")
class TriedStep:
    kind: str = column("What it does: `open_channel`.")
    name: str | None = column("What people call it.")
    state: StepState = column(
        "Where it would stand at once: what is ordered at a vendor, UNDER_WAY; what waits, WAITING."
    )
    words: str | None = column("The same for people; of a failure, what to mend.")
    events: list[str] = column("The kinds of the events that it would write.")


@strawberry.type(
    description="What a workflow would do on an incident. It was carried out and undone: nothing was written or"
    " ordered, and nobody was told. Waiting is passed over, and questions are taken to be answered."
)
class WorkflowDryRun:
    fits: bool = column("Whether its conditions hold; if not, it would not begin.")
    steps: list[TriedStep] = column("Its steps in their order.")


@strawberry.type(description="An event that would have begun a workflow.")
class ReplayedRun:
    event: AnEvent | None = batched(pointed_to(Event, "event_id"), description="The event.")
    incident: AnIncident | None = batched(incident_of, description="Its incident.")
    recorded_at: datetime = column("When it was written.")


@strawberry.type(
    description="What a workflow would have begun on. Its conditions were judged as of each event, and its limit was"
    " kept; which incidents you may see is decided by today."
)
class WorkflowReplay:
    events: int = column("How many events of its kinds were looked at: the first 5,000 of that time.")
    complete: bool = column("Whether these were all.")
    unknown: int = column("How many of them could not be judged, because what their incident was like was not kept.")
    runs: list[ReplayedRun] = column("What would have begun it, the oldest first.")
