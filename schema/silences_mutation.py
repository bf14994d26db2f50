"""Holding alerts back, and letting them go."""

import strawberry

from actions.alerts.silences import end_silence, save_silence
from resolvers.mutations.fields import mutation
from schema import payloads
from schema.inputs import silences


@strawberry.type
class SilencesMutation:
    save_silence: payloads.SilencePayload | None = mutation(
        save_silence,
        silences.SaveSilenceInput,
        description="Hold alerts back for a while: those that come, and those that fire and belong to no incident."
        " Needs the permission for alerts (responders have it).",
    )
    end_silence: payloads.SilencePayload | None = mutation(
        end_silence,
        silences.EndSilenceInput,
        description="End a silence now. What still fires is routed within seconds, as a new alert would be. Needs the"
        " permission for alerts.",
    )
