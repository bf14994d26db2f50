"""Keeping integrations: accounts at vendors, and what they must be told."""

import difflib
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME, SLUG, find_keyed
from actions.outward.on_call import forget_on_call
from actions.outward.vendors import VENDORS, Values, Vendor, checked, secret_fields
from actions.record import enqueue, keys, now, record_saved
from actions.violations import flush
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.secrets import SealError, Secrets
from core.unset import UNSET, Unset
from models.integration import Integration
from models.job import QUEUE, Job, JobName


async def save_integration(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    vendor: str | Unset | None = UNSET,
    key: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    configuration: Mapping[str, Any] | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> Integration:
    """Connect an account at a vendor, or change one. A new one needs a vendor, and what that must be told.

    Fields of `configuration` that are left out stay, null takes one away. Secrets are sealed at rest and never shown
    again. A change lets what was waiting for mended credentials go on at once, and has the account examined.
    INVALID_INPUT names the field of the configuration at fault; CONFLICT for a key that is in use.
    """
    require(actor, Permission.ADMINISTER)
    if id is None:
        row = _new(session, vendor, key, name)
    else:
        row = await find_integration(session, id, field="id", archived=True)
        _unchanging(row, vendor, key)
        if isinstance(expected_version, int):
            check.expected_version(expected_version, row.version, "integration")
    changed = {} if id is None else _renamed(row, name)
    changed |= _configured(session, row, VENDORS[row.vendor], {} if isinstance(configuration, Unset) else configuration)
    changed |= _archived(session, row, archived)
    if id is None or changed:
        await _write(session, actor, row, changed, created=id is None)
    return row


async def find_integration(
    session: AsyncSession, reference: str, *, field: str = "integration", archived: bool = False
) -> Integration:
    """The integration with this key or id, locked. NOT_FOUND also for an archived one, unless that is asked for."""
    return await find_keyed(session, Integration, reference, field=field, archived=archived)


def _new(
    session: AsyncSession, vendor: str | Unset | None, key: str | Unset | None, name: str | Unset | None
) -> Integration:
    wanted = vendor if isinstance(vendor, str) else ""
    known = VENDORS.get(wanted)
    if not wanted:
        raise invalid("vendor", "A new integration needs a vendor.", "To change one that is there, send its key as id.")
    if known is None:
        near = difflib.get_close_matches(wanted, VENDORS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Choose one of: {', '.join(sorted(VENDORS))}."
        raise invalid("vendor", f"There is no adaptor for {wanted[:80]!r}.", hint)
    called = key if isinstance(key, str) else known.key
    if not SLUG.fullmatch(called):
        raise invalid("key", f"{called[:80]!r} is no key.", "Use 1 to 60 of a-z, 0-9 and hyphens.")
    title = check.text(name, "name", limit=NAME) if isinstance(name, str) else known.name
    return Integration(
        vendor=known.key, key=called, name=title, configuration={}, version=0, checks=[], created_at=now(session)
    )


def _unchanging(row: Integration, vendor: str | Unset | None, key: str | Unset | None) -> None:
    for field, value, before in (("vendor", vendor, row.vendor), ("key", key, row.key)):
        if isinstance(value, str) and value != before:
            raise invalid(field, f"The {field} can't be changed.", "Connect another integration, and archive this one.")


def _renamed(row: Integration, name: str | Unset | None) -> Values:
    if not isinstance(name, str) or name == row.name:
        return {}
    before, row.name = row.name, check.text(name, "name", limit=NAME)
    return {"name": {"from": before, "to": row.name}}


def _configured(session: AsyncSession, row: Integration, vendor: Vendor, given: Mapping[str, Any] | None) -> Values:
    """Take over what was given; what changed by it, for auditors, who see no secrets."""
    if given is not None and not isinstance(given, Mapping):
        raise invalid("configuration", "A configuration is an object.", 'Send e.g. {"base_url": "https://…"}.')
    before = opened(session.info["secrets"], row) if row.sealed_secrets is not None else {}
    whole = {**row.configuration, **before, **(given or {})}
    plain, hidden = checked(vendor, {name: value for name, value in whole.items() if value is not None})
    changed: Values = {
        name: {"from": row.configuration.get(name), "to": plain.get(name)}
        for name in {*row.configuration, *plain}
        if row.configuration.get(name) != plain.get(name)
    }
    if hidden != before:
        changed |= {name: {} for name in secret_fields(vendor.configuration) if hidden.get(name) != before.get(name)}
        row.sealed_secrets = keys(session).seal(orjson.dumps(hidden).decode()) if hidden else None
    row.configuration = plain
    return changed


def opened(secrets: Secrets | None, row: Integration) -> Values:
    """The secrets of an integration; none if they were sealed with a key that is lost: they are to be entered anew."""
    if row.sealed_secrets is None or secrets is None:
        return {}
    try:
        found: Values = orjson.loads(secrets.open(row.sealed_secrets))
    except SealError:
        return {}
    return found


def _archived(session: AsyncSession, row: Integration, archived: bool | Unset | None) -> Values:
    wanted = row.archived if isinstance(archived, Unset) else bool(archived)
    if wanted == row.archived:
        return {}
    row.archived_at = now(session) if wanted else None
    return {"archived": {"from": not wanted, "to": wanted}}


async def _write(session: AsyncSession, actor: Actor, row: Integration, changed: Values, *, created: bool) -> None:
    row.version += 1
    row.signed_out_at = row.failing_since = row.next_attempt_at = row.told_at = row.error = None
    session.add(row)
    await flush(session)
    record_saved(session, actor, "integration", row.id, changed, created=created)
    if row.archived:
        await forget_on_call(session, row.id)
    else:
        enqueue(session, JobName.INTEGRATION_CHECK, integration_id=row.id)
    await wake(session, row.id)


async def wake(session: AsyncSession, integration_id: int) -> None:
    """What waits for an integration is due now."""
    waiting = (
        Job.queue == QUEUE,
        Job.name == JobName.OUTWARD_PERFORM,
        Job.args["integration_id"].as_integer() == integration_id,
        ~Job.dead,
        Job.run_at > func.now(),
    )
    await session.execute(update(Job).where(*waiting).values(run_at=func.now()))


async def check_integration(
    session: AsyncSession, actor: Actor, *, integration: str, send: bool | None = None
) -> Integration:
    """Have an integration examined: whether it is reached, and may do what it is for. A job does it.

    `send`: it does what it is for, too, as a test that says it is one: a message is posted, a page is sent and
    resolved, a ticket is opened and closed, a call is made; a language model is asked a small question.

    What was found stands on the integration within seconds, and an event `integration.checked` says so.
    """
    require(actor, Permission.ADMINISTER)
    row = await find_integration(session, integration)
    enqueue(session, JobName.INTEGRATION_CHECK, integration_id=row.id, send=bool(send))
    return row
