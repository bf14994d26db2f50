"""Read rows: what a read path hands out instead of ORM entities.

A frozen row has a model's columns and its derived properties (the model's `Facts` base) and nothing else: no session,
no lazy loading, no change tracking. The ORM is for writing. Measured in the design: entities on read paths cost half
of a nested read.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any, TypeVar, cast

from sqlalchemy import Row, inspect

M = TypeVar("M")


@cache
def frozen(model: type[Any]) -> type[Any]:
    """The row type of a model: a tuple of its columns, in the order that `select(model)` has them, plus its Facts."""
    return _row_type("Frozen", model, names_of(cast("Any", model)))


def _row_type(prefix: str, model: type[Any], names: tuple[str, ...]) -> type[Any]:
    columns = namedtuple(f"{model.__name__}Columns", names)  # type: ignore[misc]  # noqa: PYI024 (names are data here)
    return type(f"{prefix}{model.__name__}", (*_facts_of(model), columns), {"__slots__": (), "model": model})


def _facts_of(model: type[Any]) -> tuple[type[Any], ...]:
    return tuple(base for base in model.__bases__ if base.__name__.endswith("Facts"))


@cache
def narrow(model: type[Any], names: tuple[str, ...]) -> type[Any]:
    """The row type of some columns of a model, which come first in its tuples; what comes after them has no name.

    Facts hold as far as these columns go: whoever reads another one meets an AttributeError.
    """
    return _row_type("Some", model, names)


@cache
def dated(model: type[Any]) -> type[Any]:
    """The same for rows as they once were: they are given what they were part of, as `past`."""
    return type(f"Dated{model.__name__}", (frozen(cast("Any", model)),), {})


def freeze(model: type[M], rows: Iterable[Row[Any]]) -> list[M]:
    """The rows of a `select(model)` as frozen rows, typed as the model because they read like it."""
    return list(map(maker(cast("Any", model)), rows))


def select_of(model: type[Any], names: Iterable[str]) -> list[Any]:
    """What to select for these columns of a model, or what it offers beside its columns (`beside`)."""
    beside = getattr(model, "beside", {})
    return [beside[name] if name in beside else getattr(model, name) for name in names]


@cache
def maker(model: type[Any], names: tuple[str, ...] | None = None) -> Callable[[Iterable[Any]], Any]:
    """What makes a frozen row of the values of all columns: `_make` without a look at how many they are.

    `names`: only these are there, and perhaps more behind them (`narrow`).
    """
    return partial(tuple.__new__, frozen(cast("Any", model)) if names is None else narrow(cast("Any", model), names))


def still(row: M) -> M:
    """An entity as a frozen row: as it is now, whatever becomes of its session."""
    model = type(row)
    made: M = frozen(cast("Any", model))._make(getattr(row, name) for name in names_of(cast("Any", model)))
    return made


@cache
def names_of(model: type[Any]) -> tuple[str, ...]:
    """The columns of a model."""
    return tuple(attribute.key for attribute in inspect(model).column_attrs)


@cache
def _draft(model: type[Any]) -> type[Any]:
    return type(
        f"Draft{model.__name__}", _facts_of(model), dict.fromkeys(names_of(cast("Any", model))) | {"model": model}
    )


def draft(model: type[M], **values: Any) -> M:
    """A row that is yet to be written in bulk, typed as the model because it reads like it; null where nothing is said.

    No session knows of it, so changing it costs nothing: every attribute of an entity is watched.
    """
    row: M = _draft(cast("Any", model))()
    vars(row).update(values)
    return row
