"""Keeping alerts quiet one by one, and saying which of them are noise."""

import strawberry

from actions.alerts.noise import mark_noise, unmark_noise
from actions.alerts.snoozes import snooze_alert, unsnooze_alert
from resolvers.mutations.fields import mutation
from schema import payloads
from schema.inputs import noise


@strawberry.type
class NoiseMutation:
    snooze_alert: payloads.AlertPayload | None = mutation(
        snooze_alert,
        noise.SnoozeAlertInput,
        description="Make an alert, or its whole group, quiet until a moment. If it still fires then it wakes: in its"
        " incident, which is paged for again, or routed as a new one. CONFLICT for one that is over or held back.",
    )
    unsnooze_alert: payloads.AlertPayload | None = mutation(
        unsnooze_alert,
        noise.UnsnoozeAlertInput,
        description="Wake an alert that is snoozed. What still fires is loud again within seconds.",
    )
    mark_noise: payloads.AlertPayload | None = mutation(
        mark_noise,
        noise.MarkNoiseInput,
        description="Say that an alert told nothing, and why. It changes nothing else; reports on alert fatigue count"
        " it.",
    )
    unmark_noise: payloads.AlertPayload | None = mutation(
        unmark_noise, noise.UnmarkNoiseInput, description="Take back that an alert is noise."
    )
