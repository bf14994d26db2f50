"""A schedule's layers and holidays as people give them, checked, and as they are kept."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.catalogue.saving import NAME
from actions.find import find_user
from core.errors import invalid
from core.ids import decode_as, encode
from models.person import User
from models.schedule.free_days import countries
from models.schedule.plan import Layer, Window
from models.schedule.words import HolidayRule, RotationKind
from models.schedule.written import kept_layer

Values = Mapping[str, Any]
LAYERS, PEOPLE, WINDOWS, DAYS = 20, 100, 50, 200
LONGEST = {
    RotationKind.HOURLY: 24 * 31,
    RotationKind.DAILY: 366,
    RotationKind.WEEKLY: 53,
    RotationKind.MONTHLY: 12,
}
"""How many hours, days, weeks or months a turn may last: about a year."""
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


async def read_layers(
    session: AsyncSession, given: Sequence[Values], known: set[int], field: str = "layers"
) -> list[dict[str, Any]]:
    """Layers as they are kept. `known`: people who stand in the schedule already, and may stay although they left.

    INVALID_INPUT names the layer and the part at fault (`layers.1.length`), also for an address that nobody has;
    NOT_FOUND for people who are not there.
    """
    check.few(given, field, limit=LAYERS)
    found: list[dict[str, Any]] = []
    for index, values in enumerate(given):
        place = f"{field}.{index}"
        layer = await _layer(session, values, place, known)
        if any(layer.name.casefold() == each["name"].casefold() for each in found):
            raise invalid(f"{place}.name", f"Two layers are called {layer.name!r}.", "Give each a name of its own.")
        found.append(kept_layer(layer))
    return found


async def _layer(session: AsyncSession, values: Values, place: str, known: set[int]) -> Layer:
    kind = values.get("kind", RotationKind.WEEKLY)
    start = _date(values.get("start"), f"{place}.start")
    end = _date(values["end"], f"{place}.end") if values.get("end") is not None else None
    if end is not None and end < start:
        raise invalid(f"{place}.end", "The layer ends before it starts.", "Give a later date, or none.")
    length = _within(
        1 if values.get("length") is None else values["length"], range(1, LONGEST[kind] + 1), f"{place}.length"
    )
    weekday = _optional(values.get("weekday"), range(1, 8), f"{place}.weekday", kind is RotationKind.WEEKLY)
    return Layer(
        check.text(str(values.get("name") or ""), f"{place}.name", limit=NAME),
        await _people(session, values.get("participants") or [], f"{place}.participants", known),
        kind,
        start,
        length,
        check.time_of_day(values.get("hand_over") or "09:00", f"{place}.hand_over"),
        weekday - 1 if weekday is not None else None,
        _optional(values.get("day"), range(1, 32), f"{place}.day", kind is RotationKind.MONTHLY),
        end,
        _windows(values.get("windows") or [], f"{place}.windows"),
        values.get("holidays") or HolidayRule.ALSO,
    )


async def _people(session: AsyncSession, given: Sequence[str], place: str, known: set[int]) -> tuple[int, ...]:
    check.few(given, place, limit=PEOPLE)
    keys: list[int] = []
    for index, reference in enumerate(given):
        field = f"{place}.{index}"
        key = await _by_address(session, reference, field) if "@" in reference else decode_as("User", reference, field)
        keys.append(key if key in known else (await find_user(session, encode("User", key), field)).id)
    return tuple(keys)


async def _by_address(session: AsyncSession, reference: str, field: str) -> int:
    plain = reference.strip().lower()
    same = select(User.id).where(func.lower(User.email) == plain)
    key = await session.scalar(same) if plain.isprintable() else None
    if key is None:
        hint = "Send the id or the e-mail address of somebody who has an account."
        raise invalid(field, f"Nobody here has the address {plain[:80]!r}.", hint)
    return key


def _windows(given: Sequence[Values], place: str) -> tuple[Window, ...]:
    check.few(given, place, limit=WINDOWS)
    return tuple(_window(values, f"{place}.{index}") for index, values in enumerate(given))


def _window(values: Values, place: str) -> Window:
    days = values.get("days") or []
    check.few(days, f"{place}.days", limit=7)
    begun = frozenset(_within(day, range(1, 8), f"{place}.days.{index}") - 1 for index, day in enumerate(days))
    until = values.get("until_day")
    last = _within(until, range(1, 8), f"{place}.until_day") - 1 if until is not None else None
    if last is not None and not begun:
        raise invalid(f"{place}.until_day", "A window of the week needs the day on which it begins.", "Send `days`.")
    start, end = (
        check.time_of_day(values.get("start"), f"{place}.start"),
        check.time_of_day(values.get("end"), f"{place}.end"),
    )
    return Window(start, end, begun, last)


def _date(value: Any, field: str) -> date:
    if not isinstance(value, date) or not FIRST <= value < LAST:
        raise invalid(field, f"{str(value)[:40]!r} is no date of a schedule.", f"Send one from {FIRST} on: 2026-11-30.")
    return value


def _within(value: Any, allowed: range, field: str) -> int:
    if not isinstance(value, int) or value not in allowed:
        hint = f"Send a whole number from {allowed[0]} to {allowed[-1]}."
        raise invalid(field, f"{str(value)[:40]} is out of bounds.", hint)
    return value


def _optional(value: Any, allowed: range, field: str, fits: bool) -> int | None:
    if value is None:
        return None
    if not fits:
        raise invalid(field, "This kind of rotation has no such day.", "Leave it out.")
    return _within(value, allowed, field)


def read_free_days(given: Sequence[Values], field: str = "free_days") -> dict[str, str]:
    """Days of one's own by date, as they are kept."""
    check.few(given, field, limit=DAYS)
    return {
        _date(each.get("day"), f"{field}.{index}.day").isoformat(): check.text(
            str(each.get("name") or ""), f"{field}.{index}.name", limit=NAME
        )
        for index, each in enumerate(given)
    }


def read_country(country: str | None, part: str | None) -> tuple[str | None, str | None]:
    """A country whose holidays are known, and a part of it. INVALID_INPUT for others."""
    known = countries()
    wanted = country.strip().upper() if country else None
    inside = part.strip().upper() if part else None
    if wanted is not None and wanted not in known:
        raise invalid("country", f"No holidays are known of {wanted[:20]!r}.", "Send an ISO 3166-1 code: DE.")
    if inside is not None and (wanted is None or inside not in known[wanted]):
        parts = ", ".join(known[wanted][:20]) if wanted is not None else ""
        hint = f"Known are {parts}." if parts else "Leave it out."
        raise invalid("part", f"{inside[:20]!r} is no part of {wanted or 'a country'} with holidays of its own.", hint)
    return wanted, inside
