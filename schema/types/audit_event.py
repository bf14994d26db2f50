"""Events of the audit trail."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.cursor import encode_cursor
from core.ids import encode
from resolvers import audit, events, incidents
from resolvers.fields import batched, column, computed
from resolvers.page import Cursor
from resolvers.people import Who
from schema.lazy import AnActor, AnIncident


@strawberry.type(
    description="A sign-in, a refusal, or a change of a credential, a right or a setting, and where it came from."
)
class AuditEvent:
    id: strawberry.ID = computed(
        lambda row: encode("Event", row.id), description="The opaque id of the event: `Query.node` finds it."
    )
    cursor: Cursor = computed(
        lambda row: encode_cursor(row.id), description="Its place in the feed, good for `after` of an export."
    )
    kind: str = column("What happened, in the past tense, such as `person.signed_in`.")
    actor: AnActor = computed(lambda row: Who(row.actor_kind, row.actor_id), description="Who did it.")
    occurred_at: datetime = column("When it happened; of repeats that were counted together, the first.")
    recorded_at: datetime = column("When it was written down.")
    text: str = batched(events.texts, description="It in words: a sentence in English, and the reason given.")
    data: JSON = column("What is known of it beyond the other fields; its shape depends on `kind`.")
    incident: AnIncident | None = batched(
        incidents.incident_of, description="The incident that it is about; null if it is about none."
    )
    address: str | None = batched(
        audit.addresses,
        description="The IP address that it was asked for from; null for the command line and jobs, and once erased.",
    )
    user_agent: str | None = batched(
        audit.user_agents, description="What the client called itself; null where it said nothing, and once erased."
    )
