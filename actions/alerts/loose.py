"""Alerts from monitors that promise little: what is missing or odd is filled in, and the alert says so.

Identity is not: an alert whose name can't be told from others' would be mixed up with them, so that is the vendors'
files to refuse.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from actions import check
from actions.alerts.group import NormalisedAlert
from core.errors import DomainError

MAX_FINGERPRINT = 200
MAX_GROUP_KEY = 500
MAX_TEXT = 10_000
"""Characters of one label or annotation."""
MAX_TEXTS = 100
NOTE = "parse_note"
"""The annotation that says what of an alert could not be read."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR = datetime(2200, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)
"""How far a sender's clock may be ahead of ours before its moment is taken for a mistake."""
DIGITS = re.compile(r"[0-9]{1,19}(\.[0-9]{1,9})?")
MILLISECONDS = 1e11
"""Seconds since 1970 from this number on would be in the year 5138: it counts milliseconds, and so on in thousands."""


def no_nul(value: str) -> str:
    """PostgreSQL keeps no NUL and no half of a surrogate pair; an alert is not turned away for one."""
    if value.isascii() and "\x00" not in value:
        return value  # nearly all are such, and this takes a tenth of the time
    return check.UNSTORABLE.sub("\ufffd", value)


def hashed(value: Any) -> str:
    """A key of fixed length."""
    return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def bounded(value: str, limit: int) -> str:
    """A key as it is, or its hash where it is too long for an index."""
    return value if len(value) <= limit else hashed(value)


def cut(value: str, limit: int) -> str:
    """A text for people, which ends in … where it was too long."""
    return value if len(value) <= limit else value[: limit - 1] + "…"


def first_text(*candidates: str | None) -> str:
    """The first that says something; the last one always does."""
    return next(text.strip() for text in candidates if text and text.strip())


@lru_cache(maxsize=1024)
def link(value: str | None) -> str | None:
    """An address, if it is one of the web: it will be a link. Rules of monitors bring the same ones again and again."""
    try:
        return check.web_address(value, "url") if value else None
    except DomainError:
        return None


class Loose:
    """Reads what one alert says, and collects what could not be read."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._notes: list[str] = []

    def note(self, words: str) -> None:
        """Something of the alert could not be read."""
        if words not in self._notes:
            self._notes.append(words)

    def text(self, value: Any, name: str, otherwise: str = "") -> str:
        """A text as it is, a number or truth in JSON's words; `otherwise` for nothing, and with a note for a list."""
        match value:
            case str():
                return no_nul(value[:MAX_TEXT]).strip() or otherwise
            case bool() | int() | float():
                return json.dumps(value)
            case None:
                return otherwise
            case _:
                self.note(f"{name} is no text")
                return otherwise

    def moment(self, value: Any, name: str) -> datetime:
        """ISO 8601, or a number of seconds (or thousandths, millionths … of one) since 1970; else now, with a note.

        A moment without a zone is taken for UTC. One in the future is now: the clock of the sender is ahead.
        """
        found = _moment(value)
        if found is None:
            self.note(f"{name} is missing" if value in (None, "") else f"{name} is no moment that can be meant")
            return self.now
        if found > self.now:
            if found > self.now + AHEAD:
                self.note(f"{name} is ahead of our clock: {found.isoformat()}")
            return self.now
        return found

    def texts(self, value: Any, name: str) -> dict[str, str]:
        """Labels, with what is no text in JSON's words; none, with a note, of what is no object."""
        if not isinstance(value, Mapping):
            if value is not None:
                self.note(f"{name} is no object")
            return {}
        if len(value) > MAX_TEXTS:
            self.note(f"{name} has more than {MAX_TEXTS} texts, of which the rest is left out")
        kept = list(value.items())[:MAX_TEXTS]
        return {no_nul(str(key)[: check.LINE]): _said(each) for key, each in kept if each is not None}

    def alert(
        self,
        *,
        fingerprint: str,
        title: str,
        firing: bool,
        starts_at: datetime,
        ends_at: datetime | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        url: str | None = None,
        continues: bool = False,
    ) -> NormalisedAlert:
        """The alert as the intake takes it, where `continues` is explained: `starts_at` is then when it ended, too.

        An end that can't be is now.
        """
        ends_at = starts_at if ends_at is None and continues else ends_at
        end = ends_at if ends_at is not None and starts_at <= ends_at <= self.now else self.now
        said = {key: text for key, text in (annotations or {}).items() if text}
        if self._notes:
            said[NOTE] = cut("; ".join(self._notes), 1000)
        return NormalisedAlert(
            fingerprint=bounded(fingerprint, MAX_FINGERPRINT),
            title=cut(first_text(title, f"Alert {bounded(fingerprint, MAX_FINGERPRINT)}"), check.TITLE),
            firing=firing,
            starts_at=starts_at,
            ends_at=None if firing else end,
            labels={key: text for key, text in (labels or {}).items() if key and text},
            annotations=said,
            url=link(url),
            continues=continues,
        )


def _said(value: Any) -> str:
    if isinstance(value, str):
        return no_nul(value[:MAX_TEXT])
    return no_nul(json.dumps(value)[:MAX_TEXT])


def _moment(value: Any) -> datetime | None:
    """A moment between 1970 and 2200; None for anything else."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float) or (isinstance(value, str) and DIGITS.fullmatch(value.strip())):
            number = float(value)
            while number >= MILLISECONDS:
                number /= 1000
            found = datetime.fromtimestamp(number, UTC)
        elif isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if EPOCH <= found < FAR else None


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """Tags (`env:prod`, `critical`) as labels: one that is no pair is `true`, one that comes twice has both values."""
    found: dict[str, str] = {}
    for text in texts[:MAX_TEXTS]:
        key, colon, value = no_nul(text[:MAX_TEXT]).strip().partition(":")
        told = value if colon else "true"
        if key and told not in found.get(key, "").split(","):
            found[key] = f"{found[key]},{told}" if key in found else told
    return found
