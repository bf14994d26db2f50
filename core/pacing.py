"""How often vendors are asked, counted for all processes together: the rate of core.budgets, kept in the database.

As much as a minute's worth can be asked at once; for each key it is kept until when everything so far has leaked out.
"""

import hashlib
from collections.abc import Mapping

from sqlalchemy import text

from core.db import Database

MINUTE = 60.0
SOON = 0.05
"""Seconds to wait at least, where others have taken what was left."""

TAKE = text("""
with taken as (
  insert into vendor_pace(key, full_at) values (:key, clock_timestamp() + make_interval(secs => :step))
  on conflict (key) do update
    set full_at = greatest(vendor_pace.full_at, clock_timestamp()) + make_interval(secs => :step)
    where greatest(vendor_pace.full_at, clock_timestamp()) + make_interval(secs => :step)
      <= clock_timestamp() + make_interval(secs => :minute)
  returning 1
)
select case when exists (select from taken) then 0.0 else coalesce((
  select extract(epoch from full_at - clock_timestamp())::float8 + :step - :minute from vendor_pace where key = :key
), 0.0) end, exists (select from taken)
""")


class SharedPace:
    """Takes requests to vendors from what may be asked within a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, rates: Mapping[str, int]) -> float:
        """Take one request of each key that may be asked so often a minute, of all or of none.

        0 if it may be made now, else the seconds after which it is worth trying again. Errors of a database that is
        away are the caller's.
        """
        async with self._database.engine.connect() as connection, connection.begin() as transaction:
            for key in sorted(rates):
                asked = {"key": key, "step": MINUTE / rates[key], "minute": MINUTE}
                ((wait, taken),) = await connection.execute(TAKE, asked)
                if not taken:
                    await transaction.rollback()
                    return max(SOON, float(wait))
        return 0.0


def key_of(address: str) -> str:
    """The key of an account: addresses of some hold secrets."""
    return f"account {hashlib.sha256(address.encode()).hexdigest()[:32]}"
