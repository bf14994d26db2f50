"""Reading what resolvers need: rows by key, children by parent, and pages, each in one statement for all parents."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, bindparam, column, func, inspect, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from core.db import Parameters
from core.errors import DomainError
from core.ids import decode_as
from core.kept import among, keys_sent, with_keys
from core.recent import Recent
from core.rows import maker, select_of
from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.page import Page, Window

M = TypeVar("M")

MOST_KEPT = 256
"""Statements of pages that are kept (core.kept): to build one costs ten times what sending it does."""
LAST = itemgetter(-1)
_kept: Recent[Hashable, Select[Any]] = Recent(MOST_KEPT)


def keys_table(keys: Iterable[int], name: str) -> FromClause:
    """A table of one column `id` that holds these keys: one parameter, however many there are."""
    array = bindparam(None, sorted(set(keys)), ARRAY(BigInteger), unique=True)
    return func.unnest(array).table_valued(column("id", BigInteger), name=name).render_derived()


async def by_key(
    ctx: Context,
    model: type[M],
    keys: Iterable[int | None],
    *conditions: ColumnElement[bool],
    columns: tuple[str, ...] | None = None,
) -> dict[int, M]:
    """The rows with these keys that meet the conditions, by key: one statement, or none without keys.

    `columns`: of their columns no others than these are wanted.
    """
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return {}
    if columns is not None and not conditions:
        names, statement = _some_by_key(cast("Any", model), columns)
        found = map(maker(cast("Any", model), names), await ctx.reader.tuples(statement, with_keys(wanted)))
        return {row[0]: row for row in found}
    statement = keyed(cast("Any", model))
    rows = await ctx.reader.rows(model, statement.where(*conditions) if conditions else statement, with_keys(wanted))
    return {row.id: row for row in rows}  # type: ignore[attr-defined]


@cache
def keyed(model: type[Any]) -> Select[Any]:
    """The statement for rows of a model by their keys (core.kept.with_keys)."""
    return select(model).where(among(model.id))


@cache
def _some_by_key(model: type[Any], columns: tuple[str, ...]) -> tuple[tuple[str, ...], Select[Any]]:
    names = ("id", *(name for name in columns if name != "id"))
    return names, select(*select_of(model, names)).where(among(model.id))


async def some(
    ctx: Context,
    model: type[M],
    statement: Select[Any],
    parameters: Parameters,
    selected: Selected,
    also: tuple[str, ...],
) -> list[M]:
    """The rows of a `select(model)` that is kept, with no more columns than are selected, and `also` these."""
    if selected.columns is None:
        return await ctx.reader.rows(model, statement, parameters)
    names = (*also, *(name for name in selected.columns if name not in also))
    rows = await ctx.reader.tuples(_narrowed(cast("Any", model), statement, names), parameters)
    return list(map(maker(cast("Any", model), names), rows))


@lru_cache(MOST_KEPT)
def _narrowed(model: type[Any], statement: Select[Any], names: tuple[str, ...]) -> Select[Any]:
    return statement.with_only_columns(*select_of(model, names))


async def named(ctx: Context, model: type[M], ref: str) -> M | None:
    """The row in use with this name, in any case, or the row with this id; None if there is none."""
    if not ref.isprintable():  # NUL and half surrogate pairs are no text to PostgreSQL
        return None
    anyone: Any = model
    same = select(model).where(func.lower(anyone.name) == ref.strip().lower(), anyone.archived_at.is_(None))
    found = await ctx.reader.row(model, same)
    if found is not None:
        return found
    try:
        key = decode_as(model.__name__, ref, "ref")
    except DomainError:
        return None
    return (await by_key(ctx, model, [key])).get(key)


async def children(
    ctx: Context, model: type[M], statement: Select[*tuple[Any, ...]], parameters: Parameters = None
) -> dict[int, list[M]]:
    """The rows of a `select(model, key of the parent)`, by that key."""
    width, make = _maker(model)
    found: dict[int, list[M]] = {}
    for row in await ctx.reader.tuples(statement, parameters):
        found.setdefault(row[width], []).append(make(row[:width]))
    return found


def _maker(model: type[M]) -> tuple[int, Callable[[Sequence[Any]], M]]:
    """How many columns a model has, and what makes a frozen row of them."""
    return width_of(cast("Any", model)), maker(cast("Any", model))


@cache
def width_of(model: type[Any]) -> int:
    """How many columns a model has."""
    return len(inspect(model).column_attrs)


async def page(
    ctx: Context,
    model: type[M],
    rows_of: Select[Any] | Callable[[], Select[Any]],
    window: Window,
    *,
    kept: Hashable | None = None,
    selected: Selected = EVERYTHING,
) -> Page[M]:
    """One page of a `select(model)`. `kept`: it is built once for all pages of an order and a value of this.

    `selected`: the rows have no other columns than these, and the page knows only if it was wanted whether it is the
    last.
    """
    columns = selected.columns
    place = (model, window.shape, kept, columns)
    statement = None if kept is None else _kept.get(place)
    if statement is None:
        whole = _only(model, columns, rows_of() if callable(rows_of) else rows_of)
        statement = window.cut(whole.add_columns(*window.labelled))
        if kept is not None:
            _kept.keep(place, statement)
    rows = await ctx.reader.tuples(statement, window.bounds(more=selected.more))
    width = width_of(cast("Any", model)) if columns is None else len(columns)
    return window.page(list(map(_making(model, columns), rows)), rows, at=slice(width, None))


async def pages(
    ctx: Context,
    model: type[M],
    parents: Sequence[int],
    window: Window,
    candidates: Callable[[Any], Select[Any]],
    owners: Callable[[FromClause], FromClause] | None = None,
    *,
    kept: Hashable | None = None,
    selected: Selected = EVERYTHING,
) -> list[Page[M]]:
    """One page per parent, in the order of the parents, by one statement that cuts each parent's rows by a LATERAL.

    `candidates(key)` is the `select(model)` of the rows that belong to a key. By default the keys are the parents' own;
    `owners` makes a table (parent, id) of the table of parents where rows of several keys make up one list: each key's
    rows are then cut on their own, so that an index serves each, and merged. `kept`: the statement is built once for
    all pages of an order and a value of this, which holds all that the two depend on. `selected`: the rows have no
    other columns than these, and the page knows only if it was wanted whether it is the last.
    """
    columns = selected.columns
    width = width_of(cast("Any", model)) if columns is None else len(columns)
    place = (window.shape, kept, columns)
    statement = None if kept is None else _kept.get(place)
    if statement is None:
        statement = _of_parents(width, window, _reading(model, columns, candidates), owners)
        if kept is not None:
            _kept.keep(place, statement)
    parameters = {**window.bounds(more=selected.more), **with_keys(parents)}
    found: dict[int, list[Any]] = {}
    for parent, rows in groupby(await ctx.reader.tuples(statement, parameters), LAST):
        found[parent] = list(rows)
    make, at = _making(model, columns), slice(width, -1)
    return [window.page(list(map(make, own)), own, at=at) for own in (found.get(key, []) for key in parents)]


def _making(model: type[M], columns: tuple[str, ...] | None) -> Callable[[Any], M]:
    """What makes a row of the values of these columns, or of all, and of more behind them."""
    if columns is not None:
        return maker(cast("Any", model), columns)
    width, make = _maker(model)
    return lambda values: make(values[:width])


def _reading(
    model: type[Any], columns: tuple[str, ...] | None, candidates: Callable[[Any], Select[Any]]
) -> Callable[[Any], Select[Any]]:
    return lambda key: _only(model, columns, candidates(key))


def _only(model: type[Any], columns: tuple[str, ...] | None, statement: Select[Any]) -> Select[Any]:
    """A `select(model)` with these columns; None: with all."""
    if columns is None:
        return statement
    return statement.with_only_columns(*select_of(model, columns))


def _of_parents(
    width: int,
    window: Window,
    candidates: Callable[[Any], Select[Any]],
    owners: Callable[[FromClause], FromClause] | None,
) -> Select[Any]:
    table = keys_sent("parent")
    owner = owners(table) if owners else select(table.c.id.label("parent"), table.c.id).subquery("owner")
    cut = window.cut(candidates(owner.c.id).add_columns(*window.labelled)).lateral("cut")
    columns = list(cut.c)
    merged = [key.desc() if window.down else key.asc() for key in columns[width:]]
    return select(*columns, owner.c.parent).select_from(owner).join(cut, true()).order_by(owner.c.parent, *merged)
