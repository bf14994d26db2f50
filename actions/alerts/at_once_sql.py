"""The statements of actions.alerts.at_once: functions, whose plans are kept. Each call is a transaction of its own."""

SEE = "select * from alerts_see($1, $2, $3, $4, $5, $6)"
"""By sources and groups of deliveries; of all their alerts the delivery (from 1), fingerprint and start; and moment."""

WRITE = (
    "select moved, newest, made from alerts_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
    " $16, $17, $18, $19, $20, $21, $22, $23, $24)"
)
"""Looks again under the locks of the intake, and writes all (`newest`; the keys of new alerts are `made`), or tells
which deliveries `moved`, and writes none."""
