"""Keeping the organisation: its name, and how its public page looks and speaks."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME
from actions.record import now, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.unset import UNSET, Unset
from models.contrast import DARK_PAPER, ENOUGH, LIGHT_PAPER, lowest, nearest
from models.language import PageLanguage
from models.learning import BlamePhrase
from models.metrics.aims import AT_MOST, fits
from models.metrics.definitions import definition
from models.organisation import Organisation
from models.words import MetricUnit

COLOUR = re.compile(r"#[0-9a-f]{6}")
MOST_PHRASES = 200


class PhraseGiven(Protocol):
    """A phrase that blames, as it is given."""

    phrase: str
    suggestion: str


class AimGiven(Protocol):
    """What is wanted of a metric, as it is given: seconds, or a share of 1."""

    metric: str
    value: float


MOST_INCIDENTS = 10_000
"""Incidents a minute that alerts may be allowed to open."""


async def save_organisation(
    session: AsyncSession,
    actor: Actor,
    *,
    name: str | Unset | None = UNSET,
    time_zone: str | Unset | None = UNSET,
    support_url: str | Unset | None = UNSET,
    language: str | Unset | None = UNSET,
    accent_light: str | Unset | None = UNSET,
    accent_dark: str | Unset | None = UNSET,
    blameless: bool | Unset | None = UNSET,
    blame_phrases: Sequence[PhraseGiven] | Unset | None = UNSET,
    aims: Sequence[AimGiven] | Unset | None = UNSET,
    storm_incidents: int | Unset | None = UNSET,
    expected_version: int | Unset | None = UNSET,
) -> Organisation:
    """Change what is given; null clears the support address and the colours, which are ours then. Lists replace lists.

    INVALID_INPUT for an unknown time zone or language, and for a colour that can't be read well enough on the page's
    paper; the hint names one near it that can. VERSION_CONFLICT if it is no longer at `expected_version`.
    """
    require(actor, Permission.ADMINISTER)
    row = await locked_organisation(session)
    if isinstance(expected_version, int):
        check.expected_version(expected_version, row.version, "organisation")
    given = {
        "name": name if isinstance(name, Unset) else check.text(_needed(name, "name"), "name", limit=NAME),
        "time_zone": time_zone
        if isinstance(time_zone, Unset)
        else check.time_zone(_needed(time_zone, "time_zone"), "time_zone").key,
        "support_url": support_url if isinstance(support_url, Unset) else _link(support_url),
        "language": language if isinstance(language, Unset) else read_language(_needed(language, "language")),
        "accent_light": read_colour(accent_light, "accent_light", LIGHT_PAPER),
        "accent_dark": read_colour(accent_dark, "accent_dark", DARK_PAPER),
        "aims": aims if isinstance(aims, Unset) else read_aims(aims or ()),
        "storm_incidents": _storm(storm_incidents),
        "blameless": blameless if isinstance(blameless, Unset) else _needed(blameless, "blameless"),
    }
    changed = await _phrases(session, blame_phrases)
    for field, value in given.items():
        before = getattr(row, field)
        if not isinstance(value, Unset) and value != before:
            setattr(row, field, value)
            changed[field] = {"from": before, "to": value}
    record_organisation(session, actor, row, changed)
    return row


def _storm(given: int | Unset | None) -> int | Unset:
    if isinstance(given, Unset):
        return given
    if given is None or not 0 <= given <= MOST_INCIDENTS:
        hint = f"Send a number from 1 to {MOST_INCIDENTS:,}; 0: there are no storms."
        raise invalid("storm_incidents", f"{given} can't stand here.", hint)
    return given


async def locked_organisation(session: AsyncSession) -> Organisation:
    """The one row, locked."""
    return (await session.scalars(select(Organisation).with_for_update())).one()


def record_organisation(session: AsyncSession, actor: Actor, row: Organisation, changed: Mapping[str, object]) -> None:
    """Record a change of the organisation or its logo, which makes another version of it. Without one, nothing."""
    if changed:
        row.version += 1
        record_saved(session, actor, "organisation", row.id, changed)


async def _phrases(session: AsyncSession, given: Sequence[PhraseGiven] | Unset | None) -> dict[str, Any]:
    """Make these the phrases that blame, beside those that come with the product; what changed by it."""
    if isinstance(given, Unset):
        return {}
    check.few(given or (), "blame_phrases", limit=MOST_PHRASES)
    wanted: dict[str, tuple[str, str]] = {}
    for place, each in enumerate(given or ()):
        words = check.text(each.phrase, f"blame_phrases.{place}.phrase", limit=NAME)
        instead = check.text(each.suggestion, f"blame_phrases.{place}.suggestion", limit=check.LINE)
        if words.lower() in wanted:
            raise invalid(f"blame_phrases.{place}.phrase", f"{words!r} is there twice.", "Send each phrase once.")
        wanted[words.lower()] = (words, instead)
    present = await session.execute(select(BlamePhrase.phrase, BlamePhrase.suggestion).order_by(BlamePhrase.id))
    before, after = [(row.phrase, row.suggestion) for row in present], list(wanted.values())
    if before == after:
        return {}
    await session.execute(delete(BlamePhrase))
    moment = now(session)
    for words, instead in after:
        session.add(BlamePhrase(phrase=words, suggestion=instead, created_at=moment))
        await session.flush()
    return {"blame_phrases": {"from": [words for words, _ in before], "to": [words for words, _ in after]}}


def read_aims(given: Sequence[AimGiven]) -> dict[str, float]:
    """Aims by their metrics. INVALID_INPUT for a metric that has none or two, and for what can't be aimed at."""
    check.few(given, "aims", limit=len(AT_MOST))
    found: dict[str, float] = {}
    for place, each in enumerate(given):
        if each.metric not in AT_MOST:
            known = ", ".join(AT_MOST)
            raise invalid(f"aims.{place}.metric", f"{each.metric[:40]!r} can have no aim.", f"Choose from: {known}.")
        if each.metric in found:
            raise invalid(f"aims.{place}.metric", f"{each.metric} is there twice.", "Give each metric one aim.")
        shown = definition(each.metric)
        if not fits(shown.unit, each.value):
            share = shown.unit is MetricUnit.SHARE
            hint = (
                "Give a share above 0 and up to 1: 95 %." if share else "Give a length of up to 366 days: 5 min, 4 h."
            )
            raise invalid(f"aims.{place}.value", f"This is no aim for {shown.name}.", hint)
        found[each.metric] = float(each.value)
    return found


T = TypeVar("T")


def _needed(value: T | None, field: str) -> T:
    if value is None:
        raise invalid(field, f"The {field.replace('_', ' ')} can't be cleared.", "Leave it out, or send a value.")
    return value


def _link(address: str | None) -> str | None:
    if address is None:
        return None
    if address.startswith("mailto:"):
        return check.text(address, "support_url", limit=check.LINE)
    return check.web_address(address, "support_url")


def read_language(code: str) -> str:
    """The code of a language that public pages speak. INVALID_INPUT for another."""
    if code not in set(PageLanguage):
        known = ", ".join(PageLanguage)
        raise invalid("language", f"The page does not speak {code[:40]!r}.", f"Choose one of these: {known}.")
    return code


def read_colour(value: str | Unset | None, field: str, papers: tuple[str, ...]) -> str | Unset | None:
    """A colour for links and buttons, null or unset as it was. INVALID_INPUT for one that can't be read on `papers`."""
    if isinstance(value, Unset) or value is None:
        return value
    colour = value.strip().lower()
    if not COLOUR.fullmatch(colour):
        raise invalid(field, f"{value[:40]!r} is not a colour.", "Write it with six digits, like #2d3ccb.")
    ratio = lowest(colour, papers)
    if ratio < ENOUGH:
        said = f"{int(ratio * 100) / 100:.2f}:1"
        raise invalid(
            field,
            f"{colour} has a contrast of {said} on the page's paper; text needs {ENOUGH}:1 (WCAG 2.2, 1.4.3).",
            f"{nearest(colour, papers)} is near it and can be read.",
        )
    return colour
