"""Updates."""

from datetime import datetime

import strawberry

from models import service, update
from models.words import Audience, ComponentStatus, PublicStatus
from resolvers import incidents, work
from resolvers.fields import batched, column, computed
from resolvers.people import Who
from resolvers.pointers import pointed_to
from schema.lazy import AComponent, AnActor, AnIncident
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What an update says of a component.")
class ComponentChange:
    component: AComponent = batched(pointed_to(service.Component, "component_id"), description="The component.")
    from_status: ComponentStatus = column("What the status page showed of it before.", name="from")
    to_status: ComponentStatus = column("What the update says of it.", name="to")


@strawberry.type(description="What an update said before it was reworded.")
class UpdateRevision:
    body: str = column("What it said. Markdown, as it was written.")
    replaced_at: datetime = column("Until when it said so.")
    hidden_at: datetime | None = column("Since when customers can no longer read it; null if they can.")


@strawberry.type(description="What the Communications Lead says, to colleagues or to customers.")
class Update(Node):
    id: strawberry.ID = identity("Update")
    incident: AnIncident = batched(incidents.incident_of, description="The incident that it is about.")
    audience: Audience = column("Whom it addresses.")
    status: PublicStatus | None = column("What it says of the incident; always there on a public one.")
    body: str = column("What it says. Markdown, as it was written; show it as text or through a sanitiser.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who published it.")
    published_at: datetime = column("When it was published; what a back-dated one is dated.")
    written_at: datetime = column("When it was written: later than `publishedAt` if it is back-dated.")
    edited_at: datetime | None = column("When it was last reworded.")
    withdrawn_at: datetime | None = column("When it was taken back; customers no longer see it.")
    components: list[ComponentChange] = batched(work.component_changes, description="What it says of components.")
    revisions: list[UpdateRevision] = batched(
        work.revisions, description="What it said before it was reworded, from the oldest to the newest; at most 100."
    )
    version: int = batched(work.update_versions, description="How many wordings it had, with this one.")
    next_update_by: datetime | None = column("The promise that it makes: when the next update comes at the latest.")

    is_type_of = is_row_of(update.Update)
