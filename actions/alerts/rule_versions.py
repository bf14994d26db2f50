"""Versions of the routing rules: all of them, as they were from one save to the next."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rule_fields import COLUMNS, START
from actions.record import now
from auth.actor import SYSTEM, Actor
from core.db import Reader
from models.alert import RoutingRule, RoutingVersion
from models.service import Service
from models.severity import Severity, SeverityVersion

RULES_LOCK = 7427
"""The advisory lock of whoever changes rules: versions are whole sets, and follow each other."""

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


def as_written(kept: Mapping[str, Any], services: Mapping[int, str], severities: Mapping[int, str]) -> dict[str, Any]:
    """A kept rule as files have it: with names for keys, and without what is as it is by itself."""
    written: dict[str, Any] = {"name": kept["name"], "matchers": kept["matchers"]}
    for column, start in START.items():
        value = kept.get(column, start)
        if value == start:
            continue
        match column:
            case "service_id":
                written["service"] = services.get(value, "")
            case "severity_id":
                written["severity"] = severities.get(value, "")
            case _:
                written[column] = str(value) if isinstance(start, str) else value
    return written


async def exported(reader: Reader, sets: Sequence[Sequence[Mapping[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Sets of kept rules as files have them; also archived services and severities are named."""
    rules = [rule for each in sets for rule in each]
    keys = [{rule[name] for rule in rules if rule.get(name) is not None} for name in ("service_id", "severity_id")]
    services = await reader.execute(select(Service.id, Service.slug).where(Service.id.in_(keys[0]))) if keys[0] else []
    severities = (
        await reader.execute(
            select(Severity.id, SeverityVersion.name)
            .join(SeverityVersion, SeverityVersion.id == Severity.current_version_id)
            .where(Severity.id.in_(keys[1]))
        )
        if keys[1]
        else []
    )
    slugs, names = {row.id: row.slug for row in services}, {row.id: row.name for row in severities}
    return [[as_written(rule, slugs, names) for rule in each] for each in sets]
