"""What templates of lists need besides: opaque ids, and choices that are called what they are."""

from collections.abc import Iterable
from datetime import date

from console.pages import pages
from core.ids import encode


def opaque(key: int, noun: str) -> str:
    """The opaque id of a row, as actions take it."""
    return encode(noun, key)


def doubled(values: Iterable[str]) -> list[tuple[str, str]]:
    """Choices whose words are their keys."""
    return [(value, value) for value in values]


def weekday(value: date) -> str:
    """A day that no zone moves, with that of its week: `Tue 24 Nov 2026`."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def lend() -> None:
    """Have templates know them."""
    pages.filters.update(weekday=weekday, opaque=opaque, doubled=doubled)
