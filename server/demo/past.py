"""Three weeks ago: an incident that is over, with its postmortem and an action item that is still owed."""

from datetime import timedelta

from actions.action_items import add_action_item
from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.postmortems.factors import choose_factors
from actions.roles import assign_role
from actions.stages import change_stage
from actions.update_parts import ClaimInput
from actions.updates import publish_update
from models.words import ActionItemKind, Audience, ComponentStatus, EntryKind, PublicStatus, Stage
from server.demo.earlier import Factor
from server.demo.story import Story

WENT_WELL = "- We knew of it before the first customer wrote.\n- The restart was rehearsed and took nine minutes."


async def tell_the_past(story: Story, components: dict[str, str]) -> None:
    """Delivery tracking lagged for 48 minutes because a queue was full."""
    story.at(days=21, minutes=50)
    row = await story.do(
        declare_incident,
        "kenji",
        title="Tracking events pile up in the notifier's queue",
        severity="SEV2",
        services=["notifier"],
        impact_started_at=story.when(days=21, minutes=58),
    )
    reference = row.reference
    for role, person in (("commander", "lena"), ("technical_lead", "kenji"), ("communications_lead", "ines")):
        await story.do(assign_role, "kenji", incident=reference, role=role, user=story.id_of(person))
    tracking = components["Delivery tracking"]
    story.at(days=21, minutes=44)
    await story.do(
        publish_update,
        "ines",
        incident=reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.IDENTIFIED,
        public_title="Delivery tracking is late",
        body="Parcels move as planned, but their tracking is up to 40 minutes late. We know why and are catching up.",
        components=[ClaimInput(tracking, ComponentStatus.DEGRADED_PERFORMANCE)],
    )
    story.at(days=21, minutes=31)
    await story.do(
        add_entry, "kenji", incident=reference, kind=EntryKind.OBSERVATION, text="One consumer holds 90 % of the queue."
    )
    story.at(days=21, minutes=19)
    await story.do(
        change_stage, "lena", incident=reference, stage=Stage.MITIGATION, note="Consumer restarted, the queue drains."
    )
    story.at(days=21, minutes=2)
    await story.do(
        publish_update,
        "ines",
        incident=reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.RESOLVED,
        body="Delivery tracking is up to date again. No tracking event was lost.",
        components=[ClaimInput(tracking, ComponentStatus.OPERATIONAL)],
    )
    story.at(days=21)
    await story.do(change_stage, "lena", incident=reference, stage=Stage.RESOLUTION)
    await assemble_postmortem(story.database, row.id)
    story.at(days=19)
    await story.do(change_stage, "lena", incident=reference, stage=Stage.POSTMORTEM)
    await story.do(
        add_action_item,
        "lena",
        incident=reference,
        title="Limit what one consumer may take from the queue",
        owner="platform",
        assignee=story.id_of("kenji"),
        priority=2,
        kind=ActionItemKind.PREVENT,
        due_on=(story.end - timedelta(days=3)).date(),
    )
    await story.do(
        edit_postmortem, "lena", incident=reference, section="what_went_well", markdown=WENT_WELL, expected_version=1
    )
    factor = Factor("capacity", "One consumer may take all of the queue.")
    await story.do(choose_factors, "lena", incident=reference, factors=[factor], expected_version=2)
    await story.do(publish_postmortem, "ines", incident=reference)
