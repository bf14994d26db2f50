"""What is looked at for a metric: one row for each thing, in the same columns whatever it is."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Text, case, func, literal, not_, null

from models.words import LeftOut

Reasons = list[tuple[ColumnElement[bool], LeftOut]]
"""When something has no value, and why."""
NOTHING: ColumnElement[Any] = null().cast(Text)


def columns(
    incident: Any, *, at: Any, value: Any, left_out: ColumnElement[Any] = NOTHING, subject: Any = None
) -> list[ColumnElement[Any]]:
    """The columns of an observation.

    `incident`: the columns of its incident, null where it belongs to none; `subject`: whose values are added up, by
    default the incident; `at`: the moment, or the day, by which it falls into a bucket; `left_out`: why its value does
    not count, null if it does.
    """
    return [
        incident.id.label("incident_id"),
        incident.severity_version_id.label("severity_version_id"),
        (incident.id if subject is None else subject).label("subject"),
        at.label("at"),
        value.label("value"),
        left_out.label("left_out"),
    ]


def sought(reasons: Reasons, *, valued: bool) -> tuple[list[ColumnElement[bool]], ColumnElement[Any]]:
    """For those that have a value the conditions that make it so; for all, none, and why one has none.

    Conditions, one by one, are what PostgreSQL can estimate the effect of.
    """
    if valued:
        return [not_(missing) for missing, _ in reasons], NOTHING
    return [], case(*((missing, literal(reason.value, Text)) for missing, reason in reasons), else_=NOTHING)


def seconds(length: Any) -> ColumnElement[float]:
    """A length of time in seconds. `extract` would give the same as `numeric`, which takes several times as long."""
    return func.date_part("epoch", length, type_=Float)
