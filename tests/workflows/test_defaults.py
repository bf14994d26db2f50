"""What Muster starts with: nothing to set up, nothing in the way."""

import pytest
from sqlalchemy import update

from actions.outward.settings import save_integration
from actions.runbooks.saving import save_runbook
from actions.severity_changes import change_severity
from models.words import IncidentKind, Visibility
from models.workflow import Workflow

SKIPPED = ["SKIPPED"]


@pytest.fixture
async def ready(works):
    """The workflows that Muster starts with are on, as they are for everybody."""
    async with works.world.database.unit_of_work() as session:
        await session.execute(update(Workflow).values(enabled=True))
    return works


@pytest.mark.parametrize(
    ("given", "key", "states"),
    [
        ({"severity": "SEV1"}, "sev1", ["SKIPPED"] * 6),
        ({"severity": "SEV2"}, "sev2", ["SKIPPED"] * 6),
        ({"severity": "SEV3"}, "sev3", ["SKIPPED"] * 3),
        ({"visibility": Visibility.PRIVATE}, "security", ["SKIPPED", "SKIPPED", "DONE"]),
        ({"kind": IncidentKind.DRILL}, "drill", ["SKIPPED", "SKIPPED", "DONE"]),
    ],
)
async def test_each_has_its_incidents_and_skips_what_is_not_connected(ready, given, key, states):
    incident = await ready.declare(**given)
    await ready.run()
    assert await ready.became(key) == ("DONE", states)
    for other in {"sev1", "sev2", "sev3", "security", "drill"} - {key}:
        assert await ready.runs(other) == []
    assert await ready.world.events(incident.id, "workflow.step_failed") == []


async def test_what_is_connected_is_opened_and_once_though_the_severity_is_raised(ready):
    world = ready.world
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    incident = await ready.declare(severity="SEV2")
    await ready.run()
    for severity in ("SEV1", "SEV2", "SEV1"):
        await world.do(change_severity, world.ben, incident=incident.reference, severity=severity)
        await ready.run()
    assert await ready.became("sev2") == await ready.became("sev1") == ("DONE", [*SKIPPED * 2, "DONE", *SKIPPED * 3])
    (opened,) = await world.events(incident.id, "outward.done")
    (run,) = await ready.runs("sev1")
    assert (await ready.steps(run))[2].outputs["url"] == opened.data["url"]


async def test_the_runbooks_of_its_service_are_opened_and_those_for_all_wait_to_be_chosen(ready):
    world = ready.world
    for name, given in {"Checkout": {"service": "checkout-api"}, "SEV1": {"severity": "SEV1"}, "All": {}}.items():
        await world.do(save_runbook, world.dov, name=name, body=f"- [ ] Look at {name}", **given)
    incident = await ready.declare(severity="SEV1", services=["checkout-api"])
    await ready.run()
    (run,) = await ready.runs("sev1")
    step = (await ready.steps(run))[-1]
    assert (step.state, step.words) == ("DONE", "Opened: Checkout, SEV1.")
    added = await world.events(incident.id, "task.added")
    assert [event.data["title"] for event in added] == ["Look at Checkout", "Look at SEV1"]
