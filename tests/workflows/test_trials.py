"""Trying a workflow without doing anything, and replaying it against what has happened."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from actions.declarations import declare_incident
from actions.outward.settings import save_integration
from actions.severity_changes import change_severity
from actions.templates.saving import save_update_template
from actions.webhooks import create_webhook
from actions.workflows.rehearsing import dry_run_workflow
from core import ids
from core.errors import DomainError
from models.words import Audience, IncidentKind, PublicStatus, Visibility
from tests.actions.paging.calls import policy, step
from tests.journeys.product import serving
from tests.workflows.conftest import DECLARED, note

EVERYTHING = [
    {"open_ticket": {}},
    {"open_channel": {}},
    {"assign_role": {"role": "scribe", "reporter": True}},
    {"add_tasks": {"titles": ["Look", "Listen"]}},
    note("Begun."),
    {"publish_update": {"body": "We look."}},
    {"publish_update": {"template": "Broken"}},
    {"set_fields": {"severity": "SEV2", "labels": {"a": "b"}}},
    {"wait": {"minutes": 5}},
    {"ask": {"question": "Shall we?"}},
]


@pytest.fixture
async def counted():
    """A server that counts what it is asked."""
    asked = []

    async def answer(request):
        asked.append(request.url.path)
        return JSONResponse({"number": 1, "html_url": "https://github.example/1"})

    methods = ["GET", "POST", "PATCH"]
    async with serving(Starlette(routes=[Route("/{path:path}", answer, methods=methods)])) as address:
        yield asked, address


CREDENTIALS = "access_token"
"""What notes when it was used."""


async def rows(world):
    """All rows of all tables."""
    async with world.database.reading() as reader:
        tables = await reader.execute(
            text("select table_name from information_schema.tables where table_schema='public'")
        )
        return {
            name: (await reader.execute(text(f'select * from "{name}" order by 1')))
            for (name,) in tables
            if name != CREDENTIALS
        }


async def test_a_dry_run_does_nothing_whatever_it_tells(works, counted):
    asked, address = counted
    world = works.world
    config = {"token": "x", "repository": "acme/shop", "base_url": address}
    await world.do(save_integration, world.ada, vendor="github", configuration=config)
    hook, _ = await world.do(create_webhook, world.ada, url=f"{address}/hook")
    template = {"audience": Audience.PUBLIC, "status": PublicStatus.INVESTIGATING, "body": "We look into it."}
    await world.do(save_update_template, world.ada, name="Broken", title="Slow", variables=[], **template)
    steps = [*EVERYTHING, {"call_webhook": {"webhook": ids.encode("Webhook", hook.id)}}]
    await works.save(*steps, trigger={"manual": True})
    incident = await works.declare()
    await works.run()
    asked.clear()
    before = await rows(world)
    async with world.database.rehearsal() as session:
        found = await dry_run_workflow(session, world.ada, incident=incident.reference, workflow="ours")
    assert await rows(world) == before
    await works.run()
    assert asked == []
    assert [str(step.state) for step in found.steps] == [
        *("UNDER_WAY", "SKIPPED", "DONE", "DONE", "DONE", "DONE", "DONE", "DONE", "WAITING", "WAITING", "DONE")
    ]
    told = {step.kind: step.events for step in found.steps}
    assert told["add_tasks"] == ["task.added", "task.added"]
    assert told["set_fields"] == ["incident.severity_changed", "incident.edited"]
    assert found.steps[1].words == "No chat is connected."


async def test_a_dry_run_tells_of_failures_and_goes_on_or_stops(works):
    world = works.world
    incident = await works.declare()
    steps = [
        {"set_fields": {"severity": "SEV2", "labels": {str(n): "x" for n in range(40)}}},
        {"set_fields": {"title": "Half", "labels": {f"more{n}": "x" for n in range(40)}}},
        {"assign_role": {"role": "scribe", "user": world.id_of("eve"), "on_failure": "STOP"}},
        {"set_fields": {"labels": {f"most{n}": "x" for n in range(40)}, "on_failure": "STOP"}},
        note("never"),
    ]
    definition = {"trigger": DECLARED, "steps": steps}
    async with world.database.rehearsal() as session:
        found = await dry_run_workflow(session, world.ada, incident=incident.reference, definition=definition)
    assert [str(step.state) for step in found.steps] == ["DONE", "FAILED", "DONE", "FAILED", "CALLED_OFF"]


async def test_what_does_not_fit_would_not_begin_and_strangers_see_nothing(works):
    world = works.world
    definition = {"trigger": DECLARED, "conditions": {"severities": ["SEV3"]}, "steps": [note("x")]}
    incident, private = await works.declare(), await works.declare(visibility=Visibility.PRIVATE)
    async with world.database.rehearsal() as session:
        found = await dry_run_workflow(session, world.ada, incident=incident.reference, definition=definition)
        assert (found.fits, found.steps) == (False, [])
        for who, reference, code in ((world.ada, private, "NOT_FOUND"), (world.dov, incident, "FORBIDDEN")):
            with pytest.raises(DomainError) as error:
                await dry_run_workflow(session, who, incident=reference.reference, definition=definition)
            assert error.value.code == code


WAIT = {"wait": {"minutes": 1}}

REPLAY = """query ($input: ReplayWorkflowInput!) {
  replayWorkflow(input: $input) { events complete unknown runs { incident { reference } event { kind } } }
}"""


async def replayed(client, world, definition, **more):
    """What would have begun it since yesterday."""
    now = world.clock.now()
    since, until = (now - timedelta(days=1)).isoformat(), (now + timedelta(minutes=1)).isoformat()
    given = {"definition": definition, "since": since, "until": until, **more}
    return (await client.answer(REPLAY, {"input": given}, by="ada"))["data"]["replayWorkflow"]


async def test_a_replay_judges_incidents_as_they_were(client, world, works):
    first = await works.declare(severity="SEV2", labels={"region": "eu"})
    second = await works.declare(severity="SEV1")
    await works.declare(severity="SEV2", kind=IncidentKind.BACKFILLED)
    hidden = await works.declare(severity="SEV2", visibility=Visibility.PRIVATE)
    await world.do(change_severity, world.ben, incident=first.reference, severity="SEV1")
    await world.do(change_severity, world.ben, incident=second.reference, severity="SEV2")
    await world.do(change_severity, world.ben, incident=hidden.reference, severity="SEV1")
    events = {"events": ["incident.declared", "incident.severity_changed"]}
    definition = {"trigger": events, "conditions": {"severities": ["SEV2"]}, "steps": [WAIT]}
    before = await rows(world)
    found = await replayed(client, world, definition)
    assert await rows(world) == before
    assert (found["events"], found["complete"], found["unknown"]) == (5, True, 0)
    assert [(run["incident"]["reference"], run["event"]["kind"]) for run in found["runs"]] == [
        (first.reference, "incident.declared"),
        (second.reference, "incident.severity_changed"),
    ]


async def test_a_replay_knows_what_an_incident_was_like_that_paged_people_as_it_was_declared(client, world, works):
    """Muster itself pages them: the last event, with which the changes stand, is by another actor."""
    await policy(world, step(world, "ben"))
    incident = await works.declare(services=["checkout-api"])
    assert [event.actor_kind for event in await world.events(incident.id, "page.asked")] == ["SYSTEM"]
    definition = {"trigger": DECLARED, "conditions": {"severities": ["SEV1"]}, "steps": [WAIT]}
    found = await replayed(client, world, definition)
    assert (found["events"], found["unknown"], len(found["runs"])) == (1, 0, 1)


async def test_a_replay_keeps_the_limit_and_agrees_with_what_happened(client, world, works):
    trigger = {"events": ["incident.severity_changed", "role.assigned"]}
    conditions = {"any": [{"severities": ["SEV3"]}, {"services": ["checkout-api"]}]}
    await works.save(note("x"), trigger=trigger, conditions=conditions, limit=2)
    for services in ([], ["checkout-api"]):
        incident = await world.do(declare_incident, world.ben, title="Odd", severity="SEV1", services=services)
        for severity in ("SEV3", "SEV2", "SEV3", "SEV1"):
            await world.do(change_severity, world.ben, incident=incident.reference, severity=severity)
            await works.run()
    found = await replayed(client, world, {"trigger": trigger, "conditions": conditions, "limit": 2, "steps": [WAIT]})
    assert len(found["runs"]) == len(await works.runs()) == 4


async def test_only_what_events_begin_can_be_replayed_and_not_for_ever(client, world, works):
    assert works
    now = world.clock.now().isoformat()
    for given, field in (
        ({"definition": {"trigger": {"manual": True}, "steps": [{"wait": {"minutes": 1}}]}}, "workflow"),
        ({"workflow": "sev1", "since": "2020-01-01T00:00:00Z"}, "until"),
        ({}, "workflow"),
        ({"workflow": "none"}, "workflow"),
    ):
        asked = {"since": "2026-11-23T00:00:00Z", "until": now, **given}
        answer = await client.answer(REPLAY, {"input": asked}, by="ada")
        assert answer["errors"][0]["extensions"]["field"] == field
