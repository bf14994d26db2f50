"""What admins do about the sources of alerts."""

import strawberry

from actions.alerts.source_secrets import set_alert_source_secret
from actions.alerts.sources import save_alert_source
from actions.alerts.unread import replay_unread
from resolvers.fields import batched, column
from resolvers.mutations.fields import made, mutation
from resolvers.unread import replayed
from schema.inputs import connections
from schema.payloads import Payload
from schema.types.alert_source import AlertSource
from schema.types.unread_delivery import UnreadDelivery


@strawberry.type(description="An alert source that was given a secret, or had it taken away.")
class AlertSourceSecretPayload(Payload):
    source: AlertSource = batched(made("AlertSource"), description="The source as it is now.")
    secret: str | None = column(
        "The secret that was made. Shown once: null when a request is repeated, and for one that you gave."
    )


@strawberry.type(description="An alert source that was changed.")
class SavedAlertSourcePayload(Payload):
    source: AlertSource = batched(made("AlertSource"), description="The source as it is now.")


@strawberry.type(description="A delivery that is read again.")
class ReplayedDeliveryPayload(Payload):
    delivery: UnreadDelivery = batched(replayed, description="The delivery as it stands; a job reads it.")


@strawberry.type
class SourcesMutation:
    replay_unread_delivery: ReplayedDeliveryPayload | None = mutation(
        replay_unread,
        connections.ReplayUnreadDeliveryInput,
        description="Have a delivery read again of which no alerts could be made, as of when it came. CONFLICT if it"
        " was read by now. Needs the permission to administer.",
    )
    save_alert_source: SavedAlertSourcePayload | None = mutation(
        save_alert_source,
        connections.SaveAlertSourceInput,
        description="Rename an alert source, change how its bodies are read, or close its hook. Needs the permission to"
        " administer.",
    )
    set_alert_source_secret: AlertSourceSecretPayload | None = mutation(
        set_alert_source_secret,
        connections.SetAlertSourceSecretInput,
        description="Have a source take only what is signed with a secret, or replace the secret that it has; the one"
        " before stays good for a while. Needs the permission to administer.",
    )
