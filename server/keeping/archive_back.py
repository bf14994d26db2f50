"""`muster archive restore`: rows of an archive back in the database, as they were (ADR 0047).

What is there already stays as it is, so that it can be done again. What was erased meanwhile stays erased: texts of
events by what is on the record, addresses of mails by who was erased (ADR 0052).
"""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from core.db import Database
from server.keeping.archive_place import ArchivePlace
from server.keeping.archiving import FORMAT, INSTALLATION, connected
from server.keeping.loading import parts, read_manifest
from server.keeping.shelf import Reading
from server.keeping.tables import Table, quoted, tables
from server.startup import StartError

ORDER = ("event", "event_text", "alert", "delivery", "change")
"""A row comes after what it points at."""
BEFORE_INSTALLATIONS = frozenset({"delivery", "change"})
"""What files of an older Muster hold, which do not say of which installation they are."""

_NEEDS = {"delivery": " where exists (select from event e where e.id = p.event_id)"}
_ADDRESSES = """
update delivery d set "to" = concat('erased:', d.id), error = null
where d.id = any($1) and d.channel = 'mail' and d."to" <> concat('erased:', d.id) and (
  exists (select from app_user u where u.id = d.user_id and u.erased_at is not null)
  or d.user_id is null and exists (select from app_user u where u.erased_at >= $2)
    and not exists (select from app_user u where lower(u.email) = lower(d."to")))
"""
"""A mail's address goes if its person was erased; and one of which that is not known, if anybody was since."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it: rows that are back, and those that could not come back."""

    rows: int
    waiting: int
    """Deliveries of events that are in another file."""
    replaced: int
    """Alerts whose monitor sent the same again meanwhile."""
    erased: int
    """Texts and addresses that had been erased since, and stay erased."""
    people: int
    """People who were erased since: what others wrote of them, and nobody erased here, is back."""

    @property
    def whole(self) -> bool:
        """Whether all of the file is in the database now."""
        return not self.waiting and not self.replaced


async def put_back(database: Database, place: ArchivePlace, name: str) -> Restored:
    """Write an archive's rows into the database again, in one transaction.

    StartError for a file that is damaged, of another installation, of a history that was lost, or of a newer Muster:
    then nothing is written.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "archive.zip"
        file.write_bytes(await place.fetch(name))
        shelf = Reading(file)
        connection: Any = await connected(database.url)
        try:
            manifest = read_manifest(shelf, Path(name), FORMAT)
            await connection.fetchval("select feed_enter_era(0)")
            await _refuse_foreign(connection, manifest, name)
            async with connection.transaction():
                done = await _put_back(connection, shelf, manifest)
                if done.whole:
                    own = manifest.get("name", name)
                    await connection.execute(
                        "update archive set restored_at = $2 where name = $1", own, database.clock.now()
                    )
        except (asyncpg.PostgresError, KeyError, ValueError) as error:
            raise StartError(f"{name} can't be put back: {error}") from error
        finally:
            await connection.close()
            shelf.close()
    return done


async def _refuse_foreign(connection: Any, manifest: dict[str, Any], name: str) -> None:
    held = {each["table"] for each in manifest["tables"]}
    if unknown := held - set(ORDER):
        raise StartError(
            f"{name} holds rows of {', '.join(sorted(unknown))}, which no archive does: nothing was written"
        )
    if manifest.get("installation") is None and held <= BEFORE_INSTALLATIONS:
        return
    if manifest.get("installation") != await connection.fetchval(INSTALLATION):
        raise StartError(f"{name} is of another installation: its ids stand for other things here; nothing was written")


async def _put_back(connection: Any, shelf: Reading, manifest: dict[str, Any]) -> Restored:
    there = {each.name: each for each in await tables(connection)}
    given = {each["table"]: each for each in manifest["tables"]}
    new: dict[str, set[int]] = {}
    missing = dict.fromkeys(ORDER, 0)
    erased = 0
    for name in (each for each in ORDER if each in given):
        table = _narrowed(there[name], given[name])
        with shelf.file(given[name]["file"]) as file:
            for some in parts(file):
                if name == "event_text":
                    lines, gone = await _texts(connection, some, new.get("event", set()))
                    erased += gone
                    written = await _write(connection, table, lines, "event_id")
                elif name == "event":
                    written = [key for (key,) in await connection.fetch("select archive_put_back($1)", _array(some))]
                else:
                    written = await _write(connection, table, some, "id")
                    missing[name] += await _absent(connection, name, some)
                new.setdefault(name, set()).update(written)
    taken_at = datetime.fromisoformat(manifest["taken_at"])
    status = await connection.execute(_ADDRESSES, sorted(new.get("delivery", ())), taken_at)
    erased += int(status.rpartition(" ")[2])
    rows = sum(len(keys) for name, keys in new.items() if name != "event_text")
    people = await connection.fetchval("select count(*) from app_user where erased_at >= $1", taken_at)
    return Restored(rows, missing["delivery"], missing["alert"], erased, int(people))


def _narrowed(table: Table, given: dict[str, Any]) -> Table:
    """The table with the columns that it had when the file was written: others take their defaults."""
    columns = given.get("columns")
    return (
        table if columns is None else replace(table, columns=tuple(each for each in table.columns if each in columns))
    )


def _array(lines: Iterable[str]) -> str:
    return "[" + ",".join(lines) + "]"


async def _write(connection: Any, table: Table, lines: list[str], key: str) -> list[int]:
    """Insert what is not there; the keys of what was."""
    statement = table.insert + _NEEDS.get(table.name, "") + f" on conflict do nothing returning {quoted(key)}"
    return [found for (found,) in await connection.fetch(statement, _array(lines))]


async def _absent(connection: Any, name: str, lines: list[str]) -> int:
    """How many of these rows are still not there."""
    keys = [orjson.loads(line)["id"] for line in lines]
    there = await connection.fetchval(f"select count(*) from {quoted(name)} where id = any($1)", keys)  # noqa: S608
    return len(keys) - int(there)


async def _texts(connection: Any, lines: list[str], events: set[int]) -> tuple[list[str], int]:
    """Texts of events that just came back, without those that were erased; and how many these are."""
    of = {key: line for line in lines if (key := orjson.loads(line)["event_id"]) in events}
    erased = {key for (key,) in await connection.fetch("select texts_erased($1)", list(of))}
    return [line for key, line in of.items() if key not in erased], len(erased)
