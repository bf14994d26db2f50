"""By which ways, in which order, somebody is paged, and when they sleep. Each keeps their own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.paging.contacts import own_method, person_of
from actions.paging.given import RuleGiven
from actions.record import now, record_saved
from auth.actor import Actor
from core.errors import invalid
from core.unset import UNSET, Unset
from models.paging.contact import PagingPreference
from models.paging.words import Urgency
from models.person import User

RULES = 10
LONGEST = 120
"""Minutes after a page by which a way is tried at most."""
PERSONAL = ("rules", "quiet_from", "quiet_until", "zone")
"""What is noted to have changed, and not to what: when somebody sleeps is theirs to know."""


async def save_notification_rules(
    session: AsyncSession,
    actor: Actor,
    *,
    high: Sequence[RuleGiven] | Unset | None = UNSET,
    low: Sequence[RuleGiven] | Unset | None = UNSET,
    quiet_from: str | Unset | None = UNSET,
    quiet_until: str | Unset | None = UNSET,
    zone: str | Unset | None = UNSET,
) -> User:
    """Say by which ways, in which order, you are paged, and when you sleep. No rules: by mail, at once.

    Quiet hours hold back all pages but those of the worst severity, until they end. INVALID_INPUT for a way that was
    not verified, and for quiet hours of which only one end is known. What changes nothing is not noted.
    """
    person = person_of(actor)
    user = await session.get_one(User, person, with_for_update={"read": True, "key_share": True})
    row = await session.get(PagingPreference, person, with_for_update=True)
    if row is None:
        row = PagingPreference(user_id=person, rules={}, zone="UTC", changed_at=now(session))
        session.add(row)
    before = _of(row)
    rules = dict(row.rules)
    for name, urgency, given in (("high", Urgency.HIGH, high), ("low", Urgency.LOW, low)):
        if not isinstance(given, Unset):
            rules[urgency.value] = await _rules(session, actor, given or [], name)
    row.rules = rules
    if not isinstance(quiet_from, Unset):
        row.quiet_from = check.time_of_day(quiet_from, "quiet_from") if quiet_from is not None else None
    if not isinstance(quiet_until, Unset):
        row.quiet_until = check.time_of_day(quiet_until, "quiet_until") if quiet_until is not None else None
    if (row.quiet_from is None) is not (row.quiet_until is None):
        hint = "Send both ends, or null for both."
        raise invalid("quiet_from" if row.quiet_from is None else "quiet_until", "Quiet hours have two ends.", hint)
    if isinstance(zone, str):
        row.zone = check.time_zone(zone, "zone").key
    changed = [name for name, old in before.items() if getattr(row, name) != old]
    if changed:
        row.changed_at = now(session)
        await session.flush()
        record_saved(session, actor, "notification rules", person, {name: {} for name in changed})
    return user


def _of(row: PagingPreference) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PERSONAL}


async def _rules(
    session: AsyncSession, actor: Actor, given: Sequence[RuleGiven], name: str
) -> list[dict[str, int | None]]:
    check.few(given, name, limit=RULES)
    found: list[dict[str, int | None]] = []
    for i, rule in enumerate(given):
        if not 0 <= rule.after_minutes <= LONGEST:
            place = f"{name}.{i}.after_minutes"
            raise invalid(place, f"{rule.after_minutes} is not from 0 to {LONGEST}.", "Send minutes after the page.")
        method = await own_method(session, actor, rule.method) if rule.method else None
        if method is not None and not method.verified:
            hint = "Enter the code that was sent there first."
            raise invalid(f"{name}.{i}.method", f"{method.label} was not verified.", hint)
        found.append({"method_id": method.id if method else None, "after_minutes": rule.after_minutes})
    return sorted(found, key=lambda rule: rule["after_minutes"] or 0)
