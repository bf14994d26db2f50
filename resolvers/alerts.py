"""What monitoring says: alerts, their sources, and the rules that route them."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import Boolean, String, and_, func, literal_column, or_, select

from auth.visibility import visible_alerts, visible_events
from core.ids import decode_as
from models.alert import Alert, AlertSource, RoutingRule
from models.event import ALERT_QUIET_SQL, OF_ALERT_SQL, Event
from models.incident import Incident
from models.severity import SeverityVersion
from models.words import AlertState
from resolvers.catalogue import current_severities
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import page, pages

NEWEST = Order("alerts", (Alert.id,), descending=True)
OF_INCIDENT = Order("incident.alerts", (Alert.id,))
OF_ALERT = literal_column(f"({OF_ALERT_SQL})", Boolean)
QUIET = literal_column(f"({ALERT_QUIET_SQL})", Boolean)
ALERT_ID = literal_column("(data ->> 'alert_id'::text)", String)
"""As the indexes ix_event_alert and ix_event_alert_quiet have them, letter by letter, so that they serve."""
MOST_EVENTS = 100


async def alert(ctx: Context, *, id: strawberry.ID) -> Alert | None:  # noqa: A002 (the name that was promised to clients)
    """One alert; None if there is none that the viewer may see."""
    key = decode_as("Alert", id)
    return await ctx.reader.row(Alert, select(Alert).where(Alert.id == key, visible_alerts(ctx.actor)))


async def alerts(
    ctx: Context,
    *,
    state: AlertState | None = None,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Alert]:
    """A page of the alerts that the viewer may see, the newest first."""
    window = Window(NEWEST, paging(first, after, last, before))
    wanted = [] if state is None else [Alert.state == state]
    return await page(ctx, Alert, select(Alert).where(visible_alerts(ctx.actor), *wanted), window)


async def alerts_of_incidents(
    ctx: Context,
    incidents: Sequence[Incident],
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> list[Page[Alert]]:
    """A page of each incident's alerts, in the order in which they came."""
    window = Window(OF_INCIDENT, paging(first, after, last, before))
    keys = [incident.id for incident in incidents]
    return await pages(ctx, Alert, keys, window, lambda key: select(Alert).where(Alert.incident_id == key), kept=())


async def histories(ctx: Context, alerts: Sequence[Alert]) -> list[list[Event]]:
    """What happened to each alert, as far as the viewer may see it: the first 100 events."""
    keys = [str(alert.id) for alert in alerts]
    theirs = or_(and_(OF_ALERT, ALERT_ID.in_(keys)), and_(QUIET, ALERT_ID.in_(keys)))
    events = select(Event).where(theirs, visible_events(ctx.actor)).order_by(Event.id)
    found: dict[int, list[Event]] = {}
    for event in await ctx.reader.rows(Event, events.limit(MOST_EVENTS * max(len(keys), 1))):
        found.setdefault(int(event.data["alert_id"]), []).append(event)
    return [found.get(alert.id, [])[:MOST_EVENTS] for alert in alerts]


async def alert_sources(ctx: Context) -> list[AlertSource]:
    """All alert sources by name, archived ones last."""
    order = (AlertSource.archived_at.is_not(None), func.lower(AlertSource.name), AlertSource.id)
    return await ctx.reader.rows(AlertSource, select(AlertSource).order_by(*order))


async def routing_rules(ctx: Context) -> list[RoutingRule]:
    """All routing rules in the order in which they are tried."""
    return await ctx.reader.rows(RoutingRule, select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))


async def severity_of_rules(ctx: Context, rules: Sequence[RoutingRule]) -> list[SeverityVersion | None]:
    """The severity that each rule suggests, in its present version."""
    return await current_severities(ctx, [rule.severity_id for rule in rules])
