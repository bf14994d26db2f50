"""What a list tells of each alert: read for all of them at once."""

from collections.abc import Sequence
from typing import NamedTuple

from auth.acts import Act
from auth.permission import Permission
from core.ids import encode
from models.alert import Alert, AlertSource
from models.incident import Incident
from models.paging.run import ANSWERABLE, PagingRun
from models.service import Service
from models.words import AlertState
from resolvers.context import Context
from resolvers.incidents import incident_of
from resolvers.paging import runs_of_alerts
from resolvers.rights import may_act
from resolvers.rows import by_key


class Row(NamedTuple):
    """An alert as a list shows it."""

    id: str
    alert: Alert
    source: AlertSource | None
    service: Service | None
    incident: Incident | None
    may: bool
    """Whether the viewer may acknowledge, resolve and link it."""
    run: PagingRun | None = None
    """What pages, or asks, for it without an incident."""

    @property
    def asks(self) -> bool:
        """Whether people are asked if it is an incident."""
        under_way = self.alert.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED) and self.alert.incident_id is None
        return under_way and self.run is not None and self.run.asks_until is not None

    @property
    def pages(self) -> bool:
        """Whether people are paged for it now."""
        return self.run is not None and self.run.state in ANSWERABLE

    @property
    def firing(self) -> bool:
        """Whether nobody looks at it yet."""
        return self.alert.state is AlertState.FIRING

    @property
    def asleep(self) -> bool:
        """Whether somebody snoozed it, and it did not wake yet."""
        return self.alert.snoozed_until is not None

    @property
    def loud(self) -> bool:
        """Whether it fires, and nothing holds it back."""
        return self.alert.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.alert.state is AlertState.RESOLVED


class Group(NamedTuple):
    """Alerts that their monitor delivers together."""

    source: AlertSource | None
    key: str
    rows: list[Row]


async def read_rows(ctx: Context, alerts: Sequence[Alert]) -> list[Row]:
    """The rows of alerts that the viewer may see."""
    sources = await by_key(ctx, AlertSource, (alert.source_id for alert in alerts))
    services = await by_key(ctx, Service, (alert.service_id for alert in alerts))
    incidents = await incident_of(ctx, alerts)
    runs = await runs_of_alerts(ctx, alerts)
    allowed = await may_act(ctx, incidents, Act.ACKNOWLEDGE_ALERT, Permission.ALERT)
    return [
        Row(
            encode("Alert", alert.id),
            alert,
            sources.get(alert.source_id),
            services.get(alert.service_id or 0),
            incident,
            may,
            run,
        )
        for alert, incident, may, run in zip(alerts, incidents, allowed, runs, strict=True)
    ]


def grouped(rows: Sequence[Row]) -> list[Group]:
    """The rows in their groups, in the order in which each group comes first."""
    found: dict[tuple[int, str], Group] = {}
    for row in rows:
        place = (row.alert.source_id, row.alert.group_key)
        found.setdefault(place, Group(row.source, row.alert.group_key, [])).rows.append(row)
    return list(found.values())
