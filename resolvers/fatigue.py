"""Alert fatigue: which alerts and pages there were, by day and by night, and which of them led to action."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, DateTime, Text, and_, cast, func, literal, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from actions import check
from actions.alerts.rows import recordset
from actions.archived import alert_days_from
from actions.outward.paging import OFF
from auth.visibility import visible_alerts, visible_to
from core.errors import invalid
from models.alert import Alert, AlertSource
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.metrics.calendar import DAY, Span, beginning, flips, span_of
from models.metrics.definition import Hours
from models.organisation import Organisation
from models.paging.contact import PagingPreference
from models.paging.run import Page, PagingRun
from models.person import User
from models.service import Service
from models.words import AlertState, MetricPeriod, OutwardVerb, Stage
from resolvers.context import Context
from resolvers.noise import CAME, RULE

MOST = 200
"""Rules, services and people that a report names."""
LONGEST = 366
"""Days of a report."""
USUAL = 28
MOMENT = DateTime(timezone=True)
MOMENTS = ARRAY(MOMENT)
ASKED = (OutwardAction.verb == OutwardVerb.PAGE, OutwardAction.state.not_in(OFF))
"""What vendors' pagers were asked for; not what failed, or was called off before they were."""
NOISE = (Stage.DETECTION, Stage.DECLINED, Stage.CANCELLED)
"""Where an incident stands that nobody took up, or that was none."""
ACTED = and_(
    Alert.noise_reason.is_(None),
    or_(Alert.acknowledged_at.is_not(None), and_(CAME.id.is_not(None), CAME.stage.not_in(NOISE))),
)
"""Somebody acknowledged it, or took up its incident, which did not end as noise; and nobody called it noise."""


class RuleLine(NamedTuple):
    """What a rule of a monitor came to."""

    rule: str
    source: str
    alerts: int
    at_night: int
    acted: int
    noise: int
    pages: int
    pages_at_night: int

    @property
    def share_acted(self) -> float:
        """Which part of its alerts led to action."""
        return self.acted / self.alerts


class ServiceLine(NamedTuple):
    """What alerts of a service came to; None: of none."""

    service: str | None
    alerts: int
    at_night: int
    acted: int
    pages: int
    pages_at_night: int


class PersonLine(NamedTuple):
    """How often somebody was paged, by the clocks of their own time zone."""

    name: str
    time_zone: str
    pages: int
    at_night: int
    acknowledged: int


class PagerLine(NamedTuple):
    """How often a vendor's pager was asked to page, by the clocks of the report: whom it wakes, it knows alone."""

    pager: str
    pages: int
    at_night: int


class Fatigue(NamedTuple):
    """The report. Those that nobody ever acted on come first, then those with the most alerts.

    What is counted in all counts everything, however many are named.
    """

    first_day: date
    last_day: date
    time_zone: str
    alerts: int
    at_night: int
    acted: int
    pages: int
    pages_at_night: int
    rules: list[RuleLine]
    services: list[ServiceLine]
    people: list[PersonLine]
    pagers: list[PagerLine]


async def alert_fatigue(
    ctx: Context, *, first_day: date | None = None, last_day: date | None = None, time_zone: str | None = None
) -> Fatigue:
    """The report of some days (by default the last 28, today included), in a zone (the organisation's).

    Alerts count by when they were first seen, pages by when somebody was called; suppressed alerts are left out, unless
    they are only snoozed. Nights are from 22:00 to 07:00: of alerts and of vendors' pagers in the zone, of other pages
    where the person is. Pages of an incident count for each rule and service that has alerts in it, those of an alert
    alone for its own. INVALID_INPUT for days out of order, over 366, and of which alerts were archived, and an unknown
    zone. Nine statements.
    """
    own: str = await ctx.reader.scalar(select(Organisation.time_zone)) or "UTC"
    zone = check.time_zone(time_zone or own, "time_zone")
    today = ctx.reader.clock.now().astimezone(zone).date()
    last = last_day or today
    first = first_day or last - (USUAL - 1) * DAY
    if first > last:
        raise invalid("last_day", f"{last} is before {first}.", "Give the days in their order; both count.")
    if (last - first).days >= LONGEST:
        raise invalid("first_day", f"That is more than {LONGEST} days.", "Ask for fewer.")
    whole = await alert_days_from(ctx.reader, zone)
    if whole is not None and first < whole:
        hint = f"Ask for days from {whole} on; `muster archive restore` brings earlier ones back."
        raise invalid("first_day", f"Alerts from before {whole} were archived: nothing can be said of {first}.", hint)
    span = span_of(first, last, MetricPeriod.MONTH, zone)
    rules, services = await _rules(ctx, span), await _services(ctx, span)
    people, pagers = await _people(ctx, span, ZoneInfo(own)), await _pagers(ctx, span)
    return Fatigue(
        first,
        last,
        zone.key,
        alerts=sum(each.alerts for each in services),
        at_night=sum(each.at_night for each in services),
        acted=sum(each.acted for each in services),
        pages=sum(each.pages for each in people) + sum(each.pages for each in pagers),
        pages_at_night=sum(each.at_night for each in people) + sum(each.at_night for each in pagers),
        rules=rules,
        services=services[:MOST],
        people=people[:MOST],
        pagers=pagers,
    )


def _within(column: Any, span: Span) -> tuple[Any, Any]:
    start, end = beginning(span.whole.first_day, span.zone), beginning(span.whole.last_day + DAY, span.zone)
    return column >= start, column < end


def _night(column: Any, span: Span) -> Any:
    return func.width_bucket(column, literal(flips(Hours.NIGHT, span.alone, span.zone), MOMENTS)) % 2 == 1


def _seen(ctx: Context, span: Span) -> tuple[Any, ...]:
    loud = or_(Alert.state != AlertState.SUPPRESSED, Alert.snoozed_until.is_not(None))
    return (*_within(Alert.first_seen_at, span), loud, visible_alerts(ctx.actor))


async def _counted(ctx: Context, span: Span, by: Sequence[Any], most: int | None = None) -> list[Any]:
    """Alerts by something: key, alerts, at night, acted on, called noise."""
    count = func.count()
    night, acted = count.filter(_night(Alert.first_seen_at, span)), count.filter(ACTED)
    statement = (
        select(*by, count, night, acted, count.filter(Alert.noise_reason.is_not(None)))
        .select_from(Alert)
        .join(AlertSource, AlertSource.id == Alert.source_id)
        .outerjoin(CAME, CAME.id == Alert.incident_id)
        .where(*_seen(ctx, span))
        .group_by(*(each.element if hasattr(each, "element") else each for each in by))
        .order_by(acted > 0, count.desc(), by[0])
        .limit(most)
    )
    return list(await ctx.reader.execute(statement))


def _pages(ctx: Context, span: Span) -> Any:
    """The pages of a span that may be seen: of incidents, and of alerts that paged alone, with the first of these.

    What vendors' pagers were asked for is among them, and names nobody.
    """
    columns, none = (Page.incident_id, Page.user_id, Page.created_at, Page.acknowledged_at), cast(null(), BigInteger)
    of_incidents = (
        select(*columns, none.label("alert_id"))
        .join(Incident, Incident.id == Page.incident_id)
        .where(*_within(Page.created_at, span), visible_to(ctx.actor))
    )
    alone = (
        select(*columns, Alert.id)
        .join(PagingRun, PagingRun.id == Page.run_id)
        .join(Alert, Alert.id == PagingRun.alert_id)
        .where(*_within(Page.created_at, span), Page.incident_id.is_(None), visible_alerts(ctx.actor))
    )
    elsewhere = (
        select(OutwardAction.incident_id, none, OutwardAction.created_at, cast(null(), MOMENT), none)
        .join(Incident, Incident.id == OutwardAction.incident_id)
        .where(*_asked(span), visible_to(ctx.actor))
    )
    return of_incidents.union_all(alone, elsewhere).subquery("paged")


def _asked(span: Span) -> tuple[Any, ...]:
    return (*ASKED, *_within(OutwardAction.created_at, span))


async def _paged(ctx: Context, span: Span, by: Sequence[Any]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Pages by what has alerts in their incident, or by the alert that paged alone: how many, and at night."""
    pages = _pages(ctx, span)
    named = [each.label(f"by_{place}") for place, each in enumerate(by)]
    of = select(Alert.incident_id, *named).where(Alert.incident_id.in_(select(pages.c.incident_id))).distinct()
    cause = of.subquery("cause")
    shared = select(*list(cause.c)[1:], pages.c.created_at).join_from(
        pages, cause, cause.c.incident_id == pages.c.incident_id
    )
    alone = select(*named, pages.c.created_at).join_from(pages, Alert, Alert.id == pages.c.alert_id)
    each = shared.union_all(alone).subquery("each_page")
    keys = list(each.c)[:-1]
    count = func.count()
    found = await ctx.reader.execute(
        select(*keys, count, count.filter(_night(each.c.created_at, span))).group_by(*keys)
    )
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in found}


async def _rules(ctx: Context, span: Span) -> list[RuleLine]:
    found = await _counted(ctx, span, (RULE, Alert.source_id, AlertSource.name), MOST)
    paged = await _paged(ctx, span, (RULE, Alert.source_id))
    return [
        RuleLine(rule, source, alerts, night, acted, noise, *paged.get((rule, key), (0, 0)))
        for rule, key, source, alerts, night, acted, noise in found
    ]


async def _services(ctx: Context, span: Span) -> list[ServiceLine]:
    found = await _counted(ctx, span, (Alert.service_id,))
    paged = await _paged(ctx, span, (Alert.service_id,))
    named = await ctx.reader.execute(
        select(Service.id, Service.name).where(Service.id.in_([row[0] for row in found if row[0] is not None]))
    )
    names = {row.id: row.name for row in named}
    return [
        ServiceLine(names.get(key), alerts, night, acted, *paged.get((key,), (0, 0)))
        for key, alerts, night, acted, _ in found
    ]


async def _people(ctx: Context, span: Span, own: ZoneInfo) -> list[PersonLine]:
    """Whoever was paged, those who were woken most first; nights by the zone of each, which are few."""
    chosen = await ctx.reader.execute(select(PagingPreference.zone).distinct())
    zones = {row.zone for row in chosen} | {own.key}
    rows = [
        {"zone": each, "turns": [m.isoformat() for m in flips(Hours.NIGHT, span.alone, ZoneInfo(each))]}
        for each in sorted(zones)
    ]
    sent = recordset(rows, zone=Text, turns=MOMENTS)
    zone = func.coalesce(PagingPreference.zone, own.key)
    pages = _pages(ctx, span)
    count = func.count()
    night = count.filter(func.width_bucket(pages.c.created_at, sent.c.turns) % 2 == 1)
    found = await ctx.reader.execute(
        select(User.name, sent.c.zone, count, night, count.filter(pages.c.acknowledged_at.is_not(None)))
        .select_from(pages)
        .join(User, User.id == pages.c.user_id)
        .outerjoin(PagingPreference, PagingPreference.user_id == pages.c.user_id)
        .join(sent, sent.c.zone == zone)
        .group_by(User.id, User.name, sent.c.zone)
        .order_by(night.desc(), count.desc(), User.name)
    )
    return [PersonLine(*row) for row in found]


async def _pagers(ctx: Context, span: Span) -> list[PagerLine]:
    """What each vendor's pager was asked for, those that were asked most first."""
    count = func.count()
    found = await ctx.reader.execute(
        select(Integration.name, count, count.filter(_night(OutwardAction.created_at, span)))
        .select_from(OutwardAction)
        .join(Integration, Integration.id == OutwardAction.integration_id)
        .join(Incident, Incident.id == OutwardAction.incident_id)
        .where(*_asked(span), visible_to(ctx.actor))
        .group_by(Integration.id, Integration.name)
        .order_by(count.desc(), Integration.name)
    )
    return [PagerLine(*row) for row in found]
