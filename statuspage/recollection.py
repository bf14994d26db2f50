"""Incidents that a snapshot need not read: those of which nothing was heard since, and those that it has read."""

from collections.abc import Iterable
from dataclasses import replace
from weakref import WeakKeyDictionary

from core.db import Reader
from statuspage.said import Said, Thread

_told: WeakKeyDictionary[Reader, dict[int, Thread]] = WeakKeyDictionary()
_outlined: WeakKeyDictionary[Reader, dict[int, Thread]] = WeakKeyDictionary()
"""The same without words."""


def remember(reader: Reader, threads: Iterable[Thread], *, bodies: bool = True) -> None:
    """Have a snapshot take incidents as they are; its views have most of them in common.

    Without `bodies`: they are without words.
    """
    known = (_told if bodies else _outlined).setdefault(reader, {})
    known.update((thread.id, _plain(thread)) for thread in threads)


def recall(reader: Reader, key: int, *, bodies: bool) -> Thread | None:
    """An incident that need not be read, without earlier wordings; without `bodies` also without words."""
    told = _told.get(reader, {}).get(key)
    if bodies:
        return told
    return _outlined.get(reader, {}).get(key) or (_wordless(told) if told else None)


def _plain(thread: Thread) -> Thread:
    """Without the earlier wordings of its updates, which only its own page tells."""
    if not any(said.earlier for said in thread.updates):
        return thread
    return replace(thread, updates=tuple(replace(said, earlier=()) for said in thread.updates))


def _wordless(thread: Thread) -> Thread:
    learned = replace(thread.learned, body="") if thread.learned else None
    return replace(thread, updates=tuple(map(_silent, thread.updates)), learned=learned)


def _silent(said: Said) -> Said:
    return replace(said, body="")
