"""Alerts that led to an incident, and those that led to none, by the rule that raised them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import aliased

from auth.visibility import visible_alerts
from models.alert import Alert, AlertSource
from models.incident import Incident
from models.words import AlertState, Stage
from resolvers.context import Context

RULE = func.coalesce(Alert.labels["alertname"].astext, Alert.title).label("rule")
"""What raised an alert: the rule's name where its source tells it, else what the alert is called."""
CAME = aliased(Incident)
"""What an alert led to."""
DECLINED = func.coalesce(CAME.stage == Stage.DECLINED, false())
MATTERED = and_(CAME.id.is_not(None), CAME.stage != Stage.DECLINED)
"""It led to an incident, and nobody found that to be nothing."""


class Rule(NamedTuple):
    """How often a rule of a source raised an alert, and how many of these led to an incident."""

    source_id: int
    source: str
    rule: str
    raised: int
    useful: int


class Span(NamedTuple):
    """From when to when alerts were first seen, and of which services, if not of all."""

    first: datetime
    end: datetime
    services: Sequence[int] | None = None


def _seen(ctx: Context, span: Span) -> list[ColumnElement[bool]]:
    """The alerts of a span that the viewer may see, without those that a rule of ours kept quiet."""
    found = [
        Alert.first_seen_at >= span.first,
        Alert.first_seen_at < span.end,
        Alert.state != AlertState.SUPPRESSED,
        visible_alerts(ctx.actor),
    ]
    return found if span.services is None else [*found, Alert.service_id.in_(span.services)]


async def noise(ctx: Context, span: Span) -> list[Rule]:
    """Every rule that raised alerts in a span, those with the most first."""
    count = func.count()
    statement = (
        select(Alert.source_id, AlertSource.name, RULE, count, count.filter(MATTERED))
        .join(AlertSource, AlertSource.id == Alert.source_id)
        .outerjoin(CAME, CAME.id == Alert.incident_id)
        .where(*_seen(ctx, span))
        .group_by(Alert.source_id, AlertSource.name, RULE.name)
        .order_by(count.desc(), RULE.name, Alert.source_id)
    )
    return [Rule(*row) for row in await ctx.reader.execute(statement)]


class Raised(NamedTuple):
    """An alert with what came of it."""

    id: int
    title: str
    first_seen_at: datetime
    incident_id: int | None
    declined: bool


async def raised(ctx: Context, span: Span, *, source: int | None, rule: str | None, most: int) -> list[Raised]:
    """The alerts of a span, of one source and rule if given, the newest first."""
    statement = (
        select(Alert.id, Alert.title, Alert.first_seen_at, Alert.incident_id, DECLINED)
        .outerjoin(CAME, CAME.id == Alert.incident_id)
        .where(*_seen(ctx, span))
        .order_by(Alert.id.desc())
        .limit(most)
    )
    if source is not None:
        statement = statement.where(Alert.source_id == source)
    if rule is not None:
        statement = statement.where(RULE.element == rule)
    return [Raised(*row) for row in await ctx.reader.execute(statement)]
