"""Heartbeats."""

from datetime import datetime

import strawberry

from models import heartbeat, service
from models.heartbeat import HeartbeatState
from resolvers.fields import batched, column
from resolvers.heartbeats import states
from resolvers.pointers import pointed_to
from schema.lazy import AService
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A monitor that should report every so often: its silence is an alert.")
class Heartbeat(Node):
    id: strawberry.ID = identity("Heartbeat")
    name: str = column("What should report.")
    service: AService | None = batched(
        pointed_to(service.Service, "service_id"), description="The service that its alerts are about, if any."
    )
    state: HeartbeatState = batched(
        states,
        description="NEW until it first reports; UP; LATE once it should have reported; DOWN after its grace, or when"
        " it reported a failure; PAUSED.",
    )
    every_seconds: int = column("How often it should report.")
    grace_seconds: int = column("How late it may be.")
    last_seen_at: datetime | None = column("When it last reported, well or not; null: never.")
    expected_at: datetime | None = column("Until when it should report; null: it is not waited for.")
    due_at: datetime | None = column("When its silence becomes an alert: its grace later.")
    down_since: datetime | None = column("When its alert began to fire; null: it does not.")
    old_key_until: datetime | None = column("Until when the address before the present one is good, too.")
    archived: bool = column("Whether its address is closed.")

    is_type_of = is_row_of(heartbeat.Heartbeat)
