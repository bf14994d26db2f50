"""In which order incidents are listed, and the list by severity, which no single index has."""

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, case, func, literal, select, true, union_all

from core.ids import BIGINT_MAX
from models.incident import Incident
from models.severity import SeverityVersion
from resolvers.incident_filter import SEVERITY, IncidentOrder, Wanted
from resolvers.page import Order, Slice, Window, decode_place

UNRANKED = 2**31
"""The rank of an incident without a severity: after all others."""

NEWEST = Order("incidents.newest", (Incident.id,), descending=True)
ORDERS = {IncidentOrder.NEWEST: NEWEST, IncidentOrder.OLDEST: Order("incidents.oldest", (Incident.id,))}
BY_SEVERITY = "incidents.severity"


def listed(order_by: IncidentOrder, wanted: Wanted, slice_: Slice) -> tuple[Select[Incident], Window]:
    """The select of the incidents that are wanted, and the window to cut it by."""
    if wanted.sparse:
        return _found_first(order_by, wanted.conditions, slice_)
    if order_by is IncidentOrder.SEVERITY:
        return _by_severity(wanted.conditions, slice_)
    return select(Incident).where(*wanted.conditions), Window(ORDERS[order_by], slice_)


def _found_first(
    order_by: IncidentOrder, conditions: list[ColumnElement[bool]], slice_: Slice
) -> tuple[Select[Incident], Window]:
    """Few incidents, found before they are put in order: PostgreSQL must not look for them in the order of the list."""
    found = select(Incident).where(*conditions).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    statement: Select[Incident] = select(*found.c)
    if order_by is not IncidentOrder.SEVERITY:
        order = ORDERS[order_by]
        return statement, Window(Order(order.name, (found.c.id,), descending=order.descending), slice_)
    statement = statement.outerjoin(SeverityVersion, SeverityVersion.id == found.c.severity_version_id)
    return statement, Window(Order(BY_SEVERITY, (func.coalesce(SeverityVersion.rank, UNRANKED), -found.c.id)), slice_)


def _by_severity(conditions: list[ColumnElement[bool]], wanted: Slice) -> tuple[Select[Incident], Window]:
    """The select of incidents by severity, the worst and of those the newest first, and the window to cut it by.

    Each version of a severity has a list of its own in an index (SEVERITY, id). Each list is cut to a page's length and
    what is left is merged: so it costs as much for a million incidents as for a thousand.
    """
    severity = union_all(
        select(SeverityVersion.id, SeverityVersion.rank),
        select(literal(0, BigInteger), literal(UNRANKED, BigInteger)),
    ).subquery("severity")
    own = select(Incident).where(severity.c.id == SEVERITY, *_bounds(severity, wanted), *conditions)
    newest_first = Incident.id.asc() if wanted.backward else Incident.id.desc()
    cut = own.order_by(newest_first).limit(wanted.size + 1).lateral("cut")
    merged: Select[Incident] = select(*cut.c).select_from(severity).join(cut, true())
    return merged, Window(Order(BY_SEVERITY, (severity.c.rank, -cut.c.id)), wanted)


def _bounds(severity: FromClause, wanted: Slice) -> list[ColumnElement[bool]]:
    """Where each severity's own list begins and ends, by the cursors: Window has the same for the whole."""
    order = Order(BY_SEVERITY, (severity.c.rank, -Incident.id))
    found = []
    if wanted.after is not None:
        rank, place = decode_place(order, wanted.after, "after")
        found += [severity.c.rank >= rank, Incident.id < case((severity.c.rank == rank, -place), else_=BIGINT_MAX)]
    if wanted.before is not None:
        rank, place = decode_place(order, wanted.before, "before")
        found += [severity.c.rank <= rank, Incident.id > case((severity.c.rank == rank, -place), else_=0)]
    return found
