"""What a postmortem says of the response: roles, alerts, updates, response times; people named in one place only."""

from actions.declarations import declare_incident
from actions.roles import assign_role, relinquish_role
from actions.tasks import add_task, claim_task
from actions.updates import edit_update, withdraw_update
from core import ids
from models.words import (
    EntryKind,
)
from tests.actions.alerting import Monitor, firing, rule
from tests.actions.alerting import resolved as ended
from tests.actions.postmortems.incident import assemble, declared, kinds_behind, note, publish, resolve, resolved
from tests.world import PEOPLE


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
