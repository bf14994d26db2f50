"""Rows that never change once they are written, such as versions of severities: read once by each process.

No key ever stands for two rows: not after a roll-back, which gives no place of a sequence back, nor in a new life of
the database (docs/adr/0007-eras-of-the-feed.md).
"""

from collections.abc import Iterable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from core.kept import with_keys
from core.reader import Reader
from core.recent import Recent
from resolvers.rows import keyed

M = TypeVar("M")

MOST = 1_000
"""Rows that are remembered of one database."""
_of_database: WeakKeyDictionary[Any, Recent[tuple[type[Any], int], Any]] = WeakKeyDictionary()


async def unchanging(reader: Reader, model: type[M], keys: Iterable[int]) -> dict[int, M]:
    """The rows of a model with these keys, by key: at most one statement, and none for rows that were read before.

    What a transaction has written and may still roll back is not remembered.
    """
    source = reader.source
    known = None if source is None else _of_database.setdefault(source, Recent(MOST))
    found = {key: known.get((model, key)) for key in keys} if known is not None else dict.fromkeys(keys)
    missing = [key for key, row in found.items() if row is None]
    if missing:
        for row in await reader.rows(model, keyed(cast("Any", model)), with_keys(missing)):
            key = cast("Any", row).id
            found[key] = row if known is None else known.keep((model, key), row)
    return {key: row for key, row in found.items() if row is not None}
