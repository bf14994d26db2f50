"""Alerts that flap: they page once, and are one entry of one incident until they are calm (ADR 0036).

An alert that changes more often than its rule allows, counted with those of its fingerprint before it, flaps. It then
fires on, whatever its monitor says; what comes and goes meanwhile is counted on it. As in Nagios it is calm again only
when it changes clearly less: two thirds of what made it flap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Text, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.rows import Fresh, recordset
from actions.record import now, record
from auth.actor import Actor
from models.alert import Alert
from models.facts.alerting import AlertFlapped
from models.flapping import AlertFlapping
from models.incident import Incident

MOST = 100
"""Alerts that are looked at, of one fingerprint: each has two changes, if it ended."""


@dataclass(frozen=True, slots=True)
class News:
    """What a monitor says of an alert that flaps, before it was taken for the one that stands for it."""

    fingerprint: str
    firing: bool
    starts_at: datetime
    ends_at: datetime | None
    continues: bool
    since: datetime
    """The start of the alert that stands for it."""


@dataclass(frozen=True, slots=True)
class Flaps:
    """That an alert begins to flap: when it changed, and what its rule says."""

    changes: Sequence[datetime]
    minutes: int
    enough: int
    """How many changes made it flap."""

    @property
    def calm_from(self) -> int:
        """It is calm with fewer changes than these."""
        return max(1, self.enough * 2 // 3)


async def steadied(
    session: AsyncSession, source_id: int, group: NormalisedGroup
) -> tuple[NormalisedGroup, Sequence[News]]:
    """The group with the alerts that stand for those that flap, and what was said of these."""
    named = sorted({alert.fingerprint for alert in group.alerts})
    sent = recordset([{"fingerprint": each} for each in named], fingerprint=Text)
    found = await session.execute(
        select(AlertFlapping.fingerprint, Alert.starts_at)
        .join(sent, AlertFlapping.fingerprint == sent.c.fingerprint)
        .join(Alert, Alert.id == AlertFlapping.alert_id)
        .where(AlertFlapping.source_id == source_id)
    )
    standing: dict[str, datetime] = {row.fingerprint: row.starts_at for row in found}
    if not standing:
        return group, ()
    alerts, news = [], []
    for alert in group.alerts:
        since = standing.get(alert.fingerprint)
        if since is None or alert.starts_at < since:
            alerts.append(alert)
            continue
        news.append(News(alert.fingerprint, alert.firing, alert.starts_at, alert.ends_at, alert.continues, since))
        alerts.append(replace(alert, firing=True, starts_at=since, ends_at=None, continues=False))
    return replace(group, alerts=tuple(alerts)), news


async def note_changes(session: AsyncSession, source_id: int, news: Sequence[News]) -> bool:
    """Count what changed; False if one is calm by now, and must be looked at anew. Its alerts are locked."""
    if not news:
        return True
    named = {each.fingerprint for each in news}
    mine = (AlertFlapping.source_id == source_id, AlertFlapping.fingerprint.in_(named))
    found = await session.scalars(select(AlertFlapping).where(*mine).order_by(AlertFlapping.id).with_for_update())
    rows = {row.fingerprint: row for row in found}
    if rows.keys() != named:
        return False
    for each in sorted(news, key=lambda said: (said.starts_at, not said.firing)):
        _change(rows[each.fingerprint], each, now(session))
    return True


def _change(row: AlertFlapping, said: News, moment: datetime) -> None:
    times = 0
    later = said.starts_at > row.starts_at and not said.continues
    if later or (said.firing and said.continues and row.ended_at is not None):
        times, row.ended_at = 1, None
        row.starts_at = row.starts_at if said.continues else said.starts_at
    if not said.firing and row.ended_at is None and (said.continues or said.starts_at == row.starts_at):
        times, row.ended_at = times + 1, max(said.ends_at or moment, row.starts_at)
    if times:
        kept = len(row.changes)
        row.changes = [*row.changes, *[moment.isoformat()] * times][-kept:]
        row.changed += times
        row.calm_at = datetime.fromisoformat(row.changes[0]) + timedelta(minutes=row.minutes)


async def begin_flapping(session: AsyncSession, source_id: int, fresh: Sequence[Fresh]) -> dict[str, Flaps]:
    """Which new alerts flap with this change, by fingerprint: none that is held back, or that its rule lets alone.

    One statement, for as far back as the rules look.
    """
    asking: dict[str, tuple[datetime, int, int]] = {}
    for each in fresh:
        rule = each.route.rule if each.route is not None and (each.route.places or each.route.pages) else None
        if rule is not None and rule.flap_changes and each.alert.firing and each.hold is None:
            since = now(session) - timedelta(minutes=rule.flap_minutes)
            asking[each.alert.fingerprint] = (since, rule.flap_changes, rule.flap_minutes)
    if not asking:
        return {}
    found: dict[str, Flaps] = {}
    for fingerprint, changes in (await _changes(session, source_id, asking)).items():
        _, most, minutes = asking[fingerprint]
        if len(changes) + 1 > most:
            found[fingerprint] = Flaps([*changes, now(session)], minutes, most + 1)
    return found


async def _changes(
    session: AsyncSession, source_id: int, asking: dict[str, tuple[datetime, int, int]]
) -> dict[str, list[datetime]]:
    """When alerts with these fingerprints began and ended lately, in order."""
    rows = [{"fingerprint": name, "since": since.isoformat()} for name, (since, _, _) in asking.items()]
    sent = recordset(rows, fingerprint=Text, since=DateTime(timezone=True))
    last = (
        select(Alert.first_seen_at, Alert.resolved_at)
        .where(Alert.source_id == source_id, Alert.fingerprint == sent.c.fingerprint)
        .order_by(Alert.starts_at.desc())
        .limit(MOST)
        .lateral("last")
    )
    late = func.greatest(last.c.first_seen_at, last.c.resolved_at) > sent.c.since
    asked = select(sent.c.fingerprint, sent.c.since, last.c.first_seen_at, last.c.resolved_at)
    found: dict[str, list[datetime]] = {}
    for row in await session.execute(asked.select_from(sent.join(last, true())).where(late)):
        times = [each for each in (row.first_seen_at, row.resolved_at) if each is not None and each > row.since]
        found.setdefault(row.fingerprint, []).extend(times)
    return {name: sorted(times) for name, times in found.items()}


async def keep_flapping(
    session: AsyncSession, actor: Actor, source_id: int, alert: NormalisedAlert, key: int, flaps: Flaps,
    incident: Incident | None,
) -> None:  # fmt: skip
    """Write down that a new alert flaps, and say so."""
    moment = now(session)
    last = [each.isoformat() for each in flaps.changes[-flaps.calm_from :]]
    row = insert(AlertFlapping).values(
        alert_id=key,
        source_id=source_id,
        fingerprint=alert.fingerprint,
        began_at=moment,
        changes=last,
        changed=len(flaps.changes),
        minutes=flaps.minutes,
        starts_at=alert.starts_at,
        ended_at=None,
        calm_at=datetime.fromisoformat(last[0]) + timedelta(minutes=flaps.minutes),
    )
    written = row.on_conflict_do_nothing(index_elements=["source_id", "fingerprint"]).returning(AlertFlapping.id)
    if await session.scalar(written) is None:  # another of its fingerprint stands for it already
        await session.execute(update(Alert).where(Alert.id == key).values(flapping_since=None))
        return
    fact = AlertFlapped(alert_id=key, title=alert.title, changes=len(flaps.changes), minutes=flaps.minutes)
    record(session, actor, fact, incident=incident)
