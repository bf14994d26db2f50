"""What the database has, in the order of names: tables, their columns, their foreign keys, and sequences."""

from dataclasses import dataclass
from typing import Any

ALL_BUT = "alembic_version"

_COLUMNS = """
select c.relname as name, array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns,
  coalesce(array_agg(a.attname::text) filter (where a.attgenerated <> ''), '{}') as generated,
  coalesce(array_agg(a.attname::text) filter (where a.attgenerated = '' and a.atttypid = 'jsonb'::regtype), '{}')
    as json,
  coalesce((select array_agg(k.attname::text order by place) from pg_index i,
    unnest(i.indkey::int2[]) with ordinality as part(number, place), pg_attribute k
    where i.indrelid = c.oid and i.indisprimary and k.attrelid = c.oid and k.attnum = part.number), '{}') as key
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> $1
group by c.oid, c.relname order by c.relname
"""
_SEQUENCES = """
select sequencename as name, last_value from pg_sequences where schemaname = 'public' order by sequencename
"""
_FOREIGN_KEYS = """
select conrelid::regclass::text as owner, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by owner, name
"""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. `generated`: columns that PostgreSQL works out; `json`: those in which null is a value of its own."""

    name: str
    columns: tuple[str, ...]
    generated: tuple[str, ...]
    json: tuple[str, ...]
    key: tuple[str, ...]

    def lines(self, where: str = "true") -> str:
        """The statement that reads each row `t` as JSON. A JSONB column without a value is left out."""
        absent = "".join(f", case when t.{quoted(each)} is null then '{each}' end" for each in self.json)
        generated = "".join(f", '{each}'" for each in self.generated)
        order = ", ".join(f"t.{quoted(each)}" for each in self.key) or "t::text"
        without = f" - array_remove(array[null{absent}{generated}]::text[], null)"
        return f"select (to_jsonb(t){without})::text from {quoted(self.name)} t where {where} order by {order}"  # noqa: S608 (its own names)

    @property
    def insert(self) -> str:
        """The statement that writes rows, given as one JSON array."""
        names = ", ".join(quoted(each) for each in self.columns)
        values = ", ".join(
            f"case when r ? '{each}' and p.{quoted(each)} is null then 'null'::jsonb else p.{quoted(each)} end"
            if each in self.json
            else f"p.{quoted(each)}"
            for each in self.columns
        )
        return (
            f"insert into {quoted(self.name)} ({names}) overriding system value select {values}"  # noqa: S608 (its own names)
            f" from jsonb_array_elements($1::text::jsonb) r, jsonb_populate_record(null::{quoted(self.name)}, r) p"
        )


def quoted(name: str) -> str:
    """A name in a statement."""
    return '"' + name.replace('"', '""') + '"'


async def tables(connection: Any) -> list[Table]:
    """All tables but the one that says which migrations were done."""
    rows = await connection.fetch(_COLUMNS, ALL_BUT)
    return [Table(r["name"], *(tuple(r[each]) for each in ("columns", "generated", "json", "key"))) for r in rows]


async def sequences(connection: Any) -> dict[str, int | None]:
    """The last value that each sequence gave; None if it never did."""
    return {row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES)}


async def foreign_keys(connection: Any) -> list[tuple[str, str, str]]:
    """Each foreign key: its table, its name and its definition."""
    return [(row["owner"], row["name"], row["definition"]) for row in await connection.fetch(_FOREIGN_KEYS)]
