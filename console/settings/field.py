"""The fields of a form of Settings: what each is called and means, what stands in it, what is read from it."""

import dataclasses
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from console.fields import Fields
from core.errors import DomainError, invalid
from resolvers.context import Context

EMPTY_LINES = 3
"""How many more rows a table offers than are filled in."""


class Kind(StrEnum):
    """What a field takes."""

    LINE = "line"
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    LINES = "lines"
    """Several texts, one in each line."""
    CHOICE = "choice"
    SEVERAL = "several"
    """Any number of choices."""
    FLAG = "flag"
    TABLE = "table"
    """Any number of rows with the same few texts."""


class Choice(NamedTuple):
    """One of the things that can be chosen. What is archived is offered only where it was chosen before."""

    value: str
    words: str
    archived: bool = False


Choices = Callable[[Context], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. Its name is the action's keyword; its hint says in plain words what it does."""

    name: str
    label: str
    hint: str = ""
    kind: Kind = Kind.LINE
    required: bool = False
    choices: Choices | None = None
    blank: str = ""
    """What the choice of nothing is called; without it something must be chosen."""
    of: Callable[[str], Any] = str
    """What the action takes a chosen value as."""
    start: Any = None
    """What stands in the form of something new."""
    once: bool = False
    """It is set when the thing is made, and never again."""
    aside: bool = False
    """The action is not told of it."""
    fact: bool = True
    """Whether it says something of the thing itself, for those who only read."""
    part_of: str = ""
    """The heading under which it stands, for long forms."""
    parts: tuple["Field", ...] = ()
    """The columns of a table."""
    row: Callable[..., Any] = dict
    """What the action takes a row of the table as."""
    keyed: tuple[str, str] | None = None
    """For a table that is an object to the action: the column that names a row, and the one that a refusal is about."""
    rows: int = 4
    input_type: str = "text"

    def read(self, fields: Fields, zone: ZoneInfo) -> Any:
        """What was written, as the action takes it; None for nothing. INVALID_INPUT at this field."""
        value = self._read(fields, zone)
        if self.required and value in (None, "", []):
            raise invalid(self.name, f"{self.label}: nothing stands here.", "It is needed.")
        return value

    def _read(self, fields: Fields, zone: ZoneInfo) -> Any:
        readings: dict[Kind, Callable[[], Any]] = {
            Kind.MOMENT: lambda: fields.moment(self.name, zone),
            Kind.NUMBER: lambda: fields.number(self.name),
            Kind.LINES: lambda: [line.strip() for line in fields.text(self.name).split("\n") if line.strip()],
            Kind.CHOICE: lambda: self._chosen(fields.optional(self.name)),
            Kind.SEVERAL: lambda: [self._chosen(value) for value in fields.all(self.name)],
            Kind.FLAG: lambda: fields.flag(self.name),
            Kind.TABLE: lambda: [self.row(**row) for row in self.table(fields)],
        }
        return readings.get(self.kind, lambda: fields.optional(self.name))()

    def _chosen(self, value: str | None) -> Any:
        if value is None:
            return None
        try:
            return self.of(value)
        except ValueError:
            raise invalid(self.name, f"{value[:40]!r} is not one of the choices.", "Choose one of the list.") from None

    def written(self, fields: Fields) -> Any:
        """What stands in a form that was sent, to be shown again."""
        match self.kind:
            case Kind.SEVERAL:
                return fields.all(self.name)
            case Kind.FLAG:
                return fields.flag(self.name)
            case Kind.TABLE:
                return self.table(fields)
            case _:
                return fields.text(self.name)

    def table(self, fields: Fields) -> list[dict[str, str | None]]:
        """The rows of a table in which something is written, without those that were left empty."""
        place = re.compile(rf"{re.escape(self.name)}\.([0-9]{{1,3}})\.[a-z_]+")
        numbers = sorted({int(found[1]) for name, _ in fields.items() if (found := place.fullmatch(name))})
        rows = [{part.name: fields.optional(f"{self.name}.{n}.{part.name}") for part in self.parts} for n in numbers]
        texts = {part.name for part in self.parts if part.required}
        return [
            {name: text if text is not None or name not in texts else "" for name, text in row.items()}
            for row in rows
            if any(row.values())
        ]


@dataclass(frozen=True, slots=True)
class Control:
    """A field as it stands on a page."""

    field: Field
    value: Any
    choices: Sequence[Choice] = ()
    offered: Mapping[str, Sequence[Choice]] = dataclasses.field(default_factory=dict)
    """The choices of a table's columns, by their names."""
    error: DomainError | None = None

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The rows of a table, and some more to write in."""
        return [*self.value, *({part.name: None for part in self.field.parts} for _ in range(EMPTY_LINES))]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices, as `form.choice` takes them."""
        return [(choice.value, choice.words) for choice in self.choices]

    @property
    def words(self) -> str:
        """What stands in it for somebody who only reads; empty for nothing."""
        chosen = {str(each) for each in (self.value if isinstance(self.value, list | tuple) else [self.value])}
        match self.field.kind:
            case Kind.CHOICE | Kind.SEVERAL:
                return ", ".join(choice.words for choice in self.choices if choice.value in chosen)
            case Kind.FLAG:
                return "Yes" if self.value else "No"
            case Kind.TABLE:
                return "\n".join(": ".join(str(text) for text in row.values() if text) for row in self.value)
            case _:
                return "" if self.value is None else str(self.value)


async def control(ctx: Context, field: Field, value: Any, error: DomainError | None = None) -> Control:
    """A field with a value; the choices are those in use, and whatever is chosen already."""
    found = await field.choices(ctx) if field.choices is not None else ()
    held = {str(each) for each in (value if isinstance(value, list | tuple) else [value])}
    offered = [
        choice._replace(words=f"{choice.words} (archived)") if choice.archived else choice
        for choice in found
        if not choice.archived or choice.value in held
    ]
    columns = {part.name: await part.choices(ctx) for part in field.parts if part.choices is not None}
    return Control(field, value, offered, columns, error)


def as_written(field: Field, value: Any) -> Any:
    """A value of a row as it stands in a field: a text for one line or many, plain values for what is chosen."""
    match field.kind:
        case Kind.LINES:
            return "\n".join(value or ())
        case Kind.SEVERAL | Kind.TABLE:
            return list(value or ())
        case Kind.FLAG:
            return bool(value)
        case _:
            return "" if value is None else value


def place_of(error: DomainError, fields: Sequence[Field], sent: Fields) -> str | None:
    """The field of a form that a refusal is about; None for another. A place in a list counts as the list's field.

    A dot of the action's (`obligations.pages`) is a hyphen in a form, where dots are for rows of tables.
    Of a table it is the cell: `metrics.0.name`, or for one that is an object to the action, the row with that name.
    """
    parts = (error.field or "").split(".")
    known = {field.name: field for field in fields}
    name = next((name for n in range(len(parts), 0, -1) if (name := "-".join(parts[:n])) in known), None)
    if name is None or known[name].kind is not Kind.TABLE:
        return name
    rest = (error.field or "").removeprefix(f"{name}.")
    for number, row in enumerate(known[name].table(sent)):
        by, marked = known[name].keyed or ("", "")
        if by and row[by] == rest:
            return f"{name}.{number}.{marked}"
        if rest in {f"{number}.{part}" for part in row}:
            return error.field
    return name


def apart(mine: Sequence[Control], theirs: Sequence[Control]) -> tuple[str, str]:
    """Where two versions of a form differ, in words: those of the one, and those of the other."""
    differing = [(one, other) for one, other in zip(mine, theirs, strict=True) if one.words != other.words]
    return _lines([one for one, _ in differing]), _lines([other for _, other in differing])


def _lines(controls: Sequence[Control]) -> str:
    return "\n".join(f"{each.field.label}: {each.words or '(nothing)'}" for each in controls)
