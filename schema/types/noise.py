"""What alerts come to: of an incident, of a storm."""

from datetime import datetime

import strawberry

from resolvers.fields import column


@strawberry.type(description="Alerts of one service and one monitor.")
class AlertBreakdownPart:
    service: str | None = column("The name of the service that they are about; null: of none.")
    source: str = column("The name of the monitor that sent them.")
    alerts: int = column("How many there are.")
    firing: int = column("How many of them have not ended.")


@strawberry.type(description="The alerts of an incident, counted.")
class AlertBreakdown:
    reference: str = column("The incident, such as `INC-123`.")
    alerts: int = column("How many there are.")
    firing: int = column("How many of them have not ended.")
    storm_began_at: datetime | None = column("If it is of an alert storm: when that began.")
    storm_ended_at: datetime | None = column("When the storm was over; null: it goes on, or there was none.")
    parts: list[AlertBreakdownPart] = column("By service and monitor, those with the most first; at most 200.")
