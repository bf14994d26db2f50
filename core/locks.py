"""Who holds advisory locks of one key, in SQL. docs/locks.md has their numbers."""

HELD = """
select objid from pg_locks where locktype = 'advisory' and granted and classid = 0 and objsubid = 1
  and database = (select oid from pg_database where datname = current_database())
"""
"""The numbers of those of this database, once for each holder. (Locks of two keys have objsubid 2.)"""


def holders(number: str) -> str:
    """How many hold one, as an expression; `number` is the name of a parameter, with its colon."""
    return f"(select count(*) from ({HELD}) held where objid = {number})"  # noqa: S608 (constants)
