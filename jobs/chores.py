"""The chores of the timers, in the order in which they are done."""

from actions.idempotency import purge_claims
from actions.reminders import sweep_due
from jobs.timers import Chore

CHORES = (
    Chore("reminders", every=1, run=sweep_due),
    Chore("idempotency claims", every=3600, run=purge_claims),
)
