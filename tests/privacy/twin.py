"""The twin world, in which the private incidents never were: the same database without any row of theirs."""

from sqlalchemy import text

from models.tables import metadata

NEVER = "set local session_replication_role = replica"
"""No trigger keeps events for ever, and no foreign key takes rows along: only a test may do so."""


async def forget(database, references):
    """Delete incidents, and whatever belonged to them or to what belonged to them."""
    keys = [int(reference[4:]) for reference in references]
    async with database.engine.begin() as connection:
        await connection.execute(text(NEVER))
        await connection.execute(text("delete from incident where id = any(:keys)"), {"keys": keys})
        for table in metadata.tables.values():
            if "incident_id" in table.columns:
                await connection.execute(
                    text(f"delete from {table.name} where incident_id = any(:keys)"), {"keys": keys}
                )
        while await orphans(connection):
            pass


async def orphans(connection):
    """Delete the rows that point to rows that are no more; how many."""
    gone = 0
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            child, parent = key.parent, key.column
            found = await connection.execute(
                text(
                    f"delete from {table.name} c where c.{child.name} is not null and not exists"
                    f" (select from {parent.table.name} p where p.{parent.name} = c.{child.name})"
                )
            )
            gone += found.rowcount
    return gone
