"""Databases that are used again: emptied of what a test wrote, in a third of the time that a copy takes.

PostgreSQL counts, table by table, the rows that were written, and a connection has told of all of its own when it has
ended. So what a test wrote is known, and the rest is as it was copied. What is not, as a changed structure, a setting
or somebody who is still connected, can't be put right for certain: such a database is dropped.
"""

from dataclasses import dataclass, field

import psycopg
from psycopg.sql import SQL, Identifier, Literal

USES = 20
"""How often a database is used: rows that were deleted take room all the same."""

MANY = 5_000
"""Rows: a database in which more were written is dropped, which takes less than to empty it."""

AS_MADE = """
select d.datallowconn and d.datconnlimit = -1
  and not exists (select 1 from pg_stat_activity a where a.datid = d.oid)
  and not exists (select 1 from pg_db_role_setting s where s.setdatabase = d.oid)
  and not exists (select 1 from pg_replication_slots s where s.datoid = d.oid)
  and not exists (select 1 from pg_prepared_xacts x where x.database = d.datname)
from pg_database d where d.datname = %s"""
"""Whether nobody is connected, and nothing is set for a database."""

WRITTEN = """
select ours, relname, rows from (
  select relnamespace = 'public'::regnamespace as ours, relname,
    pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) as rows
  from pg_class where relkind in ('r', 'm') and not relisshared
) c where rows > 0"""
"""Tables in which rows were written. One that is not ours tells of structure: pg_class, pg_statistic."""

TABLES = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"

DRAWN = """
select relname, pg_sequence_last_value(oid) from pg_class
where relkind = 'S' and relnamespace = 'public'::regnamespace"""
"""The newest number that each sequence gave; null if it gave none."""

AGAIN = "select setval(seqrelid, coalesce(%s, seqstart), %s) from pg_sequence where seqrelid = {}::regclass"


@dataclass
class Template:
    """What is in a database that is copied: the rows of each table, as COPY writes them, and its sequences."""

    name: str
    rows: dict[str, bytes] = field(default_factory=dict)
    drawn: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, address: str) -> "Template":
        """Read all of it."""
        made = cls(name)
        with psycopg.connect(address, autocommit=True) as connection:
            for (table,) in connection.execute(TABLES).fetchall():
                with connection.cursor().copy(SQL("copy {} to stdout").format(Identifier(table))) as copy:
                    made.rows[table] = b"".join(copy)
            made.drawn = dict(connection.execute(DRAWN).fetchall())
        return made

    def restore(self, address: str) -> bool:
        """Make a copy what it was when it was made; whether that is possible."""
        # Rows come and go without triggers and foreign keys: they were all valid in the template.
        with psycopg.connect(address, autocommit=True, options="-c session_replication_role=replica") as connection:
            written = connection.execute(WRITTEN).fetchall()
            if not all(ours for ours, _, _ in written) or sum(rows for _, _, rows in written) > MANY:
                return False
            for _, table, _ in written:
                connection.execute(SQL("delete from {}").format(Identifier(table)))
                if self.rows[table]:
                    with connection.cursor().copy(SQL("copy {} from stdin").format(Identifier(table))) as copy:
                        copy.write(self.rows[table])
            for sequence, last in connection.execute(DRAWN).fetchall():
                if last != self.drawn[sequence]:
                    name = Literal(Identifier(sequence).as_string(connection))
                    connection.execute(
                        SQL(AGAIN).format(name), (self.drawn[sequence], self.drawn[sequence] is not None)
                    )
            connection.execute("select pg_stat_force_next_flush()")
            connection.execute("select pg_stat_reset()")  # what was written here counts for nobody
        return True


@dataclass
class Copy:
    """A database made from a template, and how often it was used."""

    name: str
    address: str
    template: Template
    uses: int = 0

    def restored(self, administrator: psycopg.Connection) -> bool:
        """Make it fit to be used again; whether that is possible. `administrator` is connected to another database."""
        if self.uses >= USES or administrator.info.parameter_status("is_superuser") != "on":
            return False
        as_made = administrator.execute(AS_MADE, [self.name]).fetchone()
        return as_made == (True,) and self.template.restore(self.address)
