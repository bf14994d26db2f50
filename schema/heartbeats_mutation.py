"""What is done about heartbeats."""

import strawberry

from actions.heartbeats.pausing import pause_heartbeat, resume_heartbeat
from actions.heartbeats.saving import create_heartbeat, rotate_heartbeat_key, save_heartbeat
from resolvers.fields import batched
from resolvers.heartbeats import heartbeat_urls
from resolvers.mutations.fields import made, mutation
from schema.inputs import heartbeats
from schema.payloads import Payload
from schema.types.heartbeat import Heartbeat


@strawberry.type(description="A heartbeat that was changed.")
class HeartbeatPayload(Payload):
    heartbeat: Heartbeat = batched(made("Heartbeat"), description="The heartbeat as it is now.")


@strawberry.type(description="A heartbeat that was given an address.")
class HeartbeatAddressPayload(Payload):
    heartbeat: Heartbeat = batched(made("Heartbeat"), description="The heartbeat as it is now.")
    report_url: str | None = batched(
        heartbeat_urls,
        description="Where it reports: by GET, HEAD or POST; with `/fail` or an exit status behind it. Shown once: null"
        " when a request is repeated.",
    )


@strawberry.type
class HeartbeatsMutation:
    create_heartbeat: HeartbeatAddressPayload | None = mutation(
        create_heartbeat,
        heartbeats.CreateHeartbeatInput,
        description="Have a monitor report every so often, so that its silence is an alert from its first report on."
        " CONFLICT for more than 1,000. Needs the permission to administer.",
    )
    save_heartbeat: HeartbeatPayload | None = mutation(
        save_heartbeat,
        heartbeats.SaveHeartbeatInput,
        description="Change a heartbeat, or close its address, which ends its alert. Needs the permission to"
        " administer.",
    )
    pause_heartbeat: HeartbeatPayload | None = mutation(
        pause_heartbeat,
        heartbeats.PauseHeartbeatInput,
        description="Wait for no report until it is resumed; its alert is over. CONFLICT for one that is archived."
        " Needs the permission for alerts (responders have it).",
    )
    resume_heartbeat: HeartbeatPayload | None = mutation(
        resume_heartbeat,
        heartbeats.ResumeHeartbeatInput,
        description="Wait for its reports again, from now on. Needs the permission for alerts.",
    )
    rotate_heartbeat_key: HeartbeatAddressPayload | None = mutation(
        rotate_heartbeat_key,
        heartbeats.RotateHeartbeatKeyInput,
        description="Give a heartbeat another address; the one before stays good for a while. Needs the permission to"
        " administer.",
    )
