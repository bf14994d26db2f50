"""The chores of the timers, in the order in which they are done."""

from functools import partial

from actions.alerts.calming import sweep_flapping
from actions.alerts.questions import sweep_questions
from actions.alerts.release import sweep_silences
from actions.alerts.repeats import forget_deliveries
from actions.alerts.storms import sweep_storms
from actions.alerts.unread import forget_unread
from actions.audit_chain import chain
from actions.chat.reading import sweep_readings
from actions.expiry import purge_ended
from actions.heartbeats.sweep import sweep_heartbeats
from actions.idempotency import purge_claims
from actions.items.sweep import sweep_action_items
from actions.maintenance.sweep import extend_series, sweep_maintenance
from actions.outward.on_call import sweep_on_call
from actions.outward.stranded import sweep_stranded
from actions.paging.sweep import sweep_paging
from actions.postmortems.due import sweep_postmortems
from actions.postmortems.forgetting import forget_measured
from actions.reminders import sweep_due
from actions.schedules.telling import sweep_holes
from actions.service_changes import forget_changes
from actions.subscribers.erasure import erase_addresses
from actions.workflows.sweeping import sweep_workflows
from core.settings import Settings
from jobs.timers import Chore

CHORES = (
    Chore("paging", every=1, run=sweep_paging),
    Chore("reminders", every=1, run=sweep_due),
    Chore("postmortems", every=60, run=sweep_postmortems),
    Chore("action items", every=60, run=sweep_action_items),
    Chore("workflows", every=1, run=sweep_workflows),
    Chore("questions", every=2, run=sweep_questions),
    Chore("silences", every=2, run=sweep_silences),
    Chore("flapping", every=5, run=sweep_flapping),
    Chore("alert storms", every=5, run=sweep_storms),
    Chore("heartbeats", every=2, run=sweep_heartbeats),
    Chore("maintenance", every=1, run=sweep_maintenance),
    Chore("recurring maintenance", every=60, run=extend_series),
    Chore("chat catch-up", every=60, run=sweep_readings),
    Chore("on-call", every=30, run=sweep_on_call),
    Chore("holes in schedules", every=600, run=sweep_holes),
    Chore("stranded orders", every=60, run=sweep_stranded),
    Chore("audit chain", every=10, run=chain),
    Chore("idempotency claims", every=3600, run=purge_claims),
    Chore("deliveries of alert sources", every=60, run=forget_deliveries),
    Chore("unread deliveries", every=600, run=forget_unread),
    Chore("ended access", every=600, run=purge_ended),
    Chore("addresses of subscribers", every=3600, run=erase_addresses),
)


def chores_of(settings: Settings) -> tuple[Chore, ...]:
    """All of them, and those whose measure is a setting."""
    measured = partial(forget_measured, days=settings.metric_snapshot_days)
    changes = partial(forget_changes, days=settings.change_days)
    return (
        *CHORES,
        Chore("measured values", every=3600, run=measured),
        Chore("changes of services", every=600, run=changes),
    )
