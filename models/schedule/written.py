"""A schedule's definition as it is kept, in JSON: zone, layers with the keys of people, and holidays."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from models.schedule.free_days import public_holidays
from models.schedule.plan import FreeDays, Layer, Plan, Window
from models.schedule.words import HolidayRule, RotationKind


def plan_of(definition: dict[str, Any], valid_from: datetime) -> Plan:
    """The plan that was kept, as it holds from a moment on."""
    layers = tuple(_layer(each) for each in definition["layers"])
    return Plan(ZoneInfo(definition["zone"]), layers, valid_from, _free_days(definition))


def kept_layer(layer: Layer) -> dict[str, Any]:
    """A layer as it is kept."""
    return {
        "name": layer.name,
        "participants": list(layer.participants),
        "kind": layer.kind.value,
        "start": layer.start.isoformat(),
        "length": layer.length,
        "hand_over": layer.hand_over.isoformat("minutes"),
        "weekday": layer.weekday,
        "day": layer.day,
        "end": layer.end.isoformat() if layer.end else None,
        "windows": [_kept_window(each) for each in layer.windows],
        "holidays": layer.holidays.value,
    }


def people_in(definition: dict[str, Any]) -> set[int]:
    """The keys of everybody who stands in a layer."""
    return {person for layer in definition["layers"] for person in layer["participants"]}


def _kept_window(window: Window) -> dict[str, Any]:
    return {
        "start": window.start.isoformat("minutes"),
        "end": window.end.isoformat("minutes"),
        "days": sorted(window.days),
        "until_day": window.until_day,
    }


def _layer(kept: dict[str, Any]) -> Layer:
    return Layer(
        kept["name"],
        tuple(kept["participants"]),
        RotationKind(kept["kind"]),
        date.fromisoformat(kept["start"]),
        kept["length"],
        time.fromisoformat(kept["hand_over"]),
        kept["weekday"],
        kept["day"],
        date.fromisoformat(kept["end"]) if kept["end"] else None,
        tuple(_window(each) for each in kept["windows"]),
        HolidayRule(kept["holidays"]),
    )


def _window(kept: dict[str, Any]) -> Window:
    start, end = time.fromisoformat(kept["start"]), time.fromisoformat(kept["end"])
    return Window(start, end, frozenset(kept["days"]), kept["until_day"])


def _free_days(definition: dict[str, Any]) -> FreeDays:
    own = {date.fromisoformat(day): name for day, name in definition["free_days"].items()}
    country = definition["country"]
    return FreeDays(own, public_holidays(country, definition["part"])) if country else FreeDays(own)
