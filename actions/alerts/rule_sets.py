"""All routing rules at once: put into force as they are written, or as they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.rule_fields import COLUMNS, START, Finder, Locking, columns_of, refuse_odd, refuse_unknown
from actions.alerts.rule_versions import as_kept, hold_rules, keep_version
from actions.alerts.rules import MAX_RULES, NOUN
from actions.record import now, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Reader, Within
from core.errors import DomainError, invalid, not_found
from models.alert import RoutingRule, RoutingVersion
from models.facts.settings import SettingDeleted
from models.words import CreateIncident, EndIncident, Visibility


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that is only thought of, with the columns of one."""

    id: int
    position: int
    name: str
    matchers: dict[str, Any]
    condition: str | None
    service_id: int | None
    severity_id: int | None
    group_by: list[str]
    group_minutes: int
    create_incident: CreateIncident
    threshold: int | None
    threshold_minutes: int | None
    page_policy_id: int | None
    ask_minutes: int | None
    join_open: bool
    join_upstream: bool
    drop_reason: str | None
    end_incident: EndIncident
    flap_changes: int
    flap_minutes: int


async def apply_routing_rules(
    session: AsyncSession, actor: Actor, *, rules: Any, expected_version: int | None = None
) -> RoutingVersion:
    """Put these rules into force in this order, and no others; returns the version that is in force then.

    A rule is found by its name, and keeps its key; what it leaves out is as in a new one. Rules that are not among them
    are deleted. All or nothing: INVALID_INPUT names the place (`rules.2.condition`). VERSION_CONFLICT if the rules are
    no longer at `expected_version`. Rules that are like this already stay as they are, without a new version.
    """
    require(actor, Permission.ADMINISTER)
    version = await hold_rules(session)
    check.expected_version(expected_version, version, "set of routing rules")
    drafts = await read_drafts(Locking(session), await names_of(Within(session)), rules)
    return await _put(session, actor, [as_kept(draft) for draft in drafts], "Put a whole set of rules into force.")


async def restore_routing_rules(session: AsyncSession, actor: Actor, *, version: int) -> RoutingVersion:
    """Put the rules of an older version into force, as a new version. NOT_FOUND if there is none.

    Rules that were deleted since come back with their keys; a service or severity that was archived since is still
    named, and given to nothing new.
    """
    require(actor, Permission.ADMINISTER)
    await hold_rules(session)
    found = await session.scalar(select(RoutingVersion).where(RoutingVersion.version == version))
    if found is None:
        raise not_found("version", "version of the routing rules", version)
    kept = [{**START, **rule} for rule in found.rules]
    return await _put(session, actor, kept, f"Went back to version {version}.")


async def read_drafts(finder: Finder, known: dict[str, list[int]], rules: Any) -> list[Draft]:
    """Rules as they were written, checked; each has the key of the `known` rule of its name, or one that none has."""
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        raise invalid("rules", f"This is no list of at most {MAX_RULES} rules.", "Send a list of rules; [] for none.")
    drafts: list[Draft] = []
    for index, given in enumerate(rules):
        try:
            drafts.append(await _draft(finder, given, index, known))
        except DomainError as error:
            error.field = f"rules.{index}.{error.field}".rstrip(".")
            raise
    return drafts


async def names_of(reader: Reader) -> dict[str, list[int]]:
    """The keys of the rules of each name, in their order."""
    found: dict[str, list[int]] = {}
    order = (RoutingRule.position, RoutingRule.id)
    for name, key in await reader.execute(select(RoutingRule.name, RoutingRule.id).order_by(*order)):
        found.setdefault(name, []).append(key)
    return found


async def _draft(finder: Finder, given: Any, index: int, known: dict[str, list[int]]) -> Draft:
    if not isinstance(given, dict):
        raise invalid("", "A rule is an object.", "It has at least a name and matchers.")
    refuse_unknown(given)
    if "name" not in given:
        raise invalid("name", "A rule needs its name.", "Say what it is for.")
    columns = {"matchers": {}, **START, **await columns_of(finder, given)}
    keys = known.get(columns["name"], [])
    columns |= {"id": keys.pop(0) if keys else -1 - index, "position": index + 1}
    draft = Draft(**columns)
    refuse_odd(draft)
    return draft


async def _put(session: AsyncSession, actor: Actor, kept: Sequence[Mapping[str, Any]], change: str) -> RoutingVersion:
    """Make the rules what `kept` says, by their keys."""
    locked = select(RoutingRule).order_by(RoutingRule.id).with_for_update()
    rows = {rule.id: rule for rule in await session.scalars(locked)}
    wanted = {rule["id"] for rule in kept}
    touched = False
    for key, row in rows.items():
        if key not in wanted:
            touched = True
            await session.delete(row)
            record(session, actor, SettingDeleted(noun=NOUN, key=key), visibility=Visibility.PRIVATE)
    for position, rule in enumerate(kept, 1):
        touched |= await _put_one(session, actor, rows.get(rule["id"]), {**rule, "position": position})
    await session.flush()
    latest = select(RoutingVersion).order_by(RoutingVersion.version.desc()).limit(1)
    present = None if touched else await session.scalar(latest)
    return present if present is not None else await keep_version(session, actor, change)


async def _put_one(session: AsyncSession, actor: Actor, row: RoutingRule | None, kept: Mapping[str, Any]) -> bool:
    creating = row is None
    if row is None:
        row = RoutingRule(created_at=now(session), **({"id": kept["id"]} if kept["id"] > 0 else {}))
    changed = {c: {"from": getattr(row, c), "to": kept[c]} for c in COLUMNS if getattr(row, c) != kept[c]}
    for column in COLUMNS:
        setattr(row, column, kept[column])
    if creating:
        session.add(row)
    await session.flush()
    if creating or changed:
        record_saved(session, actor, NOUN, row.id, changed, created=creating)
    return bool(creating or changed)
