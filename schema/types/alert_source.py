"""Alert sources."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models import alert
from resolvers.fields import column
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A monitor that posts its alerts to a hook of its own.")
class AlertSource(Node):
    id: strawberry.ID = identity("AlertSource")
    kind: str = column("What it speaks, such as `alertmanager`.")
    name: str = column("What it is called.")
    archived: bool = column("Whether its hook is closed.")
    mapping: JSON | None = column("The expressions that read its bodies, by name; null: the usual ones, or none.")
    signed: bool = column(
        "Whether what it posts must be signed with a secret; if not, the key in its address is all that it takes."
    )
    old_secret_until: datetime | None = column("Until when the secret before the present one is good, too.")
    last_seen_at: datetime | None = column("When it last posted something that was accepted; null: never.")

    is_type_of = is_row_of(alert.AlertSource)
