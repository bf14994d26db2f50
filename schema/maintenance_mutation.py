"""The changes of planned work that clients can make. Each line is one action (actions/maintenance) with one input."""

import strawberry

from actions.maintenance.edits import edit_maintenance
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.series import end_maintenance_series, schedule_maintenance_series
from actions.maintenance.steps import cancel_maintenance, complete_maintenance, start_maintenance
from actions.maintenance.words import (
    edit_maintenance_update,
    publish_maintenance_update,
    withdraw_maintenance_update,
)
from resolvers.mutations.fields import mutation
from schema import maintenance_payloads as payloads
from schema.inputs import maintenance as given


@strawberry.type
class MaintenanceMutation:
    schedule_maintenance: payloads.MaintenancePayload | None = mutation(
        schedule_maintenance,
        given.ScheduleMaintenanceInput,
        description="Plan work on components; customers see it at once. CONFLICT, naming it, if other work overlaps.",
    )
    edit_maintenance: payloads.MaintenancePayload | None = mutation(
        edit_maintenance,
        given.EditMaintenanceInput,
        description="Change planned work, one or one of a series and all that follow. CONFLICT if it is over.",
    )
    start_maintenance: payloads.MaintenancePayload | None = mutation(
        start_maintenance,
        given.MaintenanceStepInput,
        description="Begin planned work now: SCHEDULED → IN_PROGRESS. CONFLICT from elsewhere.",
    )
    complete_maintenance: payloads.MaintenancePayload | None = mutation(
        complete_maintenance,
        given.MaintenanceStepInput,
        description="It is over: IN_PROGRESS, VERIFYING → COMPLETED. CONFLICT from elsewhere.",
    )
    cancel_maintenance: payloads.MaintenancePayload | None = mutation(
        cancel_maintenance,
        given.MaintenanceStepInput,
        description="Call planned work off, or break it off: → CANCELLED. CONFLICT if it is completed.",
    )
    publish_maintenance_update: payloads.MaintenanceUpdatePayload | None = mutation(
        publish_maintenance_update,
        given.PublishMaintenanceUpdateInput,
        description="Tell customers how planned work goes.",
    )
    edit_maintenance_update: payloads.MaintenanceUpdatePayload | None = mutation(
        edit_maintenance_update, given.EditMaintenanceUpdateInput, description="Say the same in better words."
    )
    withdraw_maintenance_update: payloads.MaintenanceUpdatePayload | None = mutation(
        withdraw_maintenance_update,
        given.WithdrawMaintenanceUpdateInput,
        description="Take an update back; its words disappear from the status page.",
    )
    schedule_maintenance_series: payloads.MaintenanceSeriesPayload | None = mutation(
        schedule_maintenance_series,
        given.ScheduleMaintenanceSeriesInput,
        description="Plan work that recurs. The next 60 days of it are made at once, the rest as time goes on.",
    )
    end_maintenance_series: payloads.MaintenanceSeriesPayload | None = mutation(
        end_maintenance_series,
        given.EndMaintenanceSeriesInput,
        description="Let work recur no more; what is under way goes on.",
    )
