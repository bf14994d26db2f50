"""Statements that are kept (core.kept), sent to the driver without SQLAlchemy between: it compiles them once.

To send a statement through SQLAlchemy and read what comes back takes twice the CPU of doing so with asyncpg: a cursor,
a context, a result and a greenlet for each. What it knows of types is used here too: its processors of parameters and
of columns. Statements that were made for one request, and those whose text depends on their parameters, are not for
here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Enum, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

Rows = list[tuple[Any, ...]]
Processor = Callable[[Any], Any]


class Words(dict[Any, Any]):
    """The members of an enumeration by what is stored of them, each found out once."""

    def __init__(self, process: Processor) -> None:
        super().__init__()
        self._process = process

    def __missing__(self, stored: Any) -> Any:
        found = self[stored] = self._process(stored)
        return found


class Direct:
    """A statement as the driver takes it."""

    def __init__(self, compiled: Any, dialect: Any) -> None:
        self._dialect = dialect
        self.text: str = compiled.string
        self._names: list[str] = compiled.positiontup or []
        binds = compiled.binds
        self._own = {name: binds[name].value for name in self._names if not binds[name].required}
        self._given: dict[str, Processor] = dict(compiled._bind_processors)  # noqa: SLF001
        found = enumerate(_processor(column[3], dialect) for column in compiled._result_columns)  # noqa: SLF001
        self._columns = [(number, process) for number, process in found if process is not None]

    async def fetch(self, connection: Any, parameters: Mapping[str, Any] | None) -> Rows:
        """Its rows, by SQLAlchemy's own connection of asyncpg, which knows of transactions and prepared statements."""
        values = self._own if parameters is None else {**self._own, **parameters}
        given = [self._given[name](values[name]) if name in self._given else values[name] for name in self._names]
        try:
            if connection._transaction is None:  # noqa: SLF001 (as its cursors do)
                await connection._start_transaction()  # noqa: SLF001
            prepared, _ = await connection._prepare(self.text, self._dialect._invalidate_schema_cache_asof)  # noqa: SLF001
            records = await prepared.fetch(*given)
        except Exception as error:  # noqa: BLE001 (told apart by the dialect)
            self._fail(connection, error, given)
        return self._read(records)

    def _read(self, records: list[Any]) -> Rows:
        if not self._columns or not records:
            return list(map(tuple, records))
        columns: list[Iterable[Any]] = list(zip(*records, strict=True))
        for number, process in self._columns:
            columns[number] = map(process, columns[number])
        return list(zip(*columns, strict=True))

    def _fail(self, connection: Any, error: Exception, given: list[Any]) -> None:
        """Raise an error as SQLAlchemy would: whoever catches one need not know which way a statement took."""
        base: Any = self._dialect.dbapi
        try:
            connection._handle_exception(error)  # noqa: SLF001
        except base.Error as known:
            if isinstance(known, base.InvalidCachedStatementError | base.InternalServerError):
                self._dialect._invalidate_schema_cache()  # noqa: SLF001 (a migration went on: prepare it anew)
            gone = self._dialect.is_disconnect(known, connection, None)
            raise DBAPIError.instance(
                self.text, tuple(given), known, base.Error, connection_invalidated=gone, dialect=self._dialect
            ) from error


def _processor(kind: Any, dialect: Dialect) -> Processor | None:
    process: Processor | None = kind._cached_result_processor(dialect, None)  # noqa: SLF001
    return Words(process).__getitem__ if process is not None and isinstance(kind, Enum) else process


class Directs:
    """The statements that are sent more than once, by their identity, for as long as somebody keeps them."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[Executable, Direct | bool] = WeakKeyDictionary()

    def of(self, statement: Executable) -> Direct | None:
        """How to send it without SQLAlchemy; None if that can't be, or not yet: the first time tells nothing."""
        found = self._known.get(statement)
        if found is None:
            self._known[statement] = True
            return None
        if found is True:
            found = self._known[statement] = self._compiled(statement) or False
        return found or None  # type: ignore[return-value]  # True is gone by now

    def _compiled(self, statement: Any) -> Direct | None:
        compiled = statement.compile(dialect=self._dialect)
        changes = compiled.post_compile_params or compiled.literal_execute_params
        if changes or any(bind.callable for bind in compiled.binds.values()):
            return None
        try:
            return Direct(compiled, self._dialect)
        except Exception:  # noqa: BLE001 (a type whose columns can't be read without more knowledge)
            return None
