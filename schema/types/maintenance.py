"""Planned work."""

from datetime import datetime

import strawberry

from models import maintenance as rows
from models.words import MaintenanceState
from resolvers import maintenance as resolve
from resolvers.fields import batched, column, computed
from resolvers.page import PAGING
from resolvers.people import Who
from resolvers.pointers import pointed_to
from schema.connection import Connection
from schema.lazy import AComponent, AMaintenance, AMaintenanceSeries, AnActor
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What customers are told of a maintenance.")
class MaintenanceUpdate(Node):
    id: strawberry.ID = identity("MaintenanceUpdate")
    maintenance: AMaintenance = batched(
        pointed_to(rows.Maintenance, "maintenance_id"), description="The maintenance that it is about."
    )
    status: MaintenanceState = column("Where the maintenance stood then.")
    body: str = column("What it says. Markdown, as it was written; show it as text or through a sanitiser.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who published it.")
    published_at: datetime = column("When it was published.")
    edited_at: datetime | None = column("When it was last reworded.")
    withdrawn_at: datetime | None = column("When it was taken back; customers no longer see it.")

    is_type_of = is_row_of(rows.MaintenanceUpdate)


@strawberry.type(description="Planned work on components. All of it is public from the moment it is scheduled.")
class Maintenance(Node):
    id: strawberry.ID = identity("Maintenance")
    reference: str = column("How people call it, such as `MNT-12`.")
    title: str = column("What customers read as its title.")
    body: str = column("What is done and what customers notice. Markdown, as it was written.")
    state: MaintenanceState = column("Where it stands.")
    starts_at: datetime = column("When it is to start.")
    ends_at: datetime = column("When it is to be over.")
    started_at: datetime | None = column("When it did start.")
    ended_at: datetime | None = column("When it was over, or was broken off.")
    cancelled_at: datetime | None = column("When it was called off.")
    components: list[AComponent] = batched(resolve.components, description="What it takes, in the page's order.")
    updates: Connection[MaintenanceUpdate] = batched(
        resolve.updates, description="What customers were told, in order, withdrawn updates included.", arguments=PAGING
    )
    auto_start: bool = column("Whether it starts by itself.")
    auto_end: bool = column("Whether it ends by itself.")
    remind_minutes: int | None = column("Minutes before the start at which subscribers are reminded; null: never.")
    notify: bool = column("Whether subscribers are told of its steps.")
    quiet_alerts: bool = column(
        "Whether alerts of the services that its components belong to make no incident while it runs."
    )
    series: AMaintenanceSeries | None = batched(
        pointed_to(rows.MaintenanceSeries, "series_id"), description="What it is an occurrence of."
    )
    sequence: int = column("How often it was changed: iCalendar's SEQUENCE (RFC 5545).")
    version: int = column("Send it back as `expectedVersion` when you edit.")
    created_at: datetime = column("When it was scheduled.")
    changed_at: datetime = column("When it, or an update of it, was last changed.")

    is_type_of = is_row_of(rows.Maintenance)


@strawberry.type(description="Planned work that recurs. A change of one and all that follow makes another series.")
class MaintenanceSeries(Node):
    id: strawberry.ID = identity("MaintenanceSeries")
    rule: str = column("When it recurs: an RFC 5545 RRULE without its name.")
    time_zone: str = column("The time zone (IANA) by whose clocks the rule counts.")
    starts_at: datetime = column("When the first one starts, or started.")
    minutes: int = column("How long each takes.")
    title: str = column("What customers read as the title of each.")
    body: str = column("What is done and what customers notice. Markdown, as it was written.")
    components: list[AComponent] = batched(resolve.components_of_series, description="What each takes.")
    maintenances: Connection[Maintenance] = batched(
        resolve.occurrences,
        description="The occurrences made so far, the earliest first: those of the next 60 days, and the next one.",
        arguments=PAGING,
    )
    ended_at: datetime | None = column("Since when nothing more is made of it.")
    continues: AMaintenanceSeries | None = batched(
        pointed_to(rows.MaintenanceSeries, "continues_id"), description="The series that it goes on from."
    )
    version: int = column("How often it was changed, counted from 1.")
    created_at: datetime = column("When it was scheduled.")

    is_type_of = is_row_of(rows.MaintenanceSeries)
