"""Versions of the routing rules, and what other rules would have made of the alerts of the last days."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select
from strawberry.scalars import JSON

from actions.alerts.group import NormalisedAlert
from actions.alerts.rehearsal import Outcome, Past, Rehearsal, RoutingFate, differing, rehearse
from actions.alerts.routing import Route, said_by
from actions.alerts.rule_sets import Draft, names_of, read_drafts
from actions.alerts.rule_versions import exported
from actions.archived import alerts_from
from actions.catalogue.dependencies import Upstream, upstream_of
from auth.permission import Permission, require
from auth.visibility import visible_alerts
from core.errors import invalid
from models.alert import Alert, AlertSource, RoutingRule, RoutingVersion
from models.service import Service
from models.severity import Severity, SeverityVersion
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.routing_names import NamesInUse
from resolvers.rows import by_key, page

NEWEST = Order("routing_versions", (RoutingVersion.version,), descending=True)
MOST_ALERTS = 10_000
"""Alerts of a dry run, the newest."""
MOST_TRIES = 500_000
"""How many alerts times rules: what takes a few seconds. With more than 50 rules fewer alerts are taken."""
MOST_DAYS = 90
MOST_SHOWN = 200
"""Alerts that a dry run lists of those that differ, the newest."""


async def routing_versions(
    ctx: Context,
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[RoutingVersion]:
    """A page of the versions of the routing rules, the newest first: the first is in force."""
    return await page(ctx, RoutingVersion, select(RoutingVersion), Window(NEWEST, paging(first, after, last, before)))


async def rules_of(ctx: Context, versions: Sequence[RoutingVersion]) -> list[list[dict[str, Any]]]:
    """The rules of each version, as files have them."""
    return await exported(ctx.reader, [version.rules for version in versions])


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set of rules would have made, in numbers."""

    incidents: int
    joined: int
    waiting: int
    asked: int
    paged: int
    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Result:
    """What would have become of an alert, in the words that people have for it."""

    fate: RoutingFate
    rule: str | None
    service: str | None
    severity: str | None
    first: str | None
    """The title of the alert that made the incident to which it would belong."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert of which the proposed rules make something else."""

    alert: Alert
    before: Result
    after: Result


@dataclass(frozen=True, slots=True)
class Untold:
    """A condition that could not be told of some alerts, and therefore did not hold."""

    rule: str
    alerts: int
    words: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a dry run."""

    alerts: int
    since: datetime
    cut: bool
    before: Tally
    after: Tally
    differing: int
    differences: list[Difference]
    untold: list[Untold]


@dataclass(frozen=True, slots=True)
class Trial:
    """The alerts of a dry run, and what both sets of rules make of them."""

    rows: list[Alert]
    since: datetime
    cut: bool
    before: Rehearsal
    after: Rehearsal


async def routing_dry_run(ctx: Context, *, rules: JSON, days: int = 7) -> Tried:
    """What these rules would have made of the alerts of the last days, beside the present ones. Nothing is changed.

    INVALID_INPUT as applying them would. Alerts that the viewer may not see, and those that are held back, are left
    out; of more than 10,000 (fewer with over 50 rules) the newest are taken. Needs the permission to administer.
    """
    require(ctx.actor, Permission.ADMINISTER)
    return await told(ctx, await trial_of(ctx, rules=rules, days=days))


async def told(ctx: Context, tried: Trial) -> Tried:
    """A dry run in numbers, and where both sets of rules differ."""
    rows, before, after = tried.rows, tried.before, tried.after
    others = sorted(differing(before, after), reverse=True)
    return Tried(
        alerts=len(rows),
        since=tried.since,
        cut=tried.cut,
        before=_tally(before),
        after=_tally(after),
        differing=len(others),
        differences=await _differences(ctx, rows, others[:MOST_SHOWN], before, after),
        untold=[Untold(rule, len(words), words[0]) for rule, words in after.untold.items()],
    )


async def trial_of(ctx: Context, *, rules: JSON, days: int) -> Trial:
    """The present rules and others on the alerts of the last days; INVALID_INPUT for what can't be."""
    if not 1 <= days <= MOST_DAYS:
        raise invalid("days", f"{days} can't stand here.", f"Send a number of days from 1 to {MOST_DAYS}.")
    since = ctx.reader.clock.now() - timedelta(days=days)
    archived = await alerts_from(ctx.reader)
    if archived is not None and archived >= since:
        since = archived + timedelta(microseconds=1)  # of alerts before, only some are here
    drafts = await read_drafts(NamesInUse(ctx), await names_of(ctx.reader), rules)
    present = await ctx.reader.rows(RoutingRule, select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))
    routes = [await _routes(ctx, each) for each in (present, drafts)]
    most = min(MOST_ALERTS, MOST_TRIES // max(len(present), len(drafts), 1))
    rows, cut = await _alerts(ctx, since, most)
    sources = await by_key(ctx, AlertSource, (row.source_id for row in rows))
    pasts = [past_of(row, sources[row.source_id].name) for row in rows]
    joining = {route.service_id for each in routes for route in each if route.rule.join_upstream}
    upstream = await upstream_of(ctx.reader, {key for key in joining if key is not None})
    before, after = await asyncio.to_thread(_rehearse, pasts, routes, upstream)
    return Trial(rows, rows[0].first_seen_at if cut else since, cut, before, after)


def _rehearse(pasts: Sequence[Past], routes: Sequence[Sequence[Route]], upstream: Upstream) -> list[Rehearsal]:
    """What each set makes of them. Takes up to seconds of one processor: for a thread."""
    if any(route.rule.condition is not None for each in routes for route in each):
        pasts = [replace(past, said=said_by(past.alert, past.source)) for past in pasts]
    return [rehearse(pasts, each, upstream) for each in routes]


async def _alerts(ctx: Context, since: datetime, most: int) -> tuple[list[Alert], bool]:
    """The alerts that came since then, in their order, and whether there were more."""
    free = (Alert.silence_id.is_(None), Alert.maintenance_id.is_(None), Alert.snoozed_until.is_(None))
    wanted = (Alert.first_seen_at >= since, *free, visible_alerts(ctx.actor))
    newest = select(Alert).where(*wanted).order_by(Alert.first_seen_at.desc(), Alert.id.desc()).limit(most + 1)
    found = await ctx.reader.rows(Alert, newest)
    return found[:most][::-1], len(found) > most


def past_of(row: Alert, source: str) -> Past:
    """A stored alert as a dry run takes it."""
    came_ended = row.resolved_at is not None and row.resolved_at <= row.first_seen_at == row.last_seen_at
    # That it ended was known when its monitor said so, which may be later than the moment that this names.
    ended_at = max(row.resolved_at, row.last_seen_at) if row.resolved_at is not None else None
    alert = NormalisedAlert(
        fingerprint=row.fingerprint,
        title=row.title,
        firing=not came_ended,
        starts_at=row.starts_at,
        ends_at=row.resolved_at,
        labels=row.labels,
        annotations=row.annotations,
        url=row.url,
    )
    return Past(row.id, row.source_id, source, row.group_key, alert, row.first_seen_at, ended_at)


async def _routes(ctx: Context, rules: Sequence[RoutingRule] | Sequence[Draft]) -> list[Route]:
    """Rules with what they give, as the intake reads them (actions.alerts.routing.read_routes)."""
    services = await by_key(ctx, Service, (rule.service_id for rule in rules), Service.archived_at.is_(None))
    severities = await _severities(ctx, {rule.severity_id for rule in rules if rule.severity_id is not None})
    return [Route(rule, services.get(rule.service_id), severities.get(rule.severity_id)) for rule in rules]  # type: ignore[arg-type]


async def _severities(ctx: Context, keys: set[int]) -> dict[int, SeverityVersion]:
    if not keys:
        return {}
    of = and_(Severity.current_version_id == SeverityVersion.id, Severity.archived_at.is_(None))
    found = select(SeverityVersion).join(Severity, of).where(Severity.id.in_(keys))
    return {row.severity_id: row for row in await ctx.reader.rows(SeverityVersion, found)}


def _tally(rehearsal: Rehearsal) -> Tally:
    return Tally(
        incidents=rehearsal.count(RoutingFate.NEW_INCIDENT),
        joined=rehearsal.count(RoutingFate.JOINS),
        waiting=rehearsal.count(RoutingFate.WAITS),
        asked=rehearsal.count(RoutingFate.ASKS),
        paged=rehearsal.count(RoutingFate.PAGES),
        kept=rehearsal.count(RoutingFate.KEPT),
        dropped=rehearsal.count(RoutingFate.DROPPED),
    )


async def _differences(
    ctx: Context, rows: Sequence[Alert], keys: Sequence[int], before: Rehearsal, after: Rehearsal
) -> list[Difference]:
    by_id = {row.id: row for row in rows}
    pairs = [(key, before.outcomes[key], after.outcomes[key]) for key in keys]
    outcomes = [outcome for _, *both in pairs for outcome in both]
    services = await by_key(ctx, Service, (outcome.service_id for outcome in outcomes))
    severities = await _severities(ctx, {o.severity_id for o in outcomes if o.severity_id is not None})

    def result(outcome: Outcome) -> Result:
        service, severity = services.get(outcome.service_id or 0), severities.get(outcome.severity_id or 0)
        first = by_id.get(outcome.first_id or 0)
        return Result(
            outcome.fate,
            outcome.rule,
            service.slug if service is not None else None,
            severity.name if severity is not None else None,
            first.title if first is not None else None,
        )

    return [Difference(by_id[key], result(old), result(new)) for key, old, new in pairs]
