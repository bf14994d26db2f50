"""What stands around every page of the command centre: whose it is, and what is going on."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from auth.actor import Actor
from auth.visibility import REMEMBERED, visible_alerts, visible_to
from models.alert import Alert
from models.incident import Incident
from models.organisation import Organisation
from models.words import AlertState
from resolvers.context import Context
from resolvers.incident_filter import OPEN

MOST = 99
"""Counted no further: a badge says “99+”."""


class Frame(NamedTuple):
    """The organisation's name and zone, how many incidents are open and how many alerts fire."""

    organisation: str
    zone: str
    open: int
    firing: int


async def read_frame(ctx: Context) -> Frame:
    """The frame as its viewer may see it, in one statement."""
    row = (await ctx.reader.execute(_frame(ctx.actor)))[0]
    return Frame(row.name or "Muster", row.zone or "UTC", row.open, row.firing)


@lru_cache(REMEMBERED)
def _frame(actor: Actor) -> Select[*tuple[Any, ...]]:
    open_ones = select(Incident.id).where(OPEN, visible_to(actor)).limit(MOST + 1).subquery()
    firing = select(Alert.id).where(Alert.state == AlertState.FIRING, visible_alerts(actor)).limit(MOST + 1).subquery()
    return select(
        select(Organisation.name).scalar_subquery().label("name"),
        select(Organisation.time_zone).scalar_subquery().label("zone"),
        select(func.count()).select_from(open_ones).scalar_subquery().label("open"),
        select(func.count()).select_from(firing).scalar_subquery().label("firing"),
    )
