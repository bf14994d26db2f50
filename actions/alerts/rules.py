"""Routing rules: which alerts become incidents, of which service and severity. The first match by position wins."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.find import find_service, find_severity
from actions.record import now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from core.unset import UNSET, Unset
from models.alert import RoutingRule
from models.facts.settings import SettingDeleted
from models.matcher import MAX_MATCHERS, fault
from models.words import CreateIncident, Visibility

NOUN = "routing rule"
MAX_RULES = 200
"""Every rule is tried on every new alert; more than this is a mistake of a script."""

MAX_POSITION = 1_000_000


async def save_routing_rule(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (the input's field)
    position: int | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    matchers: dict[str, Any] | Unset | None = UNSET,
    service: str | Unset | None = UNSET,
    severity: str | Unset | None = UNSET,
    create_incident: str | Unset | None = UNSET,
) -> RoutingRule:
    """Create a rule (without `id`: needs name and matchers) or change one; absent fields stay as they are.

    `matchers` as in models.matcher, at most 20; none at all match every alert. `position` (default: after the last)
    orders the rules, the older first among equals. `create_incident` is ALWAYS (default) or NEVER. INVALID_INPUT names
    the matcher at fault (`matchers.severity`). A save that changes nothing records nothing.
    """
    require(actor, Permission.ADMINISTER)
    # Resolved before the row is touched, so that no query flushes half of a new row.
    values: dict[str, Any] = {
        "position": _position(_given("position", position)),
        "name": _name(_given("name", name)),
        "matchers": checked_matchers(_given("matchers", matchers)),
        "service_id": service if service in (UNSET, None) else (await find_service(session, str(service))).id,
        "severity_id": severity
        if severity in (UNSET, None)
        else (await find_severity(session, str(severity))).severity_id,
        "create_incident": _create_incident(_given("create_incident", create_incident)),
    }
    wanted = {column: value for column, value in values.items() if value is not UNSET}
    rule = await _new_rule(session, wanted) if id is None else await _find_rule(session, id)
    changed = {c: {"from": getattr(rule, c), "to": v} for c, v in wanted.items() if getattr(rule, c) != v}
    for column, value in wanted.items():
        setattr(rule, column, value)
    session.add(rule)
    await session.flush()
    if changed or id is None:
        record_saved(session, actor, NOUN, rule.id, changed, created=id is None)
    return rule


async def delete_routing_rule(session: AsyncSession, actor: Actor, *, id: str) -> RoutingRule:  # noqa: A002
    """Delete a rule; alerts and incidents that it routed stay as they are. Returns the row as it was."""
    require(actor, Permission.ADMINISTER)
    rule = await _find_rule(session, id)
    await session.delete(rule)
    await session.flush()
    record(session, actor, SettingDeleted(noun=NOUN, key=rule.id), visibility=Visibility.PRIVATE)
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
    wanted.setdefault("create_incident", CreateIncident.ALWAYS)
    return RoutingRule(created_at=now(session))


def _given(field: str, value: Any) -> Any:
    if value is None:
        raise invalid(
            field, f"A rule can't be without its {field.replace('_', ' ')}.", "Leave it out, or send a value."
        )
    return value


def _position(value: int | Unset) -> int | Unset:
    if not isinstance(value, Unset) and not 1 <= value <= MAX_POSITION:
        raise invalid("position", f"{value} is no position.", f"Send a number from 1 to {MAX_POSITION:,}.")
    return value


def _name(value: str | Unset) -> str | Unset:
    return value if isinstance(value, Unset) else check.text(value, "name", limit=check.TITLE)


def checked_matchers(value: Any) -> dict[str, str] | Unset:
    """Matchers that can be used (models.matcher), as they were given. INVALID_INPUT names the one at fault."""
    if isinstance(value, Unset):
        return value
    if not isinstance(value, dict) or len(value) > MAX_MATCHERS:
        raise invalid(
            "matchers",
            f"Matchers are an object of at most {MAX_MATCHERS} texts.",
            'Send e.g. {"severity": "critical"}.',
        )
    for label, wanted in value.items():
        field = f"matchers.{label[:80]}"
        if not label or len(label) > check.LINE or "\x00" in label:
            raise invalid(field, "That is no label name.", "Send the name of a label, such as severity.")
        if not isinstance(wanted, str):
            raise invalid(field, "What a label must be is a text.", 'Send e.g. "critical" or "=~api|web".')
        reason = fault(wanted)
        if reason is not None:
            raise invalid(
                field, f"{wanted[:80]!r} {reason}.", "Send a text, or one that begins with !=, =~ or !~ (RE2 syntax)."
            )
    return dict(value)


def _create_incident(value: str | Unset) -> CreateIncident | Unset:
    if isinstance(value, Unset):
        return value
    try:
        return CreateIncident(value)
    except ValueError as error:
        raise invalid("create_incident", f"{value[:80]!r} is unknown.", "Send ALWAYS or NEVER.") from error
