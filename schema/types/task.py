"""Tasks."""

from datetime import datetime

import strawberry

from models import task
from models.words import TaskState
from resolvers import incidents
from resolvers.fields import batched, column, computed
from resolvers.people import Who
from schema.lazy import AnActor, AnIncident
from schema.node import Node, identity, is_row_of


def claimed_by(row: task.Task) -> Who | None:
    """Who has it, if anybody."""
    return Who(row.claimed_by_kind, row.claimed_by_id) if row.claimed_by_kind is not None else None


@strawberry.type(
    description="What somebody does during an incident. Exactly one has it at a time, so that no effort is doubled."
)
class Task(Node):
    id: strawberry.ID = identity("Task")
    incident: AnIncident = batched(incidents.incident_of, description="The incident that it belongs to.")
    title: str = column("What is to be done.")
    state: TaskState = column("Where it stands.")
    created_at: datetime = column("When it was added.")
    claimed_by: AnActor | None = computed(claimed_by, description="Who has it, or had it when it was done.")
    claimed_at: datetime | None = column("Since when.")
    done_at: datetime | None = column("When it was done.")

    is_type_of = is_row_of(task.Task)
