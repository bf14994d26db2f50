"""Alerts of monitors that don't repeat when an alert began: their news belong to the alert that goes on.

Datadog, CloudWatch and others name the alert, and the moment of this news. So that the end ends what the beginning
began, such news are given the start of the newest alert with their name, as the table has it. The group's lock is held
by now, and all news of an alert come in one group, so nobody changes that in between.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Text, func, literal, select, true
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from models.alert import Alert


class Newest(NamedTuple):
    """The newest alert with a fingerprint."""

    starts_at: datetime
    resolved_at: datetime | None


async def continued(session: AsyncSession, source_id: int, group: NormalisedGroup) -> NormalisedGroup:
    """The group with the starts of the alerts that its news continue.

    News of an alert that fires already, or of its end, are of that alert. So is the beginning of one that was told
    after its end. What fires later than that is another alert.
    """
    loose = sorted({alert.fingerprint for alert in group.alerts if alert.continues})
    if not loose:
        return group
    newest = await _newest(session, source_id, loose)
    return replace(group, alerts=tuple(_continue(alert, newest.get(alert.fingerprint)) for alert in group.alerts))


def _continue(alert: NormalisedAlert, newest: Newest | None) -> NormalisedAlert:
    if not alert.continues or newest is None:
        return alert
    ended = newest.resolved_at
    if alert.firing and ended is not None and alert.starts_at > ended:
        return alert
    end = None if alert.ends_at is None else max(alert.ends_at, newest.starts_at)
    return replace(alert, starts_at=newest.starts_at, ends_at=end)


async def _newest(session: AsyncSession, source_id: int, fingerprints: Sequence[str]) -> dict[str, Newest]:
    """Of each fingerprint one row, by the index that makes alerts unique, however often it fired."""
    sent = (
        func.unnest(literal(list(fingerprints), ARRAY(Text)))
        .table_valued(named("fingerprint", Text), name="sent")
        .render_derived()
    )
    last = (
        select(Alert.starts_at, Alert.resolved_at)
        .where(Alert.source_id == source_id, Alert.fingerprint == sent.c.fingerprint)
        .order_by(Alert.starts_at.desc())
        .limit(1)
        .lateral("last")
    )
    found = await session.execute(
        select(sent.c.fingerprint, last.c.starts_at, last.c.resolved_at).select_from(sent.join(last, true()))
    )
    return {row.fingerprint: Newest(row.starts_at, row.resolved_at) for row in found}
