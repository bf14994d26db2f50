"""Routing rules: which alerts become incidents, of which service and severity. The first match by position wins.

Each save is a new version of all rules together (actions.alerts.rule_versions).
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.rule_fields import START, Locking, columns_of, refuse_odd
from actions.alerts.rule_versions import hold_rules, keep_version
from actions.record import now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.facts.settings import SettingDeleted
from models.words import Visibility

NOUN = "routing rule"
MAX_RULES = 200
"""Every rule is tried on every new alert; more than this is a mistake of a script."""


async def save_routing_rule(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (the input's field)
    position: int | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    matchers: dict[str, Any] | Unset | None = UNSET,
    condition: str | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    severity: str | Unset | None = UNSET,
    group_by: list[str] | Unset | None = UNSET,
    group_minutes: int | Unset | None = UNSET,
    create_incident: str | Unset | None = UNSET,
    threshold: int | Unset | None = UNSET,
    threshold_minutes: int | Unset | None = UNSET,
    page: str | Unset | None = UNSET,
    ask_minutes: int | Unset | None = UNSET,
    join_open: bool | Unset | None = UNSET,
    join_upstream: bool | Unset | None = UNSET,
    drop_reason: str | Unset | None = UNSET,
    end_incident: str | Unset | None = UNSET,
    flap_changes: int | Unset | None = UNSET,
    flap_minutes: int | Unset | None = UNSET,
) -> RoutingRule:
    """Create a rule (without `id`: needs name and matchers) or change one; absent fields stay as they are.

    `matchers` as in models.matcher, at most 20; none at all match every alert. `condition` as in models.condition.
    `position` (default: after the last) orders the rules, the older first among equals. `create_incident` is ALWAYS
    (default), NEVER, ASK, which needs `ask_minutes`, or AFTER_ALERTS and AFTER_SOURCES, which need `threshold` and
    `threshold_minutes`. `page` is the policy by which NEVER pages all the same, and ASK asks.
    INVALID_INPUT names the matcher at fault (`matchers.severity`), and the column of a condition. A save that changes
    nothing records nothing.
    """
    require(actor, Permission.ADMINISTER)
    await hold_rules(session)
    given = {
        "position": position,
        "name": name,
        "matchers": matchers,
        "condition": condition,
        "service": service,
        "severity": severity,
        "group_by": group_by,
        "group_minutes": group_minutes,
        "create_incident": create_incident,
        "threshold": threshold,
        "threshold_minutes": threshold_minutes,
        "page": page,
        "ask_minutes": ask_minutes,
        "join_open": join_open,
        "join_upstream": join_upstream,
        "drop_reason": drop_reason,
        "end_incident": end_incident,
        "flap_changes": flap_changes,
        "flap_minutes": flap_minutes,
    }
    # Resolved before the row is touched, so that no query flushes half of a new row.
    wanted = await columns_of(Locking(session), given)
    rule = await _new_rule(session, wanted) if id is None else await _find_rule(session, id)
    changed = {c: {"from": getattr(rule, c), "to": v} for c, v in wanted.items() if getattr(rule, c) != v}
    for column, value in wanted.items():
        setattr(rule, column, value)
    refuse_odd(rule)
    session.add(rule)
    await session.flush()
    if changed or id is None:
        record_saved(session, actor, NOUN, rule.id, changed, created=id is None)
        await keep_version(session, actor, f"{'Changed' if id is not None else 'Added'} “{rule.name}”.")
    return rule


async def delete_routing_rule(session: AsyncSession, actor: Actor, *, id: str) -> RoutingRule:  # noqa: A002
    """Delete a rule; alerts and incidents that it routed stay as they are. Returns the row as it was."""
    require(actor, Permission.ADMINISTER)
    await hold_rules(session)
    rule = await _find_rule(session, id)
    await session.delete(rule)
    await session.flush()
    record(session, actor, SettingDeleted(noun=NOUN, key=rule.id), visibility=Visibility.PRIVATE)
    await keep_version(session, actor, f"Deleted “{rule.name}”.")
    return rule


async def _find_rule(session: AsyncSession, reference: str) -> RoutingRule:
    rule = await session.get(RoutingRule, decode_as("RoutingRule", reference), with_for_update=True)
    if rule is None:
        raise not_found("id", NOUN, reference)
    return rule


async def _new_rule(session: AsyncSession, wanted: dict[str, Any]) -> RoutingRule:
    for column in ("name", "matchers"):
        if column not in wanted:
            raise invalid(column, f"A new rule needs its {column}.", "Send it, or the id of the rule to change.")
    rules, last = (await session.execute(select(func.count(), func.max(RoutingRule.position)))).one()
    if rules >= MAX_RULES:
        raise conflict(f"There are {rules} rules, and no more are allowed.", hint="Change or delete one instead.")
    wanted.setdefault("position", (last or 0) + 1)
    for column, value in START.items():
        wanted.setdefault(column, value)
    return RoutingRule(created_at=now(session))
