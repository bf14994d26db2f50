"""`muster rules try`: what would become of alerts, and why, without anything being done."""

import json
import secrets
from dataclasses import asdict

import click
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.sources import KINDS
from actions.alerts.trying import TriedAlert, try_group
from actions.record import now
from auth.secret import digest
from core.errors import DomainError
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from models.alert import AlertSource

MARKS = {None: "·", "NEW_INCIDENT": "!", "JOINS": "+", "PAGES": "!", "ASKS": "?"}
"""What stands before the words of each fate; `-` before others."""


async def try_payload(session: AsyncSession, name: str, payload: bytes) -> list[TriedAlert]:
    """What would become of what a source of this name, or kind, delivers; the session is a rehearsal's.

    ClickException for a payload that can't be read, with the field at fault.
    """
    source = await _source(session, name)
    try:
        reading = SOURCES[source.kind].parse(Post(payload, mapping=source.mapping), now(session))
    except Refusal as refusal:
        raise click.ClickException(_refused(refusal)) from refusal
    if not reading.groups:
        raise click.ClickException(reading.note or "There is no alert in it.")
    found: list[TriedAlert] = []
    for group in reading.groups:
        try:
            found += await try_group(session, source, group)
        except DomainError as error:
            raise click.ClickException(f"{error.message} {error.hint or ''}".strip()) from error
    return found


def told(found: list[TriedAlert], *, as_json: bool) -> str:
    """The answer, for people or for scripts."""
    if as_json:
        return json.dumps({"alerts": [asdict(each) for each in found]}, ensure_ascii=False)
    return "\n\n".join("\n".join(_lines(each)) for each in found)


def _lines(each: TriedAlert) -> list[str]:
    given = [f"service {each.service}" if each.service else "", f"severity {each.severity}" if each.severity else ""]
    more = f" ({', '.join(filter(None, given))})" if any(given) else ""
    lines = [each.title if each.firing else f"{each.title} (over)"]
    lines += [f"  not {passed.rule}: {passed.because}" for passed in each.passed_over]
    lines.append(f"  rule {each.rule}{more}" if each.rule is not None else "  no rule")
    mark = MARKS.get(each.fate.value if each.fate is not None else None, "-")
    lines.append(f"  {mark} {'Held back: ' if each.held_because else ''}{each.words}")
    return lines


async def _source(session: AsyncSession, name: str) -> AlertSource:
    """The source of this name; else the oldest of this kind, or one that is made up for the rehearsal."""
    used = select(AlertSource).where(AlertSource.archived_at.is_(None)).order_by(AlertSource.id).limit(1)
    by_name = used.where(func.lower(AlertSource.name) == name.lower(), AlertSource.kind.in_(KINDS))
    if (named := await session.scalar(by_name)) is not None:
        return named
    if name not in KINDS:
        kinds = ", ".join(KINDS)
        raise click.BadParameter(
            f"There is no source {name[:80]!r}. Name one, or a kind: {kinds}.", param_hint="--source"
        )
    if (found := await session.scalar(used.where(AlertSource.kind == name))) is not None:
        return found
    made = AlertSource(kind=name, name=name, key_digest=digest(secrets.token_urlsafe()), created_at=now(session))
    session.add(made)
    await session.flush()
    return made


def _refused(refusal: Refusal) -> str:
    fault = refusal.fault
    place = f"{fault.field}: " if fault.field else ""
    return f"{place}{fault.message} {fault.hint or ''}".strip()
