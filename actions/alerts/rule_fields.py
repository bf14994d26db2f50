"""What may stand in the fields of a routing rule, wherever it is written: an input, a file, a dry run."""

import difflib
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.alerts.routing import WAITING
from actions.find import find_service, find_severity
from actions.named import find_policy
from core.errors import invalid
from core.unset import Unset
from models.condition import fault as condition_fault
from models.matcher import MAX_MATCHERS, fault
from models.words import CreateIncident, EndIncident

MAX_POSITION = 1_000_000
MAX_LABELS = 10
"""Labels that a rule groups by."""
MOST_NEEDED = 1000
"""Alerts, or monitors, that a rule may wait for."""
MOST_CHANGES = 100
"""Changes of an alert that a rule may allow."""
MINUTES = 7 * 24 * 60
"""The longest time within which alerts come together, or are waited for."""

FIELDS = (
    *("name", "position", "matchers", "condition", "service", "severity", "group_by", "group_minutes"),
    *("create_incident", "threshold", "threshold_minutes", "page", "ask_minutes", "join_open", "join_upstream"),
    *("drop_reason", "end_incident", "flap_changes", "flap_minutes"),
)
"""As inputs and files have them."""
START: dict[str, Any] = {
    "condition": None,
    "service_id": None,
    "severity_id": None,
    "group_by": [],
    "group_minutes": 60,
    "create_incident": CreateIncident.ALWAYS,
    "threshold": None,
    "threshold_minutes": None,
    "page_policy_id": None,
    "ask_minutes": None,
    "join_open": False,
    "join_upstream": False,
    "drop_reason": None,
    "end_incident": EndIncident.NEVER,
    "flap_changes": 5,
    "flap_minutes": 60,
}
"""The columns of a new rule that are as they are by themselves."""
COLUMNS = ("name", "position", "matchers", *START)

MAY_BE_EMPTY = frozenset(
    {"condition", "service", "severity", "group_by", "threshold", "threshold_minutes", "page", "ask_minutes"}
    | {"drop_reason"}
)


REFERS = {"service": "service_id", "severity": "severity_id", "page": "page_policy_id"}
"""What names something in the database, and the column that has its key."""


class Finder(Protocol):
    """How the names of services, severities and policies in use are looked up. INVALID_INPUT or NOT_FOUND."""

    async def service(self, reference: str) -> int:
        """The key of the service with this slug or id."""

    async def severity(self, reference: str) -> int:
        """The key of the severity with this name or id."""

    async def page(self, reference: str) -> int:
        """The key of the escalation policy with this name or id."""


class Locking:
    """In a transaction that saves: they are not archived before it ends."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def service(self, reference: str) -> int:
        """As Finder."""
        return (await find_service(self._session, reference)).id

    async def severity(self, reference: str) -> int:
        """As Finder."""
        return (await find_severity(self._session, reference)).severity_id

    async def page(self, reference: str) -> int:
        """As Finder."""
        return (await find_policy(self._session, reference, "page")).id


async def columns_of(finder: Finder, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that an input sets; what is UNSET or missing stays out. INVALID_INPUT names the field at fault.

    null clears what may be empty. It refuses no combinations: `refuse_odd` does.
    """
    found: dict[str, Any] = {}
    for field, value in given.items():
        if not isinstance(value, Unset):
            found[REFERS.get(field, field)] = await _column(finder, field, value)
    return found


def refuse_unknown(given: Mapping[str, Any]) -> None:
    """INVALID_INPUT for a name that no field of a rule has."""
    for name in given:
        if name not in FIELDS:
            near = difflib.get_close_matches(str(name), FIELDS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"A rule has {', '.join(FIELDS)}."
            raise invalid(str(name)[:80], f"A rule has no field {str(name)[:80]!r}.", hint)


def refuse_odd(rule: Any) -> None:
    """INVALID_INPUT for what makes no sense together: of a row, or of anything with its columns."""
    waits = rule.create_incident in WAITING
    for field in ("threshold", "threshold_minutes"):
        if waits and getattr(rule, field) is None:
            what = "how many it waits for" if field == "threshold" else "within how many minutes they must come"
            raise invalid(field, f"This rule does not say {what}.", "Send a number, e.g. 5.")
    asks = rule.create_incident is CreateIncident.ASK
    if asks and rule.ask_minutes is None:
        what = "This rule does not say after how many minutes without an answer it is an incident."
        raise invalid("ask_minutes", what, "Send a number, e.g. 15.")
    if rule.page_policy_id is not None and not asks and rule.create_incident is not CreateIncident.NEVER:
        hint = (
            "Let create_incident be NEVER, or ASK; or leave page out: incidents page by the policies of their services."
        )
        raise invalid("page", "A rule pages for alerts that become no incident by themselves.", hint)
    if rule.page_policy_id is not None and rule.drop_reason is not None:
        raise invalid("page", "Nobody is paged for alerts that are dropped.", "Leave page or drop_reason out.")
    if rule.join_upstream and not rule.join_open:
        hint = "Let join_open be true, too."
        raise invalid("join_upstream", "A rule that joins no open incident joins none of what it depends on.", hint)
    if rule.join_open and rule.service_id is None:
        hint = "Say which service its alerts are of, or leave this out."
        raise invalid("join_open", "Alerts of no service can't join its incidents.", hint)


async def _column(finder: Finder, field: str, value: Any) -> Any:
    if field in MAY_BE_EMPTY and value is None:
        return [] if field == "group_by" else None
    if value is None:
        what = field.replace("_", " ")
        raise invalid(field, f"A rule can't be without its {what}.", "Leave it out, or send a value.")
    if field in REFERS:
        find: Callable[[str], Awaitable[int]] = getattr(finder, field)
        return await find(_line(field, value))
    return READ[field](field, value)


def _text(limit: int) -> Callable[[str, Any], str]:
    return lambda field, value: check.text(_line(field, value), field, limit=limit)


def _line(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(field, "This is not a text.", "Put it in quotes.")
    return value


def _number(least: int, most: int) -> Callable[[str, Any], int]:
    def read(field: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise invalid(field, f"{str(value)[:20]} can't stand here.", f"Send a number from {least} to {most:,}.")
        return value

    return read


def _word(words: type[StrEnum]) -> Callable[[str, Any], StrEnum]:
    def read(field: str, value: Any) -> StrEnum:
        try:
            return words(value)
        except ValueError as error:
            hint = f"Send one of {', '.join(words)}."
            raise invalid(field, f"{str(value)[:80]!r} is unknown.", hint) from error

    return read


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise invalid(field, "This is not true or false.", "Send true or false.")
    return value


def _labels(_: str, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_LABELS:
        raise invalid("group_by", f"This is no list of at most {MAX_LABELS} labels.", "Send e.g. [cluster, alertname].")
    for index, name in enumerate(value):
        if not isinstance(name, str) or not name.strip() or len(name) > check.LINE or "\x00" in name:
            raise invalid(f"group_by.{index}", "That is no label name.", "Send the name of a label, such as cluster.")
    return list(dict.fromkeys(name.strip() for name in value))


def _condition(_: str, value: Any) -> str | None:
    if isinstance(value, str) and not value.strip():
        return None
    text = _line("condition", value).strip()
    if "\x00" in text:
        raise invalid("condition", "It holds a NUL character.", "Leave that out.")
    wrong = condition_fault(text)
    if wrong is not None:
        line = f"Line {wrong.line}, column" if "\n" in text else "Column"
        raise invalid("condition", f"{line} {wrong.column}: {wrong.message}", wrong.hint)
    return text


def checked_matchers(value: Any) -> dict[str, str]:
    """Matchers that can be used (models.matcher), as they were given. INVALID_INPUT names the one at fault."""
    if not isinstance(value, dict) or len(value) > MAX_MATCHERS:
        raise invalid(
            "matchers",
            f"Matchers are an object of at most {MAX_MATCHERS} texts.",
            'Send e.g. {"severity": "critical"}.',
        )
    for label, wanted in value.items():
        field = f"matchers.{label[:80]}"
        if not label or len(label) > check.LINE or "\x00" in label:
            raise invalid(field, "That is no label name.", "Send the name of a label, such as severity.")
        if not isinstance(wanted, str):
            raise invalid(field, "What a label must be is a text.", 'Send e.g. "critical" or "=~api|web".')
        reason = fault(wanted)
        if reason is not None:
            raise invalid(
                field, f"{wanted[:80]!r} {reason}.", "Send a text, or one that begins with !=, =~ or !~ (RE2 syntax)."
            )
    return dict(value)


READ: Mapping[str, Callable[[str, Any], Any]] = {
    "name": _text(check.TITLE),
    "position": _number(1, MAX_POSITION),
    "matchers": lambda _, value: checked_matchers(value),
    "condition": _condition,
    "group_by": _labels,
    "group_minutes": _number(1, MINUTES),
    "create_incident": _word(CreateIncident),
    "threshold": _number(2, MOST_NEEDED),
    "threshold_minutes": _number(1, MINUTES),
    "ask_minutes": _number(1, MINUTES),
    "join_open": _flag,
    "join_upstream": _flag,
    "drop_reason": _text(check.LINE),
    "end_incident": _word(EndIncident),
    "flap_changes": _number(0, MOST_CHANGES),
    "flap_minutes": _number(1, MINUTES),
}
"""How each field is read that names nothing in the database."""
