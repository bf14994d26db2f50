"""Silences, and what one would hold back now."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import strawberry
from sqlalchemy import ColumnElement, Select, select
from strawberry.scalars import JSON

from actions.alerts.quiet import MOST_HELD, firing_alone, holds_back, refuse_everything
from actions.alerts.rule_fields import checked_matchers
from auth.visibility import visible_alerts
from core.ids import decode_as
from models.alert import Alert
from models.service import Service
from models.silence import Silence
from resolvers.context import Context

NEWEST = 200
"""How many silences a list has: as many as may last at once, and of those that are over the newest."""


class Thought(NamedTuple):
    """A silence that is only thought of."""

    matchers: Mapping[str, str]
    source_id: int | None
    service_id: int | None


async def silences(ctx: Context) -> list[Silence]:
    """The silences that end last, those to come and those that last before those that are over; at most 200."""
    order = (Silence.ends_at.desc(), Silence.id.desc())
    return await ctx.reader.rows(Silence, select(Silence).order_by(*order).limit(NEWEST))


async def would_silence(
    ctx: Context,
    *,
    matchers: JSON | None = None,
    source: strawberry.ID | None = None,
    service: str | None = None,
) -> list[Alert]:
    """The firing alerts of no incident that such a silence would hold back if it began now, the newest first.

    It looks among the newest 1,000 that its equal labels, its source and its service leave. INVALID_INPUT for what
    could not be saved. A service by slug or id, of those in use.
    """
    checked: Any = checked_matchers(matchers if matchers is not None else {})
    key = decode_as("AlertSource", source, "source") if source else None
    thought = Thought(checked, key, await _service(ctx, service) if service else None)
    refuse_everything(thought)
    return await held_by(ctx, thought)


async def held_by(ctx: Context, thought: Thought) -> list[Alert]:
    """The same for conditions that were checked."""
    firing = (*firing_alone(thought), visible_alerts(ctx.actor))
    rows = await ctx.reader.rows(Alert, newest(firing, MOST_HELD))
    return [row for row in rows if holds_back(thought, row.source_id, row.service_id, row.labels)]


async def _service(ctx: Context, reference: str) -> int:
    named = select(Service.id).where(Service.slug == reference)
    key: int | None = await ctx.reader.scalar(named) if reference.isprintable() else None
    return key if key is not None else decode_as("Service", reference, "service")


def newest(conditions: Sequence[ColumnElement[bool]], most: int) -> Select[Alert]:
    """The alerts of which these hold, the newest first."""
    return select(Alert).where(*conditions).order_by(Alert.id.desc()).limit(most)
