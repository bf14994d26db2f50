"""The SQL of the broker. `token` says whose lease it is: a late word of a worker that lost it changes nothing.

`run_at` and leases are in the database's time: workers on several machines need not agree on theirs.
"""

LISTEN = "listen muster_job"
"""core.notify sends it after the commit. It only wakes us: we look every second anyway."""

# A job that was fetched `poison` times and never came back killed its workers: it is set aside at the next fetch.
FETCH = """
with due as materialized (
  select id from job
  where not dead and queue = %(queue)s and run_at <= now() and (lease_until is null or lease_until < now())
  order by run_at, id limit %(room)s for update skip locked
)
update job set token = token + 1, strikes = strikes + 1, dead = strikes >= %(poison)s,
  lease_until = case when strikes < %(poison)s then clock_timestamp() + make_interval(secs => %(lease)s) end,
  error = case when strikes < %(poison)s then error else 'its worker ended in the middle of it, again and again' end
from due where job.id = due.id
returning job.id, token, name, args, options, created_at, dead
"""

_MINE = "job.id = mine.id and job.token = mine.token"
_HELD = "unnest(%(ids)s::bigint[], %(tokens)s::int[]) as mine(id, token)"

EXTEND = f"""
update job set lease_until = clock_timestamp() + make_interval(secs => %(lease)s) from {_HELD} where {_MINE}
"""  # noqa: S608 (constants)

RELEASE = f"""
update job set lease_until = null, strikes = greatest(strikes - 1, 0) from {_HELD} where {_MINE}
"""  # noqa: S608 (constants)

DONE = f"delete from job using {_HELD} where {_MINE}"  # noqa: S608 (constants)

AGAIN = f"""
update job set run_at = clock_timestamp() + make_interval(secs => mine.seconds), lease_until = null, strikes = 0,
  options = options || jsonb_build_object('failures', mine.failures), error = coalesce(mine.error, job.error)
from unnest(%(ids)s::bigint[], %(tokens)s::int[], %(seconds)s::float8[], %(failures)s::int[], %(errors)s::text[])
  as mine(id, token, seconds, failures, error) where {_MINE}
"""  # noqa: S608 (constants)

DEAD = f"""
update job set dead = true, lease_until = null, error = mine.error,
  options = options || jsonb_build_object('failures', mine.failures)
from unnest(%(ids)s::bigint[], %(tokens)s::int[], %(failures)s::int[], %(errors)s::text[])
  as mine(id, token, failures, error) where {_MINE}
"""  # noqa: S608 (constants)
