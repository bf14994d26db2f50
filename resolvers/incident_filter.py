"""Which incidents a client asks for: the filter as clients write it, beside what each line of it means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    exists,
    literal_column,
    not_,
    select,
)
from strawberry.scalars import JSON

from actions import check
from core.errors import DomainError, invalid, not_found
from core.ids import decode_as
from models.incident import OPEN_SQL, SEVERITY_SQL, Incident, IncidentService
from models.role import COMMANDER, Role, RoleAssignment
from models.service import Service
from models.severity import Severity, SeverityVersion
from models.words import IncidentKind, Stage, Visibility
from resolvers.context import Context
from resolvers.incident_text import match
from resolvers.mutations.perform import Plain

MOST = 100
"""How many values one line of a filter may name."""
OPEN = literal_column(f"({OPEN_SQL})", Boolean)
"""As the partial index ix_incident_open has it, letter by letter, so that it serves."""
SEVERITY = literal_column(SEVERITY_SQL, BigInteger)
"""As the indexes ix_incident_severity and ix_incident_open_severity have it, so that they serve."""


class IncidentOrder(StrEnum):
    """In which order incidents are listed."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    SEVERITY = "SEVERITY"


@strawberry.input(description="Which incidents to list. Every line that is given must hold; an empty list holds never.")
class IncidentFilter(Plain):
    """What a client asks for; what is absent or None is not asked."""

    stages: list[Stage] | None = strawberry.field(default=strawberry.UNSET, description="In one of these stages.")
    open: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="True: in DETECTION, TRIAGE, RESPONSE or MITIGATION. False: in none of these.",
    )
    severities: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of one of these severities, by name (any case) or id, whichever version. NOT_FOUND if unknown.",
    )
    services: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Touching one of these services, by slug or id. NOT_FOUND if unknown."
    )
    kinds: list[IncidentKind] | None = strawberry.field(default=strawberry.UNSET, description="Of one of these kinds.")
    visibility: Visibility | None = strawberry.field(
        default=strawberry.UNSET,
        description="With this visibility; of the PRIVATE ones you see those that you are a member of.",
    )
    commander: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Commanded at present by the person with this id."
    )
    labels: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="With at least these labels: an object of at most 50 texts."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="With all of these words, at most 20, as words or beginnings of words of title or summary,"
        " or as the beginning of the reference.",
    )
    declared_after: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Declared at this moment or later."
    )
    declared_before: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Declared before this moment."
    )


MEANINGS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "stages": lambda stages: Incident.stage.in_(_few(stages, "stages")),
    "open": lambda yes: OPEN if yes else not_(OPEN),
    "kinds": lambda kinds: Incident.kind.in_(_few(kinds, "kinds")),
    "visibility": lambda visibility: Incident.visibility == visibility,
    "commander": lambda person: _commanded_by(decode_as("User", person, "filter.commander")),
    "labels": lambda labels: Incident.labels.contains(check.labels(labels, "filter.labels")),
    "declared_after": lambda moment: Incident.declared_at >= moment,
    "declared_before": lambda moment: Incident.declared_at < moment,
}
"""What each line of the filter asks of an incident, where that follows from the line alone."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The incidents that are asked for."""

    conditions: list[ColumnElement[bool]]
    sparse: bool = False
    """So few that they are to be found first and put in order afterwards (resolvers.incident_text)."""


PLAIN = frozenset({"open", "visibility"})
"""Lines with so few values that a statement can be kept for each (core.kept)."""


def plain_filter(wanted: IncidentFilter | None) -> dict[str, Any] | None:
    """What is asked for, if it is nothing but plain lines; None if there are others."""
    given = {} if wanted is None else _given(wanted)
    return given if given.keys() <= PLAIN else None


def _given(wanted: IncidentFilter) -> dict[str, Any]:
    return {name: value for name, value in vars(wanted).items() if value not in (None, strawberry.UNSET)}


async def read_filter(ctx: Context, wanted: IncidentFilter) -> Wanted:
    """The filter as conditions on Incident; refusals name their line as `filter.…`."""
    given = _given(wanted)
    found = [MEANINGS[name](value) for name, value in given.items() if name in MEANINGS]
    if "severities" in given:
        versions = await _versions(ctx, _few(given["severities"], "severities"))
        found.append(SEVERITY.in_(versions))
    if "services" in given:
        found.append(await _touching(ctx, _few(given["services"], "services")))
    if "text" not in given:
        return Wanted(found)
    matching = await match(ctx, check.text(given["text"], "filter.text", limit=check.LINE))
    return Wanted([*found, *matching.conditions], matching.sparse)


def _few(values: list[Any], line: str) -> list[Any]:
    if len(values) > MOST:
        raise invalid(f"filter.{line}", f"{len(values)} values are too many.", f"Name at most {MOST}.")
    return values


def _keys(noun: str, references: list[str], known: dict[str, int], line: str) -> list[int]:
    """The keys behind names and ids. NOT_FOUND names the one that is unknown."""
    found = []
    for index, reference in enumerate(references):
        field = f"filter.{line}.{index}"
        key = known.get(reference.lower())
        if key is None:
            try:
                key = decode_as(noun, reference, field)
            except DomainError as error:
                raise not_found(field, noun.lower(), reference) from error
            if key not in known.values():
                raise not_found(field, noun.lower(), reference)
        found.append(key)
    return found


async def _versions(ctx: Context, references: list[str]) -> list[int]:
    """All versions of the severities that are meant. By their keys PostgreSQL knows how rare they are."""
    current = select(SeverityVersion.name, Severity.id).join(
        Severity, Severity.current_version_id == SeverityVersion.id
    )
    rows = await ctx.reader.execute(current.order_by(Severity.archived_at.is_(None)))
    keys = _keys("Severity", references, {name.lower(): key for name, key in rows}, "severities")
    versions = select(SeverityVersion.id).where(SeverityVersion.severity_id.in_(keys)).order_by(SeverityVersion.id)
    return [row.id for row in await ctx.reader.execute(versions)]


async def _touching(ctx: Context, references: list[str]) -> ColumnElement[bool]:
    rows = await ctx.reader.execute(select(Service.slug, Service.id))
    keys = _keys("Service", references, {slug: key for slug, key in rows}, "services")  # noqa: C416 (rows, to mypy)
    return exists(select(1).where(IncidentService.incident_id == Incident.id, IncidentService.service_id.in_(keys)))


def _commanded_by(user_id: int) -> ColumnElement[bool]:
    """Of one role, so that an index holds the incidents that a person commands in their order."""
    return exists(
        select(1).where(
            RoleAssignment.incident_id == Incident.id,
            RoleAssignment.user_id == user_id,
            RoleAssignment.role_id == select(Role.id).where(Role.key == COMMANDER).scalar_subquery(),
            RoleAssignment.relinquished_at.is_(None),
        )
    )
