"""Runbooks, which of them are for an incident, and by which it is worked."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select, true

from actions.runbooks.checklist import checks_of
from actions.runbooks.opening import fitting
from core.kept import among, keys_sent, with_keys
from models.incident import Incident
from models.runbook import OpenedRunbook, Runbook
from models.severity import SeverityVersion
from resolvers.catalogue import current_severities
from resolvers.context import Context
from resolvers.rows import children

OPENED = (
    select(OpenedRunbook, OpenedRunbook.incident_id).where(among(OpenedRunbook.incident_id)).order_by(OpenedRunbook.id)
)


async def runbooks(ctx: Context) -> list[Runbook]:
    """All runbooks by name, archived ones last."""
    order = (Runbook.archived_at.is_not(None), func.lower(Runbook.name), Runbook.id)
    return await ctx.reader.rows(Runbook, select(Runbook).order_by(*order))


async def severities(ctx: Context, rows: Sequence[Runbook]) -> list[SeverityVersion | None]:
    """The severity that each is for, as it is today."""
    return await current_severities(ctx, [row.severity_id for row in rows])


async def checks(_: Context, rows: Sequence[Runbook]) -> list[list[str]]:
    """The open checks of each, in their order."""
    return [checks_of(row.body) for row in rows]


async def fitting_of(ctx: Context, incidents: Sequence[Incident]) -> list[list[Runbook]]:
    """The runbooks that are for each incident, at most 20: for its services and its severity first, for all last."""
    found = await children(ctx, Runbook, _fitting(), with_keys(incident.id for incident in incidents))
    return [sorted(found.get(incident.id, []), key=_closest) for incident in incidents]


@cache
def _fitting() -> Select[*tuple[Any, ...]]:
    parent = keys_sent("parent")
    chosen = fitting(parent.c.id).lateral("chosen")
    return select(*chosen.c, parent.c.id).select_from(parent).join(chosen, true())


def _closest(row: Runbook) -> tuple[int, bool, str, int]:
    vague = (row.service_id is None) + (row.severity_id is None)
    return vague, row.service_id is None, row.name.lower(), row.id


async def opened_of(ctx: Context, incidents: Sequence[Incident]) -> list[list[OpenedRunbook]]:
    """The runbooks that each incident is worked by, in the order in which they were opened."""
    found = await children(ctx, OpenedRunbook, OPENED, with_keys(incident.id for incident in incidents))
    return [found.get(incident.id, []) for incident in incidents]
