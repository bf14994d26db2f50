"""The statements of actions.alerts.at_once: functions, whose plans are kept. Each call is a transaction of its own."""

MOVED = "moved"
"""What TAKE gives when something is not any more as LOOK found it: then nothing was written."""

LOOK = "select * from alerts_look($1, $2, $3, $4, $5)"
"""By source, group, fingerprints, starts and moment: what there is of them."""

COUNT = "select alerts_count($1, $2, $3, $4, $5)"
"""By keys, sightings, moment, source, and whether to note that it is alive."""

TAKE = (
    "select alerts_take($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9::jsonb, $10, $11, $12, $13)"
    " from set_config('muster.trace', $14, true)"
)
"""Looks again under the locks of the intake, writes, and ends with journal_write."""
