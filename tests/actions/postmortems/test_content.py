"""What a postmortem says of an incident, section by section, without blame."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from sqlalchemy import text

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.edits import edit_incident
from actions.merges import merge_incident
from actions.reminders import sweep_due
from actions.roles import assign_role, relinquish_role
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.timestamps import correct_timestamp
from actions.updates import edit_update, publish_update, withdraw_update
from core import ids
from models.words import (
    ActionItemState,
    Audience,
    ComponentStatus,
    EntryKind,
    IncidentKind,
    IncidentTimestamp,
    PublicStatus,
    Stage,
)
from tests.actions.alerting import Monitor, firing, rule
from tests.actions.alerting import resolved as ended
from tests.actions.postmortems.incident import assemble, declared, events_by_id, note, resolve, resolved, written
from tests.world import PEOPLE


@dataclass
class Said:
    component: str
    status: ComponentStatus


async def publish(world, who, incident, body, audience=Audience.INTERNAL, **more):
    return await world.do(publish_update, who, incident=incident.reference, audience=audience, body=body, **more)


async def kinds_behind(world, statements, section):
    """The kinds of the events that each statement of a section rests on."""
    events = await events_by_id(world)
    return [[events[key].kind for key in s.source_ids] for s in statements if s.section == section]


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
        ["incident.declared"],
    ]


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


async def test_people_are_named_in_the_section_of_roles_only(world):
    incident = await declared(world)
    reference = incident.reference
    task = await world.do(add_task, world.chi, incident=reference, title="Roll back")
    await world.do(claim_task, world.chi, task=ids.encode("Task", task.id))
    await note(world, world.chi, incident, "Rolling back", EntryKind.ACTION)
    await world.do(assign_role, world.ben, incident=reference, role="commander", user=world.id_of("chi"))
    await note(world, world.chi, incident, "We roll back", EntryKind.DECISION)
    await world.do(relinquish_role, world.chi, incident=reference, role="commander")
    await publish(world, world.chi, incident, "We are on it")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    names = [word for full_name, _ in PEOPLE.values() for word in full_name.split()]
    for key, section in postmortem.sections.items():
        assert key == "roles" or not [name for name in names if name in section.markdown]
    lines = [line.partition(" — ")[2] for line in postmortem.texts("timeline")]
    assert "Action by a responder: Rolling back" in lines
    assert "Decision by the Incident Commander: We roll back" in lines
    assert "A responder claimed the task “Roll back”." in lines
    assert [line for line in lines if line.startswith("Incident Commander")] == [
        "Incident Commander was filled.",
        "Incident Commander was handed over.",
        "Incident Commander was given up.",
    ]


async def test_a_hand_over_is_told_with_its_moment(world):
    incident = await declared(world)
    world.clock.advance(minutes=54)
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    handed = "2026-11-24 04:00 UTC"
    assert postmortem.texts("roles") == [
        f"Incident Commander: Ben Silva, from 2026-11-24 03:06 UTC to {handed}, then handed over to Chi Tran.",
        f"Incident Commander: Chi Tran, from {handed} to the end.",
        "Technical Lead: never filled.",
        "Communications Lead: never filled.",
    ]
    assert await kinds_behind(world, postmortem.statements, "roles") == [
        ["role.assigned", "role.assigned"],
        ["role.assigned"],
        ["incident.declared"],
        ["incident.declared"],
    ]


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


async def test_alerts_are_told_with_their_end(world):
    await rule(world, severity="SEV2")
    monitor = await Monitor.create(world)
    receipt = await monitor.sends(firing("db1"), firing("db2"))
    await monitor.sends(firing("db2"))
    await monitor.sends(ended("db1"))
    incident = await world.do(declare_incident, world.ben, incident=receipt.incident, severity="SEV2")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("alerts") == [
        "2026-11-24 02:50 UTC — “db1 is down” from Prometheus, resolved at 2026-11-24 02:55 UTC.",
        "2026-11-24 02:50 UTC — “db2 is down” from Prometheus, reported 2 times, not resolved.",
    ]
    assert (await kinds_behind(world, postmortem.statements, "alerts"))[0] == ["alert.received", "alert.resolved"]


async def test_updates_are_told_with_how_they_kept_their_promise(world):
    incident = await declared(world)
    world.clock.advance(minutes=20)
    await publish(world, world.chi, incident, "We look into it")  # promised within 30 min of the declaration
    world.clock.advance(minutes=34)
    await publish(world, world.chi, incident, "Found")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("updates") == [
        "2026-11-24 03:26 UTC — internal, on time: We look into it",
        "2026-11-24 04:00 UTC — internal, 4 min late: Found",
    ]
    assert "The internal update of 2026-11-24 04:00 UTC came 4 min late." in postmortem.texts("what_went_badly")
    assert not [line for line in postmortem.texts("what_went_well") if "on time" in line]


async def test_promises_that_were_all_kept_went_well(world):
    incident = await declared(world)
    for _ in range(2):
        world.clock.advance(minutes=20)
        await publish(world, world.chi, incident, "Still at it")
    await resolve(world, incident, after=timedelta(0))
    assert (await assemble(world, incident.id)).texts("what_went_well") == ["All 2 promised updates came on time."]


async def test_withdrawn_words_are_not_repeated(world):
    incident = await declared(world)
    first = await publish(world, world.chi, incident, "All data is lost")
    await world.do(withdraw_update, world.chi, update=ids.encode("Update", first.id), reason="Wrong")
    second = await publish(world, world.chi, incident, "It is slow")
    await world.do(edit_update, world.chi, update=ids.encode("Update", second.id), body="It was slow")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    texts = postmortem.texts("updates")
    assert texts[0].endswith("internal, on time, withdrawn later")
    assert texts[1].endswith("edited later: It was slow")
    assert "All data is lost" not in postmortem.markdown


async def test_roles_that_were_filled_in_time_went_well(world):
    incident = await declared(world)
    for role, person in (("technical_lead", "chi"), ("communications_lead", "dov")):
        await world.do(assign_role, world.ben, incident=incident.reference, role=role, user=world.id_of(person))
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert "Every required role was filled within 10 min." in postmortem.texts("what_went_well")


async def test_reminders_that_had_to_be_sent_went_badly(world):
    incident = await declared(world)
    world.clock.advance(minutes=11)
    assert await sweep_due(world.database)
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("what_went_badly") == [
        "2026-11-24 03:17 UTC — Still vacant: Technical Lead, Communications Lead."
    ]


async def test_response_times_come_with_their_definitions(world):
    incident = await resolved(world)
    postmortem = await assemble(world, incident.id)
    assert [line.split(". ")[0] for line in postmortem.texts("response_times")] == [
        "Time to detect (MTTD): 4 min",
        "Time to acknowledge (MTTA): 2 min",
        "Time to mitigate (MTTM): 36 min",
        "Time to resolve (MTTR): 46 min",
    ]
    assert all(" From " in line for line in postmortem.texts("response_times"))
    assert await kinds_behind(world, postmortem.statements, "response_times") == [
        ["incident.reported", "incident.declared"],
        ["incident.reported", "incident.declared"],
        ["incident.declared", "incident.stage_changed"],
        ["incident.declared", "incident.stage_changed"],
    ]


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


async def test_hypotheses_are_offered_as_contributing_factors(world):
    incident = await declared(world)
    await note(world, world.chi, incident, "The pool is too small", EntryKind.HYPOTHESIS)
    await note(world, world.chi, incident, "Just a note")
    await resolve(world, incident)
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("contributing_factors") == ["Hypothesis at 2026-11-24 03:06 UTC: The pool is too small"]


async def test_action_items_belong_to_teams(world):
    incident = await resolved(world)
    item = await world.do(
        add_action_item,
        world.chi,
        incident=incident.reference,
        title="Load-test pool sizes",
        owner="payments",
        assignee=world.id_of("chi"),
        due_on=date(2026, 12, 1),
    )
    await world.do(
        change_action_item, world.chi, action_item=ids.encode("ActionItem", item.id), state=ActionItemState.IN_PROGRESS
    )
    postmortem = await assemble(world, incident.id)
    assert postmortem.texts("action_items") == [
        "Load-test pool sizes — Payments, priority 3, in progress, due on 2026-12-01."
    ]
    assert await kinds_behind(world, postmortem.statements, "action_items") == [
        ["action_item.added", "action_item.changed"]
    ]


async def test_a_reason_is_told_where_it_was_given(world):
    incident = await declared(world)
    await world.do(
        change_stage, world.ben, incident=incident.reference, stage=Stage.MITIGATION, note="Rolled back to 4.1"
    )
    await resolve(world, await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESPONSE))
    lines = (await assemble(world, incident.id)).texts("timeline")
    assert any(line.endswith("from response to mitigation: Rolled back to 4.1") for line in lines)


@pytest.mark.parametrize("key", ["contributing_factors", "what_went_well", "what_went_badly", "where_we_were_lucky"])
async def test_what_only_people_know_is_asked_for(world, key):
    section = (await assemble(world, (await resolved(world)).id)).sections[key]
    assert "To fill in:" in section.markdown
    assert "?_" in section.markdown
    assert " who " not in section.markdown.lower()


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
