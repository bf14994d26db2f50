"""Alert sources."""

from datetime import datetime

import strawberry

from models import alert
from resolvers.fields import column
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A monitor that posts its alerts to a hook of its own.")
class AlertSource(Node):
    id: strawberry.ID = identity("AlertSource")
    kind: str = column("What it speaks, such as `alertmanager`.")
    name: str = column("What it is called.")
    archived: bool = column("Whether its hook is closed.")
    last_seen_at: datetime | None = column("When it last posted something that was accepted; null: never.")

    is_type_of = is_row_of(alert.AlertSource)
