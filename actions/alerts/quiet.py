"""Which alerts a silence holds back: those that come while it lasts, and those that fire when it begins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.paged import settle
from actions.alerts.routing import Route
from actions.record import now, record
from auth.actor import Actor
from core.changes import note
from core.errors import invalid
from core.journal import journal_of
from models.alert import Alert
from models.facts.alerting import AlertDropped, AlertSuppressed
from models.facts.base import clock_time
from models.matcher import equal_to, holds, matches
from models.silence import Silence
from models.words import AlertState

MOST_HELD = 1000
"""Alerts that fire already, the newest first, among which a silence that begins looks for its own."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds an alert back, and why in words: a silence, planned work, or that somebody snoozed it."""

    because: str
    silence_id: int | None = None
    maintenance_id: int | None = None
    snoozed_until: datetime | None = None


class Conditions(Protocol):
    """What a silence asks of an alert, saved or only thought of."""

    @property
    def matchers(self) -> Mapping[str, str]:
        """Of its labels, as in models.matcher."""

    @property
    def source_id(self) -> int | None:
        """The monitor that it must come from; None: any."""

    @property
    def service_id(self) -> int | None:
        """The service that it must be about; None: any."""


async def lasting(session: AsyncSession) -> Sequence[Silence]:
    """The silences that last now, the one that ends last first: it is the one that holds what several match."""
    moment = now(session)
    found = await session.scalars(
        select(Silence)
        .where(Silence.ends_at > moment, Silence.starts_at <= moment)
        .order_by(Silence.ends_at.desc(), Silence.id)
    )
    return found.all()


def silence_of(
    silences: Iterable[Silence], source_id: int, service_id: int | None, labels: Mapping[str, str]
) -> Silence | None:
    """The first of the silences that an alert matches."""
    return next((each for each in silences if holds_back(each, source_id, service_id, labels)), None)


def holds_back(silence: Conditions, source_id: int, service_id: int | None, labels: Mapping[str, str]) -> bool:
    """Whether a silence is about such an alert."""
    return (
        silence.source_id in (None, source_id)
        and silence.service_id in (None, service_id)
        and matches(silence.matchers, labels)
    )


def refuse_everything(silence: Conditions) -> None:
    """INVALID_INPUT for conditions that every alert meets, or every one without some label."""
    # A label that is missing counts as empty: what the empty text satisfies holds for alerts that never had it.
    says_something = any(not holds(wanted, "") for wanted in silence.matchers.values())
    if not says_something and silence.source_id is None and silence.service_id is None:
        hint = "Name what a label is, a source or a service; several must all hold."
        raise invalid("matchers", "This would silence every alert, or nearly so.", hint)


def because(silence: Silence) -> str:
    """Why it is held back, as its page says it: `Silenced until 03:38 UTC on 24 Nov 2026: Disks move.` is one."""
    return f"Silenced until {clock_time(silence.ends_at)}: {silence.reason}"


def firing_alone(silence: Conditions) -> list[ColumnElement[bool]]:
    """The alerts that a silence which begins may hold back: unseen, and in no incident, where people are at work.

    Labels that must be equal are looked at here; the other matchers are tried on what is found (`holds_back`).
    """
    found: list[ColumnElement[bool]] = [Alert.state == AlertState.FIRING, Alert.incident_id.is_(None)]
    equal = {label: operand for label, wanted in silence.matchers.items() if (operand := equal_to(wanted))}
    if equal:
        found.append(Alert.labels.contains(equal))
    if silence.source_id is not None:
        found.append(Alert.source_id == silence.source_id)
    if silence.service_id is not None:
        found.append(Alert.service_id == silence.service_id)
    return found


async def hold_firing(session: AsyncSession, actor: Actor, silence: Silence) -> int:
    """Hold back what fires already and belongs to no incident; how many. The silence's row is locked by now."""
    silence.held_at = now(session)
    newest = select(Alert.id, Alert.source_id, Alert.service_id, Alert.labels).where(*firing_alone(silence))
    found = await session.execute(newest.order_by(Alert.id.desc()).limit(MOST_HELD))
    keys = [row.id for row in found if holds_back(silence, row.source_id, row.service_id, row.labels)]
    if not keys:
        return 0
    # Locked in the order of their ids, as the intake does; some may have moved since they were read.
    still = select(Alert).where(Alert.id.in_(keys), *firing_alone(silence)).order_by(Alert.id)
    alerts = (await session.scalars(still.with_for_update(key_share=True))).all()
    for alert in alerts:
        alert.state = AlertState.SUPPRESSED
        put(alert, held_by_silence(silence))
        record_held(session, actor, alert.id, alert.title, held_by_silence(silence))
    await settle(session, {alert.paging_run_id for alert in alerts}, because(silence))
    return len(alerts)


async def say_anew(session: AsyncSession, silence: Silence) -> None:
    """Have the alerts that a silence holds say its reason and its end as they are now."""
    said = (
        update(Alert)
        .where(Alert.silence_id == silence.id)
        .values(suppressed_because=because(silence))
        .execution_options(synchronize_session=False)
    )
    for row in await session.execute(said.returning(Alert.id, Alert.incident_id)):
        note(journal_of(session), Alert, row.incident_id, row.id, {"suppressed_because": because(silence)})


def held_by_silence(silence: Silence) -> Hold:
    """What holds back the alerts of a silence."""
    return Hold(because(silence), silence_id=silence.id)


def put(alert: Alert, hold: Hold | None) -> None:
    """Have an alert say what holds it back; None: nothing does."""
    alert.silence_id = hold.silence_id if hold is not None else None
    alert.maintenance_id = hold.maintenance_id if hold is not None else None
    alert.snoozed_until = hold.snoozed_until if hold is not None else None
    alert.suppressed_because = hold.because if hold is not None else None


def let_loose(alert: Alert) -> None:
    """Have nothing hold an alert any more that has ended; why it was held back stays said."""
    alert.silence_id = alert.maintenance_id = alert.snoozed_until = None


def record_held(session: AsyncSession, actor: Actor, alert_id: int, title: str, hold: Hold) -> None:
    """The event of an alert that is held back."""
    held = AlertSuppressed(
        alert_id=alert_id,
        silence_id=hold.silence_id,
        title=title,
        because=hold.because,
        maintenance_id=hold.maintenance_id,
    )
    record(session, actor, held)


def record_dropped(session: AsyncSession, actor: Actor, alert_id: int, title: str, route: Route) -> None:
    """The event of an alert that its rule drops."""
    dropped = AlertDropped(alert_id=alert_id, rule_id=route.rule.id, title=title, because=route.drops or "")
    record(session, actor, dropped)
