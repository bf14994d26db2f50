"""Versions of the routing rules: all of them, as they were from one save to the next."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rule_fields import COLUMNS, REFERS, START
from actions.record import now
from auth.actor import SYSTEM, Actor
from core.db import Reader
from models.alert import RoutingRule, RoutingVersion
from models.paging.policy import EscalationPolicy
from models.service import Service
from models.severity import Severity, SeverityVersion

RULES_LOCK = 7427
"""The advisory lock of whoever changes rules: versions are whole sets, and follow each other."""

NAMED: Mapping[str, Select[int, str]] = {
    "service_id": select(Service.id, Service.slug),
    "severity_id": select(Severity.id, SeverityVersion.name).join(
        SeverityVersion, SeverityVersion.id == Severity.current_version_id
    ),
    "page_policy_id": select(EscalationPolicy.id, EscalationPolicy.name),
}
"""What files name that rules have the keys of: selects of keys and names."""
FIELD_OF = {column: field for field, column in REFERS.items()}

BEFORE = "As they were before versions were kept."


async def hold_rules(session: AsyncSession) -> int:
    """Wait for others who change rules; the number of the version that is in force.

    Rules that were there before there were versions become version 1 with the first change.
    """
    await session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": RULES_LOCK})
    last = await session.scalar(select(func.max(RoutingVersion.version)))
    if last is not None:
        return int(last)
    if await session.scalar(select(func.count(RoutingRule.id))):
        await keep_version(session, SYSTEM, BEFORE)
        return 1
    return 0


async def keep_version(session: AsyncSession, actor: Actor, change: str) -> RoutingVersion:
    """Write down all rules as they are now. The lock is held by now."""
    await session.flush()
    rules = await session.scalars(select(RoutingRule).order_by(RoutingRule.position, RoutingRule.id))
    last = await session.scalar(select(func.max(RoutingVersion.version)))
    version = RoutingVersion(
        version=(last or 0) + 1,
        rules=[as_kept(rule) for rule in rules],
        change=change[:400],
        author_kind=actor.kind,
        author_id=actor.id,
        created_at=now(session),
    )
    session.add(version)
    await session.flush()
    return version


def as_kept(rule: Any) -> dict[str, Any]:
    """A rule's columns, as a version has them."""
    return {"id": rule.id, **{column: getattr(rule, column) for column in COLUMNS}}


def as_written(kept: Mapping[str, Any], named: Mapping[str, Mapping[int, str]]) -> dict[str, Any]:
    """A kept rule as files have it: with names for keys, and without what is as it is by itself."""
    written: dict[str, Any] = {"name": kept["name"], "matchers": kept["matchers"]}
    for column, start in START.items():
        value = kept.get(column, start)
        if value == start:
            continue
        if column in NAMED:
            written[FIELD_OF[column]] = named[column].get(value, "")
        else:
            written[column] = str(value) if isinstance(start, str) else value
    return written


async def exported(reader: Reader, sets: Sequence[Sequence[Mapping[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Sets of kept rules as files have them; also what is archived is named."""
    rules = [rule for each in sets for rule in each]
    named: dict[str, dict[int, str]] = {}
    for column, names in NAMED.items():
        keys = {rule[column] for rule in rules if rule.get(column) is not None}
        key = names.selected_columns[0]
        named[column] = {row[0]: row[1] for row in await reader.execute(names.where(key.in_(keys)))} if keys else {}
    return [[as_written(rule, named) for rule in each] for each in sets]
