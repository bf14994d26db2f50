"""Alerts."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models import alert
from models.words import AlertState
from resolvers import incidents, paging
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AnIncident, APagingRun
from schema.node import Node, identity, is_row_of
from schema.types.alert_source import AlertSource


@strawberry.type(
    description="What a monitor reported. Firing anew is another alert; repeats of the same one only count up."
)
class Alert(Node):
    id: strawberry.ID = identity("Alert")
    source: AlertSource = batched(pointed_to(alert.AlertSource, "source_id"), description="The monitor that sent it.")
    fingerprint: str = column("How the monitor tells it from others.")
    title: str = column("What it says, in one line.")
    state: AlertState = column("Where it stands.")
    count: int = column("How often it was delivered, counted from 1.")
    starts_at: datetime = column("When it began to fire, as the monitor says.")
    first_seen_at: datetime = column("When it was first delivered.")
    last_seen_at: datetime = column("When it was last delivered.")
    resolved_at: datetime | None = column("When it ended; null while it fires.")
    labels: JSON = column("Its labels, an object of texts.")
    annotations: JSON = column(
        "What it says besides, an object of texts; `parse_note` says what of its delivery could not be read."
    )
    url: str | None = column("Where the monitor shows it.")
    incident: AnIncident | None = batched(incidents.incident_of, description="The incident that it is linked to.")
    paging: APagingRun | None = batched(
        paging.runs_of_alerts, description="What pages, or asks, for it without an incident; the last one."
    )
    suppressed_because: str | None = column("Why it was held back; null if it was not.")
    snoozed_until: datetime | None = column("Until when somebody snoozed it, or its group; null: nobody did.")
    flapping_since: datetime | None = column(
        "Since when it changes too often, and fires on whatever its monitor says; null: it does not flap."
    )
    noise_reason: str | None = column("Why somebody marked it as noise; null: nobody did.")
    noise_at: datetime | None = column("When it was marked as noise.")

    is_type_of = is_row_of(alert.Alert)
