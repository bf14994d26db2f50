"""What would become of alerts if they came now: the intake takes them in a transaction that is rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.group import NormalisedAlert, NormalisedGroup, fold
from actions.alerts.intake import receive_group
from actions.alerts.rehearsal import RoutingFate
from actions.alerts.routing import Route, Rule, read_routes, route_of, said_by
from actions.record import rehearsed
from models.alert import Alert, AlertSource
from models.condition import Said
from models.facts.base import clock_time
from models.incident import Incident
from models.maintenance import UNNUMBERED
from models.matcher import holds
from models.paging.policy import EscalationPolicy
from models.paging.run import Page, PagingRun
from models.person import User
from models.service import Service
from models.severity import SeverityVersion
from models.words import AlertState


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A rule that stands before the one that an alert takes, and why it does not take it."""

    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class TriedAlert:
    """What would become of one alert. `words` say it; `fate` is None for one that is known, or has ended."""

    title: str
    labels: dict[str, str]
    firing: bool
    passed_over: list[PassedOver]
    rule: str | None
    service: str | None
    severity: str | None
    held_because: str | None
    """What holds it back: a silence, planned work, a snooze."""
    fate: RoutingFate | None
    words: str


async def try_group(session: AsyncSession, source: AlertSource, group: NormalisedGroup) -> list[TriedAlert]:
    """What would become of each alert of a delivery if it came now from this source, by the rules that are in force.

    For a rehearsal alone (Database.rehearsal; ValueError elsewhere): the intake itself decides, with all that stands,
    and nothing of it is kept. Groups that are tried one after the other in one rehearsal meet each other's incidents.
    Errors are those of receive_group.
    """
    if not rehearsed(session):
        raise ValueError("Alerts are tried in a rehearsal.")
    routes = await read_routes(session)
    alerts = fold(group.alerts)
    mine = select(Alert).where(
        Alert.source_id == source.id, Alert.fingerprint.in_({alert.fingerprint for alert in alerts})
    )
    fresh = mine.order_by(Alert.starts_at).execution_options(populate_existing=True)
    before = {row.id for row in await session.scalars(fresh)}
    opened = set(await session.scalars(select(Incident.id).where(Incident.id >= UNNUMBERED)))
    await receive_group(session, source, group)
    await session.flush()
    rows = {row.fingerprint: row for row in await session.scalars(fresh)}
    found: list[TriedAlert] = []
    for alert in alerts:
        row = rows[alert.fingerprint]
        route, passed = explained(routes, alert, source.name)
        if row.id in before or not alert.firing:
            words = _of_known(row) if row.id in before else "It ended already: it is kept, and that is all."
            found.append(_told(alert, row, route, passed, None, words))
            continue
        fate, words = await _fate(session, row, route, opened)
        opened |= {row.incident_id} if row.incident_id is not None else set()
        service, severity = await _given(session, row, route)
        found.append(_told(alert, row, route, passed, fate, words, service, severity))
    return found


def explained(routes: Sequence[Route], alert: NormalisedAlert, source: str) -> tuple[Route | None, list[PassedOver]]:
    """The route that an alert of a source takes (route_of decides), and why it does not take those before it."""
    said = said_by(alert, source)
    route = route_of(routes, alert, source, said=said)
    before = takewhile(lambda each: each is not route, routes)
    return route, [PassedOver(each.rule.name, _against(each.rule, alert, said)) for each in before]


def _against(rule: Rule, alert: NormalisedAlert, said: Said) -> str:
    """Why a rule does not match an alert."""
    failing = [
        f"{name} must be {wanted!r}, and {f'is {alert.labels[name]!r}' if name in alert.labels else 'is not there'}"
        for name, wanted in sorted(rule.matchers.items())
        if not holds(wanted, alert.labels.get(name, ""))
    ]
    if failing:
        return f"{'; '.join(failing)}."
    words = said.held(rule.condition or "").words
    if words is not None:
        return f"Its condition can't be told: {words}"
    return f"Its condition does not hold: {rule.condition}"


def _told(
    alert: NormalisedAlert,
    row: Alert,
    route: Route | None,
    passed: list[PassedOver],
    fate: RoutingFate | None,
    words: str,
    service: str | None = None,
    severity: str | None = None,
) -> TriedAlert:
    held = fate is RoutingFate.KEPT and row.suppressed_because is not None
    because = row.suppressed_because if held else None
    rule = route.rule.name if route is not None else None
    return TriedAlert(alert.title, alert.labels, alert.firing, passed, rule, service, severity, because, fate, words)


def _of_known(row: Alert) -> str:
    """What becomes of an alert that came before: rules are asked once."""
    if row.state is AlertState.RESOLVED:
        return "It is known, and ended."
    return f"It is known since {clock_time(row.first_seen_at)}, and is counted once more: {row.count} times by then."


async def _fate(session: AsyncSession, row: Alert, route: Route | None, opened: set[int]) -> tuple[RoutingFate, str]:
    """What the intake made of a new alert. `opened`: the incidents of this rehearsal that others opened."""
    if row.suppressed_because is not None:
        dropped = route is not None and route.drops == row.suppressed_because
        return RoutingFate.DROPPED if dropped else RoutingFate.KEPT, f"{row.suppressed_because.rstrip('.')}."
    if row.incident_id is not None:
        return _placed(await session.get_one(Incident, row.incident_id), opened)
    if row.paging_run_id is not None:
        return await _paged(session, row.paging_run_id)
    if route is not None and route.waits:
        wanted = f"{route.rule.threshold} within {route.rule.threshold_minutes} min"
        return RoutingFate.WAITS, f"It waits: there are not enough of them yet for an incident ({wanted})."
    if route is None:
        return RoutingFate.KEPT, "No rule matches: it is kept, and makes no incident."
    return RoutingFate.KEPT, "It is kept, and makes no incident, as its rule says."


def _placed(incident: Incident, opened: set[int]) -> tuple[RoutingFate, str]:
    """Of an alert that belongs to an incident: an older one, one of this rehearsal, or its own."""
    if incident.id < UNNUMBERED:
        told = "a private incident" if incident.private else f"{incident.reference} {incident.title}"
        return RoutingFate.JOINS, f"It joins {told}."
    if incident.id in opened:
        return RoutingFate.JOINS, f"It joins the incident that an alert before it opens: {incident.title}."
    return RoutingFate.NEW_INCIDENT, f"It opens an incident: {incident.title}."


async def _paged(session: AsyncSession, key: int) -> tuple[RoutingFate, str]:
    run = await session.get_one(PagingRun, key)
    policy = await session.get(EscalationPolicy, run.policy_id) if run.policy_id is not None else None
    names = await session.scalars(select(User.name).join(Page, Page.user_id == User.id).where(Page.run_id == key))
    people = ", ".join(dict.fromkeys(names)) or "nobody yet"
    by = f" by the policy “{policy.name}”" if policy is not None else ""
    if run.asks_until is not None:
        return RoutingFate.ASKS, f"People are asked{by} until {clock_time(run.asks_until)} if it is one: {people}."
    return RoutingFate.PAGES, f"People are paged{by}, without an incident: {people}."


async def _given(session: AsyncSession, row: Alert, route: Route | None) -> tuple[str | None, str | None]:
    """The names of the service and the severity that it gets."""
    service = await session.get(Service, row.service_id) if row.service_id is not None else None
    severity: SeverityVersion | None = route.severity if route is not None else None
    return service.slug if service is not None else None, severity.name if severity is not None else None
