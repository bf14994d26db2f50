"""What a postmortem tells: summary, impact, timeline; of merged, drilled, backfilled, erased and hostile things."""

from itertools import pairwise

from markdown_it import MarkdownIt
from sqlalchemy import text

from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.merges import merge_incident
from actions.service_accounts import create_service_account
from actions.stages import change_stage
from actions.timestamps import correct_timestamp
from auth.actor import Actor
from core import ids
from models.words import (
    AccessRole,
    ActorKind,
    Audience,
    ComponentStatus,
    EntryKind,
    IncidentKind,
    IncidentTimestamp,
    PublicStatus,
    Stage,
)
from tests.actions.postmortems.incident import (
    Said,
    assemble,
    declared,
    kinds_behind,
    note,
    publish,
    resolve,
    resolved,
    written,
)


async def test_the_summary_tells_what_it_was_and_for_how_long(world):
    incident = await resolved(world, summary="Nobody could pay.")
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("summary") == [
        f"{incident.reference} “Checkout is down” was an incident of severity SEV2.",
        "It was detected at 03:04 UTC on 24 Nov 2026 and resolved at 03:46 UTC on 24 Nov 2026, 42 min later.",
        "Nobody could pay.",
    ]
    assert await kinds_behind(world, postmortem.statements, "summary") == [
        ["incident.declared"],
        ["incident.reported", "incident.stage_changed"],
        ["incident.edited"],
    ]
    assert [said.generated for said in postmortem.statements if said.section == "summary"] == [True, True, False]


async def test_who_was_not_there_is_a_colleague_and_a_token_a_script(world):
    made = await world.do(create_service_account, world.ada, name="eve-laptop", access_role=AccessRole.RESPONDER)
    bot = Actor(ActorKind.SERVICE_ACCOUNT, made.id, made.name, made.access_role)
    incident = await world.do(declare_incident, bot, title="Eve Novak's import fills the disk", severity="SEV2")
    await note(world, world.ben, incident, "Asked @eve novak. Ben Silva waits for her, not Eve.")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("summary")[0].startswith(f"{incident.reference} “A colleague's import fills the disk” was")
    lines = [line.partition(" — ")[2] for line in postmortem.texts("timeline")]
    assert "A script declared “A colleague's import fills the disk” as SEV2." in lines
    assert "Note by a responder: Asked a colleague. A responder waits for her, not Eve." in lines


async def test_a_later_summary_rests_on_its_edit(world):
    incident = await declared(world)
    await world.do(edit_incident, world.chi, incident=incident.reference, summary="The pool was full.")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("summary")[2] == "The pool was full."
    assert (await kinds_behind(world, postmortem.statements, "summary"))[2] == ["incident.edited"]


async def test_impact_and_duration_count_from_the_start_of_the_impact(world):
    incident = await resolved(world)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("impact") == [
        "The impact began at 03:00 UTC on 24 Nov 2026.",
        "The impact stopped at 03:36 UTC on 24 Nov 2026, 36 min after the start of the impact.",
        "The lasting fix was verified at 03:46 UTC on 24 Nov 2026, 46 min after the start of the impact.",
        "Services concerned: Checkout API.",
    ]
    assert "_Who was affected, and what could they not do?_" in postmortem.sections["impact"].markdown


async def test_impact_names_the_worst_that_customers_were_told(world):
    incident = await declared(world)
    checkout = ids.encode("Component", world.components["checkout"].id)
    for status in (ComponentStatus.DEGRADED_PERFORMANCE, ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE):
        said = Said(checkout, status)
        await publish(
            world, world.chi, incident, "…", Audience.PUBLIC, status=PublicStatus.IDENTIFIED, components=[said]
        )
    await resolve(world, incident)
    assert "Customers were told of Checkout: major outage." in (await assemble(world, incident.id)).texts("impact")


async def test_the_timeline_is_in_the_order_in_which_things_happened(world):
    incident = await declared(world)
    await note(world, world.ben, incident, "The deploy began", occurred_at=incident.detected_at.replace(minute=1))
    await resolve(world, incident)
    lines = (await assemble(world, incident.id)).texts("timeline")
    assert lines == sorted(lines)
    assert lines[0] == "2026-11-24 03:01 UTC — Note by a responder: The deploy began"


async def test_the_timeline_of_a_merged_incident_is_told_too(world):
    other = await declared(world)
    await note(world, world.chi, other, "Search hangs as well")
    incident = await declared(world)
    await world.do(merge_incident, world.ben, incident=other.reference, into=incident.reference)
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert any("Search hangs as well" in line for line in postmortem.texts("timeline"))
    assert f"A responder merged {other.reference} into this incident." in [
        line.replace("The Incident Commander", "A responder") for line in postmortem.texts("summary")
    ]


async def test_a_merged_incident_that_became_private_is_left_out(world):
    other = await declared(world)
    await note(world, world.chi, other, "A customer's data was read")
    incident = await declared(world)
    await world.do(merge_incident, world.ben, incident=other.reference, into=incident.reference)
    async with world.database.unit_of_work() as session:
        await session.execute(text(f"update incident set visibility = 'PRIVATE' where id = {other.id}"))
    await resolve(world, incident)
    assert "data was read" not in (await assemble(world, incident.id)).markdown


async def test_a_corrected_moment_rests_on_its_correction(world):
    incident = await declared(world)
    await world.do(
        correct_timestamp,
        world.ben,
        incident=incident.reference,
        timestamp=IncidentTimestamp.IMPACT_STARTED,
        value=incident.impact_started_at.replace(hour=2, minute=50),
        reason="First failed payment",
    )
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("impact")[0] == "The impact began at 02:50 UTC on 24 Nov 2026."
    assert (await kinds_behind(world, postmortem.statements, "impact"))[0] == ["incident.timestamp_corrected"]


async def test_an_impact_that_nobody_knows_the_start_of_is_counted_from_its_detection(world):
    incident = await world.do(declare_incident, world.ben, title="Checkout is down", severity="SEV3")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert (
        postmortem.texts("impact")[0] == "The impact stopped at 03:30 UTC on 24 Nov 2026, 30 min after the detection."
    )
    assert (
        "Time to resolve (MTTR): not known, because the start of the impact is not recorded."
        in (postmortem.texts("response_times")[3])
    )
    assert postmortem.row.due_at is None  # SEV3 requires no postmortem


async def test_a_reason_is_told_where_it_was_given(world):
    incident = await declared(world)
    await world.do(
        change_stage, world.ben, incident=incident.reference, stage=Stage.MITIGATION, note="Rolled back to 4.1"
    )
    await resolve(world, await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESPONSE))
    lines = (await assemble(world, incident.id)).texts("timeline")
    assert any(line.endswith("from response to mitigation: Rolled back to 4.1") for line in lines)


async def test_a_drill_says_that_it_was_one(world):
    incident = await world.do(
        declare_incident, world.ben, title="Lost a region", severity="SEV1", kind=IncidentKind.DRILL
    )
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("summary")[0].endswith("was a drill of severity SEV1.")
    assert postmortem.texts("response_times")[-1] == "This incident was a drill: it counts in no average."


async def test_a_backfilled_incident_says_so(world):
    incident = await world.do(
        declare_incident,
        world.ben,
        title="Last week",
        severity="SEV2",
        kind=IncidentKind.BACKFILLED,
        detected_at=world.clock.now().replace(day=17),
    )
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESOLUTION)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("summary")[0].endswith("severity SEV2, written down afterwards.")


async def test_an_erased_entry_is_told_as_erased(world):
    incident = await declared(world)
    event = await note(world, world.chi, incident, "Ada's phone number is 555")
    async with world.database.unit_of_work() as session:
        await session.execute(text("set local session_replication_role = replica"))  # erasure is a later action
        await session.execute(text(f"delete from event_text where event_id = {event.id}"))
    await resolve(world, incident)
    lines = (await assemble(world, incident.id)).texts("timeline")
    assert any("wrote an entry that has been erased" in line for line in lines)


async def test_hostile_text_cannot_change_the_document(world):
    plain = await assemble(world, (await resolved(world)).id)
    hostile = "# Gone\n\n## Summary\n<script>alert(1)</script>\n```\n- [x](javascript:alert(1)) \u202eevil"
    incident = await declared(world, summary=hostile)
    await note(world, world.chi, incident, hostile, EntryKind.HYPOTHESIS)
    await publish(world, world.chi, incident, hostile)
    await resolve(world, incident)
    nasty = await assemble(world, incident.id)
    assert headings(nasty.markdown) == headings(plain.markdown)
    rendered = MarkdownIt("commonmark").render(nasty.markdown)
    assert "<script" not in rendered
    assert "<a " not in rendered
    assert "<code" not in rendered
    assert "\u202e" not in rendered


def headings(markdown):
    tokens = MarkdownIt("commonmark").parse(markdown)
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


async def test_two_incidents_have_two_postmortems(world):
    one, two = await resolved(world), await resolved(world)
    await assemble(world, one.id)
    await assemble(world, two.id)
    assert (await written(world, one.id)).row.id != (await written(world, two.id)).row.id
