"""What a metric can be split by: how each dimension is joined to what was observed, and what its groups are called.

An incident that touches two services counts in the groups of both; one that touches none, in the group without a key.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, select

from actions.metrics.tables import Tables
from core.db import Reader
from models.incident import IncidentService
from models.person import Team
from models.postmortem import Postmortem
from models.service import Service
from models.severity import Severity, SeverityVersion
from models.tables import metadata
from models.words import MetricDimension

Joined = tuple[FromClause, Any]
"""What was observed with a dimension beside it, and the column of the dimension's key."""
Join = Callable[[Tables, FromClause, FromClause], Joined]


@dataclass(frozen=True, slots=True)
class Dimension:
    """How it is joined, and who knows its names. `noun`: of what its keys are."""

    noun: str
    join: Join
    names: Any
    """A select of (key, name)."""


def _severity(_: Tables, seen: FromClause, so_far: FromClause) -> Joined:
    joined = so_far.outerjoin(SeverityVersion, SeverityVersion.id == seen.c.severity_version_id)
    return joined, SeverityVersion.severity_id


def _service(tables: Tables, seen: FromClause, so_far: FromClause) -> Joined:
    touched = tables.rows(IncidentService)
    return so_far.outerjoin(touched, touched.c.incident_id == seen.c.incident_id), touched.c.service_id


def _team(tables: Tables, seen: FromClause, so_far: FromClause) -> Joined:
    touched = tables.rows(IncidentService).alias("owned")
    owners = (
        select(touched.c.incident_id, Service.owner_id)
        .join(Service, Service.id == touched.c.service_id)
        .where(Service.owner_id.is_not(None), touched.c.incident_id.in_(select(seen.c.incident_id)))
        .distinct()
        .subquery("owner")
    )
    return so_far.outerjoin(owners, owners.c.incident_id == seen.c.incident_id), owners.c.owner_id


def _cause(_: Tables, seen: FromClause, so_far: FromClause) -> Joined:
    factor = metadata.tables[FACTORS]
    causes = (
        select(Postmortem.incident_id, factor.c.kind_id)
        .join(factor, factor.c.postmortem_id == Postmortem.id)
        .distinct()
        .subquery("cause")
    )
    return so_far.outerjoin(causes, causes.c.incident_id == seen.c.incident_id), causes.c.kind_id


_NAMED_NOW = select(Severity.id, SeverityVersion.name).join(
    SeverityVersion, SeverityVersion.id == Severity.current_version_id
)

DIMENSIONS: dict[MetricDimension, Dimension] = {
    MetricDimension.SEVERITY: Dimension("Severity", _severity, _NAMED_NOW),
    MetricDimension.SERVICE: Dimension("Service", _service, select(Service.id, Service.name)),
    MetricDimension.TEAM: Dimension("Team", _team, select(Team.id, Team.name)),
}
FACTORS, KINDS = "contributing_factor", "factor_kind"
"""The tables of contributing factors (issue 7): the dimension is there as soon as they are."""
if FACTORS in metadata.tables:
    _kind = metadata.tables[KINDS]
    DIMENSIONS[MetricDimension.CAUSE] = Dimension("FactorKind", _cause, select(_kind.c.id, _kind.c.name))


async def names_of(reader: Reader, by: Iterable[MetricDimension]) -> dict[MetricDimension, dict[int, str]]:
    """What the groups of some dimensions are called today, by their keys."""
    found: dict[MetricDimension, dict[int, str]] = {}
    for each in by:
        found[each] = {key: name for key, name in await reader.execute(DIMENSIONS[each].names)}  # noqa: C416 (rows)
    return found
