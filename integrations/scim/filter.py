"""Filters of SCIM (RFC 7644 §3.4.2.2) as conditions of SQL. The grammar is scim2-models'."""

from collections.abc import Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)
from scim2_models.path.resolution import AttributeBinding, coerce_value
from sqlalchemy import ColumnElement, Text, and_, cast, false, func, not_, or_, true

from actions.check import UNSTORABLE
from core.errors import DomainError
from core.ids import decode_as
from integrations.scim.columns import Attributes, Column, Entries, Kind

MAX_LENGTH = 2_000
"""Characters of a filter."""
MAX_TERMS = 50
"""Comparisons in a filter. How deep they nest is bounded by scim2-models, to 32."""

Condition = ColumnElement[bool]
Op = CompareOperator
TEXTUAL = (Kind.TEXT, Kind.EXACT)
ORDER = {Op.gt: gt, Op.ge: ge, Op.lt: lt, Op.le: le}
EARLIEST, LATEST = 2, 9998
"""Years that every time zone can express."""


def condition_of(filter_: ScimFilter[Any], model: type[Resource[Any]], attributes: Attributes) -> Condition:
    """The condition that a filter is for a resource. InvalidFilterException for what can't be filtered by."""
    bound: ScimFilter[Any] = ScimFilter[model](str(filter_))  # type: ignore[valid-type]
    if terms_of(bound.ast) > MAX_TERMS:
        raise InvalidFilterException(detail=f"A filter has at most {MAX_TERMS} comparisons.")
    return _Filtering(bound, attributes).visit(bound.ast)


def terms_of(node: FilterNode) -> int:
    """How many comparisons a filter makes."""
    match node:
        case LogicalExpr(terms=terms):
            return sum(terms_of(each) for each in terms)
        case Not(expr=inner) | ValuePath(val_filter=inner):
            return terms_of(inner)
        case _:
            return 1


class _Joining(FilterVisitor[Condition]):
    """What filters and the filters inside brackets have in common."""

    def visit_not(self, node: Not) -> Condition:
        return not_(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        join = and_ if node.op is LogicalOperator.and_ else or_
        return join(*(self.visit(each) for each in node.terms)).self_group()


class _Filtering(_Joining):
    """A whole filter. Every condition is true or false, never null, so that `not` says what it means."""

    def __init__(self, bound: ScimFilter[Any], attributes: Attributes) -> None:
        self._bound = bound
        self._attributes = attributes

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self._bound.resolve_comparison(node.attr_path)
        assert binding is not None  # noqa: S101 (strict: it raises)
        entries = self._attributes.entries.get(binding.field_name)
        value = coerce_value(binding, node.value, node.op)
        if entries is not None:
            return _any(entries, _sub(entries.columns, node, binding.sub_field_name or ""), node.op, value)
        column = self._attributes.columns.get(_named(binding))
        if column is None:
            raise _unfit(node.attr_path)
        return compare(column, node.op, value)

    def visit_present(self, node: Present) -> Condition:
        binding = self._bound.resolve(node.attr_path)
        assert binding is not None  # noqa: S101 (strict: it raises)
        entries = self._attributes.entries.get(binding.field_name)
        if entries is not None:
            inside = binding.sub_field_name
            return entries.any_is(true() if inside is None else present(_sub(entries.columns, node, inside)))
        named = _named(binding)
        if named in self._attributes.parts:
            return self._attributes.parts[named]
        if named not in self._attributes.columns:
            raise _unfit(node.attr_path)
        return present(self._attributes.columns[named])

    def visit_value_path(self, node: ValuePath) -> Condition:
        binding = self._bound.resolve(node.attr_path)
        entries = self._attributes.entries.get(binding.field_name) if binding is not None else None
        if entries is None:
            raise _unfit(node.attr_path)
        return entries.any_is(_Inside(entries.columns).visit(node.val_filter))


class _Inside(_Joining):
    """The filter in the brackets of `emails[type eq "work"]`, for one entry."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns

    def visit_comparison(self, node: Comparison) -> Condition:
        return compare(_sub(self._columns, node, node.attr_path.attr.lower()), node.op, node.value)

    def visit_present(self, node: Present) -> Condition:
        return present(_sub(self._columns, node, node.attr_path.attr.lower()))

    def visit_value_path(self, node: ValuePath) -> Condition:
        raise _unfit(node.attr_path)


def _any(entries: Entries, column: Column, op: CompareOperator, value: Any) -> Condition:
    """Whether any entry compares so; with `ne`, whether none is equal."""
    if op is Op.ne:
        return not_(entries.any_is(compare(column, Op.eq, value)))
    return entries.any_is(compare(column, op, value))


def compare(column: Column, op: CompareOperator, value: Any) -> Condition:
    """Whether a column compares so with a value of any JSON type; one of another type is not equal to anything."""
    if op is Op.ne:
        return not_(compare(column, Op.eq, value))
    if value is None:
        return column.value.is_(None) if op is Op.eq else false()
    match column.kind:
        case Kind.TEXT | Kind.EXACT:
            return _compare_text(column, op, value)
        case Kind.FLAG:
            wanted = _flag(value)
            return false() if wanted is None or op is not Op.eq else column.value.is_(wanted)
        case Kind.MOMENT:
            return _compare_moment(column, op, value)
        case Kind.KEY:
            if op is not Op.eq:
                raise InvalidFilterException(detail=f"The operator {op.value} is not for identifiers: use eq or ne.")
            return _compare_key(column, value)


def _compare_text(column: Column, op: CompareOperator, value: Any) -> Condition:
    if not isinstance(value, str) or UNSTORABLE.search(value):
        return false()
    found, wanted = sortable(column), value if column.kind is Kind.EXACT else value.lower()
    match op:
        case Op.eq:
            said = found == wanted
        case Op.co:
            said = found.contains(wanted, autoescape=True)
        case Op.sw:
            said = found.startswith(wanted, autoescape=True)
        case Op.ew:
            said = found.endswith(wanted, autoescape=True)
        case _:
            said = ORDER[op](found, wanted)
    return func.coalesce(said, false())


def _compare_moment(column: Column, op: CompareOperator, value: Any) -> Condition:
    if not isinstance(value, datetime):  # a part of its text: moments have no parts
        return false()
    if not EARLIEST <= value.year <= LATEST:
        raise InvalidFilterException(detail=f"The year {value.year} is out of reach.")
    moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    if op is Op.eq:
        said: Condition = column.value == moment
        return said
    ordered: Condition = ORDER[op](column.value, moment) if op in ORDER else false()
    return ordered


def _compare_key(column: Column, value: Any) -> Condition:
    try:
        said: Condition = column.value == decode_as(column.noun, value)
    except (DomainError, AttributeError):  # no id, or no text
        return false()
    return said


def _flag(value: Any) -> bool | None:
    """A boolean, also as Microsoft Entra writes it."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def present(column: Column) -> Condition:
    """Whether an attribute has a value that is not empty."""
    if column.kind in TEXTUAL:
        return func.coalesce(cast(column.value, Text) != "", false())
    return true()


def sortable(column: Column) -> ColumnElement[Any]:
    """What a column is ordered by, and a text is compared by."""
    if column.kind not in TEXTUAL:
        return column.value  # type: ignore[no-any-return]
    plain = cast(column.value, Text)
    return plain if column.kind is Kind.EXACT else func.lower(plain)


def _named(binding: AttributeBinding) -> str:
    return binding.field_name + (f".{binding.sub_field_name}" if binding.sub_field_name else "")


def _sub(columns: Mapping[str, Column], node: Comparison | Present, name: str) -> Column:
    if name not in columns:
        raise _unfit(node.attr_path)
    return columns[name]


def _unfit(path: AttrPath) -> InvalidFilterException:
    return InvalidFilterException(detail=f"Nothing can be filtered by {str(path)[:100]!r} here.")
