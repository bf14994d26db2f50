"""From new alerts to an incident: the rule that each alert matches, and the incident that their group becomes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.loose import cut
from actions.opening import open_incident
from actions.record import now, record
from auth.actor import SYSTEM, Actor
from auth.visibility import visible_to
from models.alert import AlertGroup, RoutingRule
from models.condition import Said, variables_of
from models.facts.incident import IncidentReported
from models.incident import Incident
from models.matcher import matches
from models.service import Service
from models.severity import Severity, SeverityVersion
from models.words import CreateIncident, EndIncident, Stage

WAITING = frozenset({CreateIncident.AFTER_ALERTS, CreateIncident.AFTER_SOURCES})
"""What takes several alerts, or monitors, to make an incident."""
NAMED_SERVICES = 3
"""How many services an incident's title names."""


class Rule(Protocol):
    """A rule, saved or only thought of."""

    @property
    def id(self) -> int:
        """Its key; of one that is thought of a number that no other has."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def matchers(self) -> dict[str, Any]:
        """Of labels, as in models.matcher."""

    @property
    def condition(self) -> str | None:
        """As in models.condition."""

    @property
    def group_by(self) -> list[str]:
        """Labels."""

    @property
    def group_minutes(self) -> int:
        """Minutes after the last alert."""

    @property
    def create_incident(self) -> CreateIncident:
        """Whether, and when."""

    @property
    def threshold(self) -> int | None:
        """Alerts or monitors."""

    @property
    def threshold_minutes(self) -> int | None:
        """Within these."""

    @property
    def page_policy_id(self) -> int | None:
        """Who is paged, or asked, for alerts without an incident."""

    @property
    def ask_minutes(self) -> int | None:
        """How long ASK waits."""

    @property
    def join_open(self) -> bool:
        """Whether they join an open incident of their service."""

    @property
    def join_upstream(self) -> bool:
        """Whether that may be one of a service that it depends on."""

    @property
    def drop_reason(self) -> str | None:
        """Why they are noise, if they are."""

    @property
    def end_incident(self) -> EndIncident:
        """Which ends end the incident."""

    @property
    def flap_changes(self) -> int:
        """An alert flaps that changes more often; 0: none does."""

    @property
    def flap_minutes(self) -> int:
        """Within these."""


@dataclass(frozen=True, slots=True)
class Route:
    """A rule with what it gives an alert; archived services and severities are given to nothing new."""

    rule: Rule
    service: Service | None
    severity: SeverityVersion | None

    @property
    def service_id(self) -> int | None:
        """The key of the service that it gives, if any."""
        return self.service.id if self.service is not None else None

    @property
    def drops(self) -> str | None:
        """Why an alert on this route is dropped, in words for its page; None: it is not."""
        reason = self.rule.drop_reason
        return None if reason is None else f"Dropped by the rule “{self.rule.name}”: {reason}"

    @property
    def places(self) -> bool:
        """Whether an alert on this route may come to belong to an incident."""
        never = self.rule.create_incident is CreateIncident.NEVER
        return self.rule.drop_reason is None and (self.rule.join_open or not never)

    @property
    def waits(self) -> bool:
        """Whether it takes several alerts, or monitors, to make an incident."""
        return self.rule.create_incident in WAITING

    @property
    def asks(self) -> bool:
        """Whether people are asked if its alerts are an incident."""
        return self.rule.create_incident is CreateIncident.ASK

    @property
    def pages(self) -> bool:
        """Whether people are paged, or asked, for its alerts that belong to no incident."""
        return self.rule.drop_reason is None and (self.asks or self.rule.page_policy_id is not None)

    @property
    def window(self) -> timedelta:
        """For how long after the last alert another joins it."""
        return timedelta(minutes=self.rule.group_minutes)

    @property
    def patience(self) -> timedelta:
        """Within how long the alerts must come that it waits for."""
        return timedelta(minutes=self.rule.threshold_minutes or 0)


async def watched_services(session: AsyncSession, alerts: Iterable[NormalisedAlert]) -> dict[int | None, Service]:
    """The services that alerts bring along themselves, by key; archived ones are given to nothing new."""
    keys = {alert.service_id for alert in alerts if alert.service_id is not None}
    if not keys:
        return {}
    found = await session.scalars(select(Service).where(Service.id.in_(keys), Service.archived_at.is_(None)))
    return {service.id: service for service in found}


async def read_routes(session: AsyncSession) -> list[Route]:
    """All routes, in the order in which they are tried."""
    found = await session.execute(
        select(RoutingRule, Service, SeverityVersion)
        .outerjoin(Service, and_(Service.id == RoutingRule.service_id, Service.archived_at.is_(None)))
        .outerjoin(Severity, and_(Severity.id == RoutingRule.severity_id, Severity.archived_at.is_(None)))
        .outerjoin(SeverityVersion, SeverityVersion.id == Severity.current_version_id)
        .order_by(RoutingRule.position, RoutingRule.id)
    )
    return [Route(*row) for row in found]


def route_of(
    routes: Sequence[Route],
    alert: NormalisedAlert,
    source: str,
    *,
    untold: dict[int, str] | None = None,
    said: Said | None = None,
) -> Route | None:
    """The first route whose rule matches an alert of a source; None if none does: it is stored, and that is all.

    A condition that can't be told of it (a label is missing) does not hold; `untold` gets to know why, by rule.
    `said` is what conditions see of the alert (`said_by`), for whoever asks about the same one again.
    """
    for route in routes:
        if not matches(route.rule.matchers, alert.labels):
            continue
        if route.rule.condition is None:
            return route
        said = said if said is not None else said_by(alert, source)
        held = said.held(route.rule.condition)
        if held.holds:
            return route
        if held.words is not None and untold is not None:
            untold.setdefault(route.rule.id, held.words)
    return None


def said_by(alert: NormalisedAlert, source: str) -> Said:
    """What conditions see of an alert."""
    labels, annotations = alert.labels, alert.annotations
    return Said(variables_of(title=alert.title, labels=labels, annotations=annotations, source=source, url=alert.url))


async def incident_of_group(session: AsyncSession, source_id: int, group_key: str) -> Incident | None:
    """The incident that a group last became (merging moves the group on to the target); as it is now, not locked."""
    found = await session.scalars(
        select(Incident)
        .join(AlertGroup, AlertGroup.incident_id == Incident.id)
        .where(AlertGroup.source_id == source_id, AlertGroup.group_key == group_key, visible_to(SYSTEM))
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()


async def report_group(
    session: AsyncSession, actor: Actor, group: NormalisedGroup, routed: Sequence[tuple[NormalisedAlert, Route]]
) -> Incident:
    """A new incident in DETECTION for the alerts of a group, detected when the first of them began.

    It touches the services of their rules. Of the rules' severities the worst is suggested: the row has it, so that
    responders see it, and declaring the incident decides.
    """
    services = list({r.service.id: r.service for _, r in routed if r.service is not None}.values())
    severities = [r.severity for _, r in routed if r.severity is not None]
    began = min(alert.starts_at for alert, _ in routed)
    severity = min(severities, key=lambda s: s.rank, default=None)
    return await report_alerts(session, actor, group, began, services, severity)


async def report_alerts(
    session: AsyncSession,
    actor: Actor,
    group: NormalisedGroup,
    began: datetime,
    services: Sequence[Service],
    severity: SeverityVersion | None,
) -> Incident:
    """A new incident in DETECTION for alerts of which the first began then, on these services."""
    title = _title(group, services)
    incident = await open_incident(
        session,
        actor,
        title=title,
        stage=Stage.DETECTION,
        detected_at=min(now(session), began),
        summary=_summary(group),
        labels=_labels(group),
        services=services,
        severity=severity,
    )
    record(
        session,
        actor,
        IncidentReported(
            title=title,
            severity_id=severity.severity_id if severity else None,
            service_ids=[service.id for service in services],
        ),
        incident=incident,
    )
    return incident


async def remember_group(session: AsyncSession, source_id: int, group_key: str, incident: Incident) -> None:
    """Note which incident a group became, so that its next alerts join it."""
    became = {"incident_id": incident.id, "updated_at": now(session)}
    await session.execute(
        insert(AlertGroup)
        .values(source_id=source_id, group_key=group_key, **became)
        .on_conflict_do_update(index_elements=["source_id", "group_key"], set_=became)
    )


def _title(group: NormalisedGroup, services: Sequence[Service]) -> str:
    """What the group is about and where: `InstanceDown on Checkout API`."""
    names = [service.name for service in services[:NAMED_SERVICES]]
    if len(services) > NAMED_SERVICES:
        names.append(f"{len(services) - NAMED_SERVICES} more")
    title = f"{group.name} on {', '.join(names)}" if names else group.name
    return cut(title, check.TITLE)


def _summary(group: NormalisedGroup) -> str | None:
    """What all alerts of the group say of themselves."""
    said = [group.annotations.get(key, "").strip() for key in ("summary", "description")]
    return "\n\n".join(dict.fromkeys(text for text in said if text))[: check.BODY] or None


def _labels(group: NormalisedGroup) -> dict[str, str]:
    """The labels that all alerts share, as far as an incident takes them (actions.check.labels)."""
    fitting = {k: v for k, v in group.labels.items() if 0 < len(k) <= check.LINE and len(v) <= check.LINE}
    return dict(sorted(fitting.items())[: check.MAX_LABELS])
