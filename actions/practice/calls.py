"""How often people had been called when an incident called them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, any_, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from actions.metrics.tables import Tables
from core.db import Reader
from models.delivery import CALL_SQL, Delivery
from models.event import Event

WEEK = timedelta(days=7)
CALL = literal_column(f"delivery.{CALL_SQL}", Boolean)
WITHIN_A_WEEK = literal_column(
    "count(*) over (partition by delivery.user_id order by delivery.created_at"
    " range between interval '7 days' preceding and current row)",
    BigInteger,
)
"""Calls of the same person in the seven days up to this one, itself included: no calendar, so no time zone."""


def among(column: Any, keys: Iterable[int]) -> ColumnElement[bool]:
    """The condition that a column is one of these keys: one parameter, however many there are."""
    found: ColumnElement[bool] = column == any_(literal(sorted(set(keys)), ARRAY(BigInteger)))
    return found


async def read_calls(reader: Reader, tables: Tables, keys: Iterable[int]) -> Sequence[Any]:
    """Per incident that called somebody: (incident, most calls of one person so far, numbers of the events).

    Calls to incidents that the actor may not see are none.
    """
    wanted = sorted(keys)
    own = (among(Delivery.incident_id, wanted), CALL, Delivery.event_id <= tables.place)
    ((first, last),) = await reader.execute(
        select(func.min(Delivery.created_at), func.max(Delivery.created_at)).where(*own)
    )
    if first is None:
        return []
    incident = tables.incident
    call = (
        select(Delivery.incident_id, Delivery.event_id, WITHIN_A_WEEK.label("calls"))
        .join(incident, incident.c.id == Delivery.incident_id)
        .where(
            CALL,
            Delivery.user_id.is_not(None),
            Delivery.event_id <= tables.place,
            Delivery.created_at >= first - WEEK,
            Delivery.created_at <= last,
        )
        .subquery("call")
    )
    most = (
        select(call.c.incident_id, call.c.event_id, func.max(call.c.calls).label("calls"))
        .where(among(call.c.incident_id, wanted))
        .group_by(call.c.incident_id, call.c.event_id)
        .subquery("most")
    )
    numbers = func.array_agg(aggregate_order_by(Event.number, Event.id)).filter(Event.number.is_not(None))
    statement = (
        select(most.c.incident_id, func.max(most.c.calls), func.coalesce(numbers, literal([], ARRAY(BigInteger))))
        .join(Event, Event.id == most.c.event_id)
        .group_by(most.c.incident_id)
    )
    return await reader.execute(statement)
