"""Addresses of lists: the same page with one thing changed, and the way to the pages beside it."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from console.fields import Fields
from resolvers.page import Page

Pairs = list[tuple[str, str]]


class Ways(NamedTuple):
    """Where the rows before and after those of a page are; None at its ends."""

    back: str | None
    on: str | None


class Place(NamedTuple):
    """A page with what its address says: where its links lead on from, also while a form of it is answered."""

    path: str
    given: Pairs

    def href(self, *drop: str, **changes: str) -> str:
        """The address of the page with some parameters left out and others set."""
        kept = [pair for pair in self.given if pair[0] not in changes and pair[0] not in drop]
        return address(self.path, [*kept, *changes.items()])

    def ways(self, page: Page[Any], prefix: str = "") -> Ways:
        """The links from a page of a list to its neighbours, by cursors; several lists of one page differ by prefix."""
        after, before = f"{prefix}after", f"{prefix}before"
        back = on = None
        if page.has_previous_page and page.start_cursor:
            back = self.href(after, **{before: page.start_cursor})
        if page.has_next_page and page.end_cursor:
            on = self.href(before, **{after: page.end_cursor})
        return Ways(back, on)


def address(path: str, pairs: Pairs) -> str:
    """A path with parameters; those that say nothing are left out."""
    said = [(name, value) for name, value in pairs if value.strip()]
    return f"{path}?{urlencode(said)}" if said else path


def cut(fields: Fields, size: int, prefix: str = "") -> dict[str, Any]:
    """The arguments of a connection that an address asks for: a page of `size` after or before a cursor."""
    after, before = fields.optional(f"{prefix}after"), fields.optional(f"{prefix}before")
    if before is not None and after is None:
        return {"last": size, "before": before}
    return {"first": size, "after": after}
