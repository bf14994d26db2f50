"""The SQL of the broker. `token` says whose lease it is: a late word of a worker that lost it changes nothing.

`run_at` and leases are in the database's time: workers on several machines need not agree on theirs.
"""

from models.job import URGENT

LISTEN = "listen muster_job"
"""core.notify sends it after the commit. It only wakes us: we look every second anyway."""

# A job that was fetched `poison` times and never came back killed its workers: it is set aside at the next fetch.
_LEASE = """
update job set token = token + 1, strikes = strikes + 1, dead = strikes >= %(poison)s, epoch = null,
  lease_until = case when strikes < %(poison)s then clock_timestamp() + make_interval(secs => %(lease)s) end,
  error = case when strikes < %(poison)s then error else 'its worker ended in the middle of it, again and again' end
from due where job.id = due.id
returning job.id, token, name, args, options, created_at, dead
"""

# What is due for `late` seconds at least; `away`: also what waits in a broker, for that can't be asked.
FETCH = f"""
with due as materialized (
  select id from job
  where not dead and queue = %(queue)s and run_at <= now() - make_interval(secs => %(late)s)
    and (lease_until is null or lease_until < now() or (%(away)s and epoch is not null))
  order by run_at, id limit %(room)s for update skip locked
) {_LEASE}
"""  # noqa: S608 (constants)

# What tickets are for. A row that was taken meanwhile has another token: its ticket is old, or came twice.
# Row by row: joined, a table of which PostgreSQL has no figures yet is read from end to end.
TAKE = f"""
with due as materialized (
  select each.id from unnest(%(ids)s::bigint[], %(tokens)s::int[]) as ticket(id, token), lateral (
    select id from job where job.id = ticket.id and job.token = ticket.token and not dead and run_at <= now()
    for update skip locked
  ) each
) {_LEASE}
"""  # noqa: S608 (constants)

# A relay's: what is to be published, the urgent first, and of each queue as much as there is room for.
CLAIM = f"""
with urgent as materialized (
  select id from job where not dead and name = '{URGENT}' and queue = any(%(queues)s::text[]) and run_at <= now()
    and (lease_until is null or lease_until < now())
  order by run_at, id limit %(most)s for update skip locked
), due as materialized (
  select each.id from unnest(%(queues)s::text[], %(rooms)s::int[]) as wanted(queue, room), lateral (
    select id from job where not dead and queue = wanted.queue and run_at <= now()
      and (lease_until is null or lease_until < now())
    order by run_at, id limit wanted.room for update skip locked
  ) each union select id from urgent
)
update job set epoch = %(epoch)s, lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
from due where job.id = due.id
returning job.id, token, queue, name
"""  # noqa: S608 (constants)

# What was claimed and could not be published. Its token tells whether somebody has taken it meanwhile.
WITHDRAW = """
update job set epoch = null, lease_until = null from unnest(%(ids)s::bigint[], %(tokens)s::int[]) as mine(id, token)
where job.id = mine.id and job.token = mine.token and epoch is not null
"""

# What waits in another life of the broker, or in a queue that was gone: it is due again at once.
FORGOTTEN = """
update job set epoch = null, lease_until = null
where not dead and run_at <= now() and epoch is not null and queue = any(%(queues)s::text[])
  and (epoch <> %(epoch)s or queue = any(%(gone)s::text[]))
"""

# What was published some seconds ago, and is not in a queue that is empty: who got the ticket is gone.
STRAY = """
update job set epoch = null, lease_until = null
where not dead and run_at <= now() and epoch is not null and queue = %(queue)s
  and lease_until < clock_timestamp() + make_interval(secs => %(lease)s - %(grace)s)
"""

SCOPE = "select feed_cluster(), current_database()"
"""What tells a database from all others."""

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
