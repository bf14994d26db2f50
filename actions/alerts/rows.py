"""A group's alerts and the table: a handful of statements however many alerts there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    case,
    column,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import TableValuedAlias

from actions.alerts.bundles import key_of
from actions.alerts.group import NormalisedAlert
from actions.alerts.quiet import Hold
from actions.alerts.routing import Route
from core.changes import kept_columns, note, note_moved
from core.journal import journal_of
from models.alert import Alert, AlertSource
from models.words import AlertState

INTAKE_LOCKS = 7423
"""First key of the advisory locks of groups; they are two-key locks, which never meet the feed's."""

MOMENT = DateTime(timezone=True)
TOUCH_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Known:
    """An alert that is in the table already."""

    id: int
    fingerprint: str
    starts_at: datetime
    state: AlertState
    title: str
    incident_id: int | None
    rule_id: int | None
    paging_run_id: int | None

    @property
    def identity(self) -> tuple[str, datetime]:
        """As NormalisedAlert.identity."""
        return self.fingerprint, self.starts_at


def recordset(rows: Sequence[dict[str, Any]], **columns: Any) -> TableValuedAlias:
    """Rows sent as one JSON parameter, read as a table."""
    sent = func.jsonb_to_recordset(literal(rows, JSONB))
    named = sent.table_valued(*(column(name, kind) for name, kind in columns.items()), name="sent")
    return named.render_derived(with_types=True)


async def lock_group(session: AsyncSession, source_id: int, group_key: str) -> None:
    """Wait for other deliveries of the same group: the first lock that an intake takes."""
    await session.execute(
        text("select pg_advisory_xact_lock(:space, hashtext(:name))"),
        {"space": INTAKE_LOCKS, "name": f"{source_id}:{group_key}"},
    )


async def touch_source(session: AsyncSession, source_id: int, now: datetime) -> None:
    """Note that a source is alive, every 30 s at most and never waiting: its row must not serialise its deliveries."""
    due = (AlertSource.last_seen_at.is_(None)) | (AlertSource.last_seen_at < now - TOUCH_EVERY)
    free = (
        select(AlertSource.id).where(AlertSource.id == source_id, due).with_for_update(skip_locked=True, key_share=True)
    )
    await session.execute(update(AlertSource).where(AlertSource.id.in_(free)).values(last_seen_at=now))


async def read_known(
    session: AsyncSession, source_id: int, alerts: Iterable[NormalisedAlert], *, lock: bool = False
) -> list[Known]:
    """Those of the alerts that are in the table, by id; locked until the end of the transaction if asked for."""
    rows = [{"fingerprint": a.fingerprint, "starts_at": a.starts_at} for a in alerts]
    sent = recordset(rows, fingerprint=Text, starts_at=MOMENT)
    found = (
        select(
            *(Alert.id, Alert.fingerprint, Alert.starts_at, Alert.state, Alert.title, Alert.incident_id),
            *(Alert.rule_id, Alert.paging_run_id),
        )
        .join(sent, (Alert.fingerprint == sent.c.fingerprint) & (Alert.starts_at == sent.c.starts_at))
        .where(Alert.source_id == source_id)
        .order_by(Alert.id)
    )
    if lock:
        found = found.with_for_update(of=Alert, key_share=True)
    return [Known(*row) for row in await session.execute(found)]


@dataclass(frozen=True, slots=True)
class Fresh:
    """An alert that is new, with the rule that it takes and what holds it back."""

    alert: NormalisedAlert
    route: Route | None
    hold: Hold | None
    flaps: bool = False
    """Whether it changes too often (actions.alerts.flapping)."""

    @property
    def suppressed_because(self) -> str | None:
        """Why it makes no incident: what holds it back first, then its rule."""
        if not self.alert.firing:
            return None
        if self.hold is not None:
            return self.hold.because
        return self.route.drops if self.route is not None else None


async def insert_new(
    session: AsyncSession, source_id: int, group_key: str, alerts: Sequence[Fresh], now: datetime
) -> dict[tuple[str, datetime], int]:
    """Store alerts with their services, rules and bundles, and what holds them back.

    Returns the keys of those that nobody else stored in the meantime, by identity.
    """
    rows = [row_of(fresh, now) for fresh in alerts]
    sent = recordset(
        rows,
        fingerprint=Text,
        starts_at=MOMENT,
        title=Text,
        state=Text,
        count=BigInteger,
        resolved_at=MOMENT,
        labels=JSONB,
        annotations=JSONB,
        url=Text,
        service_id=BigInteger,
        silence_id=BigInteger,
        maintenance_id=BigInteger,
        snoozed_until=MOMENT,
        flapping_since=MOMENT,
        suppressed_because=Text,
        rule_id=BigInteger,
        bundle=Text,
    )
    fixed: dict[str, ColumnElement[Any]] = {
        "source_id": literal(source_id),
        "group_key": literal(group_key),
        "first_seen_at": literal(now),
        "last_seen_at": literal(now),
    }
    values: list[ColumnElement[Any]] = [*fixed.values(), *sent.c]
    given = select(*values).order_by(sent.c.fingerprint, sent.c.starts_at)
    written = await session.execute(
        insert(Alert)
        .from_select([*fixed, *(c.name for c in sent.c)], given)
        .on_conflict_do_nothing(index_elements=["source_id", "fingerprint", "starts_at"])
        .returning(Alert.id, Alert.fingerprint, Alert.starts_at)
    )
    return {(row.fingerprint, row.starts_at): row.id for row in written}


def row_of(fresh: Fresh, now: datetime) -> dict[str, Any]:
    """The columns of a new alert that don't follow from its delivery."""
    a = fresh.alert
    return {
        "fingerprint": a.fingerprint,
        "starts_at": a.starts_at,
        "title": a.title,
        "state": _first_state(fresh),
        "count": max(a.sightings, 1),
        "resolved_at": a.ends_at if not a.firing else None,
        "labels": a.labels,
        "annotations": a.annotations,
        "url": a.url,
        "service_id": fresh.route.service_id if fresh.route else a.service_id,
        "silence_id": fresh.hold.silence_id if fresh.hold else None,
        "maintenance_id": fresh.hold.maintenance_id if fresh.hold else None,
        "snoozed_until": fresh.hold.snoozed_until if fresh.hold else None,
        "suppressed_because": fresh.suppressed_because,
        "flapping_since": now if fresh.flaps else None,
        "rule_id": fresh.route.rule.id if fresh.route else None,
        "bundle": key_of(a, fresh.route) if fresh.hold is None and a.firing else None,
    }


def _first_state(fresh: Fresh) -> AlertState:
    if not fresh.alert.firing:
        return AlertState.RESOLVED
    return AlertState.SUPPRESSED if fresh.suppressed_because is not None else AlertState.FIRING


async def count_repeats(session: AsyncSession, repeats: Sequence[tuple[Known, NormalisedAlert]], now: datetime) -> None:
    """Count alerts up that were delivered again, and note the end of those that ended."""
    rows = [{"id": k.id, "sightings": a.sightings, "resolved_at": a.ends_at} for k, a in repeats]
    sent = recordset(rows, id=BigInteger, sightings=Integer, resolved_at=MOMENT)
    ends = sent.c.resolved_at.is_not(None) & (Alert.state != AlertState.RESOLVED)
    counted = (
        update(Alert)
        .where(Alert.id == sent.c.id)
        .values(
            count=Alert.count + sent.c.sightings,
            last_seen_at=func.greatest(Alert.last_seen_at, now),
            resolved_at=case((ends, sent.c.resolved_at), else_=Alert.resolved_at),
            state=case((ends, AlertState.RESOLVED), else_=Alert.state),
            silence_id=case((ends, None), else_=Alert.silence_id),
            maintenance_id=case((ends, None), else_=Alert.maintenance_id),
            snoozed_until=case((ends, None), else_=Alert.snoozed_until),
        )
        .execution_options(synchronize_session=False)
    )
    ended = {known.id for known, alert in repeats if alert.ends_at is not None and known.state != AlertState.RESOLVED}
    for row in await session.execute(counted.returning(Alert.id, Alert.incident_id, Alert.state, Alert.resolved_at)):
        if row.id in ended:
            now_is = {"state": row.state, "resolved_at": row.resolved_at}
            note(journal_of(session), Alert, row.incident_id, row.id, now_is)


async def link_all(session: AsyncSession, alert_ids: Sequence[int], incident_id: int) -> None:
    """Give new alerts their incident."""
    linked = (
        update(Alert)
        .where(Alert.id.in_(alert_ids))
        .values(incident_id=incident_id)
        .execution_options(synchronize_session=False)
    )
    columns = (Alert.id, *(getattr(Alert, name) for name in kept_columns(Alert)))
    rows = (await session.execute(linked.returning(*columns))).all()
    note_moved(journal_of(session), Alert, rows, before=None)


def as_delivered(alert: Alert) -> NormalisedAlert:
    """A stored alert that fires, as its monitor delivered it."""
    return NormalisedAlert(
        fingerprint=alert.fingerprint,
        title=alert.title,
        firing=True,
        starts_at=alert.starts_at,
        labels=alert.labels,
        annotations=alert.annotations,
        url=alert.url,
    )
