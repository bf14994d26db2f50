"""Statements that are built once and sent many times: what changes from time to time is a parameter of theirs.

To build a statement, and to find out whether it was compiled before, costs several times what sending it does.
"""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, FromClause, any_, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY

KEYS = bindparam("keys", type_=ARRAY(BigInteger))
"""One parameter, however many keys there are: PostgreSQL takes 32,767 parameters at most."""


KEY = bindparam("key", type_=BigInteger)
"""One key. Only with this does an index that goes on with an order give its rows in that order."""


def among(key: Any) -> ColumnElement[bool]:
    """The condition that a column is one of the keys that the statement is sent with (`with_keys`)."""
    return cast("ColumnElement[bool]", key == any_(KEYS))


def keys_sent(name: str) -> FromClause:
    """A table of one column `id` that holds the keys that the statement is sent with (`with_keys`)."""
    return func.unnest(KEYS).table_valued(column("id", BigInteger), name=name).render_derived()


def with_keys(keys: Iterable[int]) -> dict[str, Any]:
    """The parameters of a statement that asks for keys; each once."""
    return {KEYS.key: sorted(set(keys))}


def with_key(key: int) -> dict[str, int]:
    """The parameters of a statement that asks for one `KEY`."""
    return {KEY.key: key}
