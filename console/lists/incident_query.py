"""Which incidents an address asks for. What each line means, and why it is refused, is the API's to say."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from console.desk import Desk
from console.fields import Fields
from console.lists.labels import read_labels
from console.lists.persons import person_of
from core.errors import DomainError, invalid
from core.ids import decode, encode
from models.person import User
from models.saved_filter import SavedFilter
from models.words import IncidentKind, Stage, Visibility
from resolvers.incident_filter import IncidentFilter, IncidentOrder
from resolvers.rows import by_key

OPEN = {"yes": True, "no": False}
SEVERAL = ("stages", "kinds", "severities", "services")
TEXTS = ("text", "commander", "labels", "declared_after", "declared_before", "visibility", "open", "order")
NAMES = (*SEVERAL, *TEXTS)
"""The parameters of the address."""

W = TypeVar("W", bound=StrEnum)


async def read_query(desk: Desk, fields: Fields) -> IncidentFilter:
    """The filter that an address, or the form that makes one, asks for. Refusals name their parameter."""
    given: dict[str, Any] = {
        "stages": [word(value, Stage, "stages") for value in fields.all("stages")],
        "kinds": [word(value, IncidentKind, "kinds") for value in fields.all("kinds")],
        "severities": fields.all("severities"),
        "services": fields.all("services"),
        "open": fields.one_of("open", OPEN) if "open" in fields else None,
        "visibility": word(fields["visibility"], Visibility, "visibility") if "visibility" in fields else None,
        "commander": await person_of(desk, fields["commander"], "commander") if "commander" in fields else None,
        "labels": read_labels(fields["labels"]) if "labels" in fields else None,
        "text": fields.optional("text"),
    }
    zone = (await desk.times()).zone
    for line in ("declared_after", "declared_before"):
        given[line] = fields.moment(line, zone)
    return IncidentFilter(**{line: value for line, value in given.items() if value not in (None, [])})


def read_order(fields: Fields) -> IncidentOrder | None:
    """The order that is asked for; None: whichever is best."""
    return word(fields["order"], IncidentOrder, "order") if "order" in fields else None


def word(value: str, kind: type[W], name: str) -> W:
    """One of an enumeration by its name. INVALID_INPUT if it is none."""
    try:
        return kind(value)
    except ValueError:
        raise invalid(name, f"{value[:40]!r} is not one of the choices.", f"Choose {', '.join(kind)}.") from None


def at_field(error: DomainError) -> str | None:
    """The parameter that a refusal is about; None for one about something else, such as a cursor."""
    name = (error.field or "").removeprefix("filter.").partition(".")[0]
    return name if name in NAMES else None


def pairs(fields: Fields) -> list[tuple[str, str]]:
    """What of an address belongs to the filter: without cursors and keys."""
    return [(name, value) for name, value in fields.items() if name in NAMES and value.strip()]


async def addresses(desk: Desk, rows: list[SavedFilter]) -> list[list[tuple[str, str]]]:
    """The parameters of saved filters."""
    commanders = [decode(row.filter["commander"])[1] for row in rows if row.filter.get("commander")]
    known = await by_key(desk.ctx, User, commanders)
    emails = {encode("User", key): user.email for key, user in known.items()}
    return [_pairs_of(row, emails) for row in rows]


def _pairs_of(row: SavedFilter, emails: Mapping[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line, value in row.filter.items():
        if line == "open":
            found.append((line, "yes" if value else "no"))
        elif line == "labels":
            found.append((line, ", ".join(f"{name}={content}" for name, content in value.items())))
        elif line == "commander":
            found.append((line, emails.get(value, value)))
        else:
            found += [(line, each) for each in (value if isinstance(value, list) else [value])]
    return [*found, ("order", row.order)] if row.order else found
