"""What may be asked behind an address: `/history?month=2026-11`, `/history?q=payments`, `/feed.json?component=…`."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from urllib.parse import parse_qsl

from core.errors import invalid
from core.ids import BIGINT_MAX
from core.phrase import phrase
from models.incident import REFERENCE_PREFIX
from statuspage import render
from statuspage.archive import Sought, read_sought
from statuspage.syndication import ADDRESSES, read_chosen
from statuspage.views import View, views
from statuspage.words import line

LONGEST = 2_000
"""Bytes of a question. What is longer is refused before it is read."""

MOST_WORDS, MOST_LETTERS = 10, 100
MOST_COMPONENTS = 20
MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])")
REFERENCE = re.compile(rf"{REFERENCE_PREFIX}([1-9][0-9]{{0,18}})")
COMPONENT = re.compile(r"[A-Za-z0-9_-]{1,40}")

Fields = dict[str, list[str]]
Question = tuple[str, View | None]


def question(path: str, query: bytes, base_url: str) -> Question:
    """The key under which an answer is kept, and its view. Without a parameter that matters: the address's own.

    INVALID_INPUT on the parameter that can't be understood.
    """
    if len(query) > LONGEST:
        raise invalid(
            "query", phrase("This question is too long."), phrase("Ask with at most %(most)d characters.", most=LONGEST)
        )
    fields: Fields = {}
    try:
        pairs = parse_qsl(query.decode("ascii", "replace"), errors="strict", max_num_fields=50)
    except ValueError:
        message = phrase("This question can't be read.")
        raise invalid("query", message, phrase("Encode it as UTF-8, with %% and two digits.")) from None
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return PARAMETERS[path](path, fields, base_url)


def _of_history(path: str, fields: Fields, base_url: str) -> Question:
    month, text, before = (fields.get(name, [""])[-1].strip() for name in ("month", "q", "before"))
    if not month and not line(text):
        return path, views(base_url)[path]
    if month and line(text):
        raise invalid("month", phrase("A search looks at all months."), phrase("Leave out `month`, or `q`."))
    sought = Sought(_month(month), _words(text), _reference(before))
    key = f"{path}?month={month}&q={' '.join(sought.words)}&before={sought.before}"
    return key, View(partial(read_sought, sought), partial(render.archive, sought=sought))


def _month(month: str) -> date | None:
    if not month:
        return None
    found = MONTH.fullmatch(month)
    if found is None:
        message = phrase("“%(text)s” is not a month.", text=month[:40])
        raise invalid("month", message, phrase("Write a month as 2026-11."))
    return date(int(found[1]), int(found[2]), 1)


def _words(text: str) -> tuple[str, ...]:
    words = line(text).split()
    if len(text) > MOST_LETTERS or len(words) > MOST_WORDS:
        hint = phrase(
            "Search for at most %(words)d words and %(letters)d letters.", words=MOST_WORDS, letters=MOST_LETTERS
        )
        raise invalid("q", phrase("These are too many words."), hint)
    return tuple(word.casefold() for word in words)


def _reference(before: str) -> int | None:
    if not before:
        return None
    found = REFERENCE.fullmatch(before)
    if found is None or int(found[1]) > BIGINT_MAX:
        message = phrase("“%(text)s” is not an incident.", text=before[:40])
        raise invalid("before", message, phrase("Write one as %(example)s.", example=f"{REFERENCE_PREFIX}123"))
    return int(found[1])


def _of_feed(path: str, fields: Fields, base_url: str) -> Question:
    view = views(base_url)[path]
    chosen = frozenset(_components(fields.get("component", [])))
    if not chosen:
        return path, view
    key = f"{path}?component={','.join(sorted(chosen))}"
    read = partial(read_chosen, view.read, chosen)
    return key, View(read, partial(view.render, chosen=chosen), view.media_type, view.extra)  # type: ignore[call-arg]


def _components(values: Sequence[str]) -> list[str]:
    names = [name for value in values for name in value.split(",") if name]
    if len(names) > MOST_COMPONENTS:
        message = phrase("%(number)d components are too many.", number=len(names))
        raise invalid("component", message, phrase("Name at most %(most)d.", most=MOST_COMPONENTS))
    for name in names:
        if not COMPONENT.fullmatch(name):
            raise invalid(
                "component",
                phrase("“%(text)s” is not the id of a component.", text=name[:40]),
                phrase("Take ids from /status.json or /api/v2/components.json."),
            )
    return names


PARAMETERS: dict[str, Callable[[str, Fields, str], Question]] = {
    "/history": _of_history,
    **dict.fromkeys(ADDRESSES.values(), _of_feed),
}
"""The addresses behind which something can be asked. Elsewhere a question is not looked at."""
