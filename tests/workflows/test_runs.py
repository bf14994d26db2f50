"""From an event to the last step: once each, where it stood, with words for whatever went wrong."""

import pytest
from sqlalchemy import select

from actions.endings import cancel_incident
from actions.entries import add_entry
from actions.outward.settings import save_integration
from actions.severity_changes import change_severity
from actions.workflows.matching import match_events
from actions.workflows.saving import save_workflow
from core import ids
from integrations.failures import Permanent, Retryable
from models.integration import Integration, OutwardAction
from models.words import EntryKind, IncidentKind, Visibility
from tests.workflows.conftest import note


async def test_an_event_begins_it_once_however_often_it_is_looked_at(works):
    await works.save(note("one"), note("two"))
    incident = await works.declare()
    (job,) = await works.world.jobs("workflow.match")
    await works.run()
    assert await match_events(works.world.database, **job.args) == 0
    await works.run()
    assert await works.lines(incident) == ["one", "two"]
    assert await works.became() == ("DONE", ["DONE", "DONE"])


async def test_a_change_queues_at_most_one_job_and_none_where_nothing_waits_for_it(works):
    incident = await works.declare()
    before = len(await works.world.jobs("workflow.match"))
    for number in range(3):
        await works.save(*[note("x")] * 20, key=f"w{number}", trigger={"events": ["entry.added"]})
    await works.declare()
    assert len(await works.world.jobs("workflow.match")) == before + 1, "the defaults wait for declarations"
    await works.world.do(add_entry, works.world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="x")
    assert len(await works.world.jobs("workflow.match")) == before + 2


async def test_conditions_decide_and_what_is_off_does_not_begin(works):
    await works.save(note("sev2"), key="two", conditions={"severities": ["SEV2"]})
    await works.save(note("drill"), key="exercise", conditions={"kinds": ["DRILL"]})
    await works.save(note("off"), key="off", enabled=False)
    first = await works.declare(severity="SEV2")
    second = await works.declare(kind=IncidentKind.DRILL)
    past = await works.declare(kind=IncidentKind.BACKFILLED, severity="SEV2")
    await works.run()
    assert [await works.lines(each) for each in (first, second, past)] == [["sev2"], ["drill"], []]


async def test_steps_are_signed_by_the_workflow(works):
    await works.save(note("one"))
    incident = await works.declare()
    await works.run()
    (event,) = await works.world.events(incident.id, "entry.added")
    (run,) = await works.runs()
    assert (event.actor_kind, event.actor_id) == ("WORKFLOW", run.id)


async def test_what_fails_is_told_with_what_to_mend_and_others_go_on(works):
    await works.save({"assign_role": {"name": "Lead", "role": "commander", "reporter": True}}, note("after"))
    incident = await works.world.do(_declared_by_nobody, works.world)
    await works.run()
    assert await works.became() == ("FAILED", ["FAILED", "DONE"])
    assert await works.lines(incident) == ["after"]
    (failed,) = await works.world.events(incident.id, "workflow.step_failed")
    assert failed.number is not None, "the commander sees it on the timeline"
    assert await works.world.text_of(failed.id) == ("No person brought this incident up. Assign the role by hand.")


async def _declared_by_nobody(session, world):
    from actions.declarations import declare_incident  # noqa: PLC0415
    from auth.actor import SYSTEM  # noqa: PLC0415

    del world
    return await declare_incident(session, SYSTEM, title="Odd", severity="SEV1")


async def test_a_failure_stops_the_rest_where_that_is_wished(works):
    await works.save({"assign_role": {"role": "commander", "reporter": True, "on_failure": "STOP"}}, note("after"))
    incident = await works.world.do(_declared_by_nobody, works.world)
    await works.run()
    assert await works.became() == ("FAILED", ["FAILED", "CALLED_OFF"])
    assert await works.lines(incident) == []


async def test_what_is_not_connected_is_skipped_with_words(works):
    await works.save({"open_channel": {}}, {"open_bridge": {}}, {"open_ticket": {}})
    await works.declare()
    await works.run()
    (run,) = await works.runs()
    assert [step.words for step in await works.steps(run)] == [
        "No chat is connected.",
        "No bridge is connected.",
        "No ticket system is connected.",
    ]
    assert await works.became() == ("DONE", ["SKIPPED"] * 3)


async def test_a_vendor_s_answer_reaches_the_step_while_others_went_on(works, stubborn, account):
    assert account
    stubborn.does = [(Retryable("It is asleep.", after=30.0), None)]
    await works.save({"open_bridge": {"integration": "calls"}}, note("after"))
    incident = await works.declare()
    ((_, later),) = await works.run()
    assert await works.lines(incident) == ["after"]
    assert await works.became() == ("WAITING", ["UNDER_WAY", "DONE"])
    await works.pass_time(seconds=later.seconds + 1)
    assert await works.became() == ("DONE", ["DONE", "DONE"])
    (run,) = await works.runs()
    assert (await works.steps(run))[0].outputs["url"] == f"https://calls.example/{incident.reference}"
    assert len(stubborn.calls[incident.reference]) == 1


async def test_of_several_that_can_do_it_the_oldest_that_works_is_taken(works, stubborn, account):
    given = {"base_url": "https://calls.example", "token": "s3cret"}
    save = {"vendor": "stubborn", "key": "spare", "configuration": given}
    await works.world.do(save_integration, works.world.ada, **save)
    async with works.world.database.unit_of_work() as session:
        (await session.get_one(Integration, account.id)).signed_out_at = works.world.clock.now()
    await works.save({"open_bridge": {}})
    incident = await works.declare()
    await works.run()
    assert await works.became() == ("DONE", ["DONE"])
    assert len(stubborn.calls[incident.reference]) == 1
    async with works.world.database.reading() as reader:
        (order,) = await reader.rows(OutwardAction, select(OutwardAction))
    assert order.integration_id != account.id


@pytest.mark.parametrize(("stop", "expected"), [(False, ["FAILED", "DONE"]), (True, ["FAILED", "CALLED_OFF"])])
async def test_a_vendor_s_refusal_counts_as_the_step_s(works, stubborn, account, stop, expected):
    assert account
    stubborn.does = [(Permanent("Give it the scope calls:write."), None)]
    step = {"open_bridge": {"on_failure": "STOP" if stop else "CONTINUE"}}
    await works.save(step, note("after"))
    incident = await works.declare()
    await works.run()
    assert await works.became() == ("FAILED", expected)
    (run,) = await works.runs()
    assert (await works.steps(run))[0].words == "Give it the scope calls:write."
    assert len(await works.world.events(incident.id, "outward.failed")) == 1
    assert await works.world.events(incident.id, "workflow.step_failed") == [], "it is told once"


async def test_an_end_calls_off_what_is_left_and_what_the_end_began_goes_on(works):
    await works.save(note("one"), {"wait": {"minutes": 5}}, note("two"))
    await works.save(note("over"), key="over", trigger={"events": ["incident.cancelled"]})
    incident = await works.declare()
    await works.run()
    await works.world.do(cancel_incident, works.world.ben, incident=incident.reference, reason="No.")
    await works.pass_time(minutes=6)
    assert await works.became() == ("CANCELLED", ["DONE", "CALLED_OFF", "CALLED_OFF"])
    assert await works.became("over") == ("DONE", ["DONE"])
    assert await works.lines(incident) == ["one", "over"]


async def test_it_waits_and_goes_on_when_its_time_has_come(works):
    await works.save(note("one"), {"wait": {"minutes": 5}}, note("two"))
    incident = await works.declare()
    await works.run()
    await works.pass_time(minutes=4)
    assert await works.lines(incident) == ["one"]
    assert await works.became() == ("WAITING", ["DONE", "WAITING", "PENDING"])
    await works.pass_time(minutes=2)
    assert await works.lines(incident) == ["one", "two"]


async def test_a_run_keeps_the_version_that_it_began_with(works):
    saved = await works.save({"wait": {"minutes": 5}}, note("old"))
    incident = await works.declare()
    await works.run()
    definition = {"trigger": {"events": ["incident.declared"]}, "steps": [note("new")]}
    reference = ids.encode("Workflow", saved.id)
    await works.world.do(save_workflow, works.world.ada, id=reference, definition=definition)
    await works.pass_time(minutes=6)
    assert await works.lines(incident) == ["old"]
    other = await works.declare()
    await works.run()
    assert await works.lines(other) == ["new"]


async def test_it_does_not_answer_to_itself_nor_in_circles(works):
    await works.save(note("x"), trigger={"events": ["entry.added"]})
    await works.save({"set_fields": {"labels": {"ping": "1"}}}, key="ping", trigger={"events": ["task.added"]})
    await works.save({"add_tasks": {"titles": ["Pong"]}}, key="pong", trigger={"events": ["incident.edited"]})
    incident = await works.declare()
    await works.world.do(add_entry, works.world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="mine")
    from actions.tasks import add_task  # noqa: PLC0415

    await works.world.do(add_task, works.world.ben, incident=incident.reference, title="Look")
    await works.run()
    assert await works.lines(incident) == ["mine", "x"]
    assert [str(run.state) for run in await works.runs()] == ["DONE", "CANCELLED"]
    assert (await works.runs())[1].words == "Not begun: it would answer to what it did itself."
    assert [str(run.state) for run in await works.runs("ping")] == ["DONE", "CANCELLED"]
    assert [str(run.state) for run in await works.runs("pong")] == ["DONE"]


async def test_workflows_lead_to_one_another_only_so_deep(works):
    kinds = ["task.added", "entry.added", "incident.edited", "incident.severity_changed", "role.assigned"]
    does = [
        note("x"),
        {"set_fields": {"title": "Other"}},
        {"set_fields": {"severity": "SEV2"}},
        {"assign_role": {"role": "scribe", "reporter": True}},
        {"set_fields": {"labels": {"end": "1"}}},
    ]
    for kind, step in zip(kinds, does, strict=True):
        await works.save(step, key=kind.replace(".", "-").replace("_", "-"), trigger={"events": [kind]})
    incident = await works.declare()
    from actions.tasks import add_task  # noqa: PLC0415

    await works.world.do(add_task, works.world.ben, incident=incident.reference, title="Look")
    await works.run()
    (last,) = await works.runs("role-assigned")
    assert (str(last.state), last.words) == ("CANCELLED", "Not begun: 4 workflows led to one another before it.")


async def test_it_begins_by_itself_only_so_often(works):
    await works.save(note("x"), trigger={"events": ["incident.severity_changed"]}, limit=2)
    incident = await works.declare()
    for severity in ("SEV2", "SEV3", "SEV1"):
        await works.world.do(change_severity, works.world.ben, incident=incident.reference, severity=severity)
        await works.run()
    assert await works.lines(incident) == ["x", "x"]


async def test_of_private_incidents_nobody_else_learns(works):
    from actions.webhooks import create_webhook  # noqa: PLC0415

    hook, _ = await works.world.do(
        create_webhook, works.world.ada, url="https://hooks.example.org/a", kinds=["task.added"]
    )
    await works.save({"call_webhook": {"webhook": ids.encode("Webhook", hook.id)}}, note("after"))
    await works.declare(visibility=Visibility.PRIVATE)
    await works.run()
    assert await works.became() == ("DONE", ["SKIPPED", "DONE"])
    assert await works.world.jobs("webhook.send") == []


async def test_an_integration_that_goes_is_said_so(works, stubborn, account):
    assert stubborn
    await works.save({"open_bridge": {"integration": "calls"}}, note("after"))
    await works.world.do(save_integration, works.world.ada, id=ids.encode("Integration", account.id), archived=True)
    incident = await works.declare()
    await works.run()
    assert await works.became() == ("FAILED", ["FAILED", "DONE"])
    (failed,) = await works.world.events(incident.id, "workflow.step_failed")
    assert (await works.world.text_of(failed.id)).startswith("There is no integration 'calls'.")
