"""`muster rules try`: what would become of alerts, and why, without anything being done."""

import json
from dataclasses import asdict

import click
from sqlalchemy.ext.asyncio import AsyncSession

from actions.alerts.trying import TriedAlert
from core.errors import DomainError
from integrations.source_trial import try_payload

MARKS = {None: "·", "NEW_INCIDENT": "!", "JOINS": "+", "PAGES": "!", "ASKS": "?"}
"""What stands before the words of each fate; `-` before others."""


async def tried(session: AsyncSession, name: str, payload: bytes) -> list[TriedAlert]:
    """As integrations.source_trial.try_payload; ClickException for what it refuses, with the field at fault."""
    try:
        return await try_payload(session, name, payload)
    except DomainError as error:
        if error.field == "source":
            raise click.BadParameter(f"{error.message} {error.hint}", param_hint="--source") from error
        place = (error.field or "").removeprefix("payload").strip(".")
        said = f"{error.message} {error.hint or ''}".strip()
        raise click.ClickException(f"{place}: {said}" if place else said) from error


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
