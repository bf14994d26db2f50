"""Steps whose order at a vendor is called off: they hear of it, and their runs don't wait for ever."""

from actions.endings import cancel_incident
from actions.outward.settings import save_integration
from actions.visibility_changes import change_visibility
from models.words import Visibility
from tests.workflows.conftest import note

STEPS = ("workflow.match", "workflow.advance")
STOPS = {"on_failure": "STOP"}


async def connect(works, vendor, **configuration):
    await works.world.do(save_integration, works.world.ada, vendor=vendor, configuration=configuration)


async def test_a_run_goes_on_when_what_it_announces_becomes_private_first(works):
    await connect(works, "slack", token="xoxb-1", announcement_channel="C0HALL")
    await works.save({"announce": STOPS}, note("Told."))
    incident = await works.declare()
    await works.run(*STEPS)
    assert await works.became() == ("WAITING", ["UNDER_WAY", "PENDING"])
    given = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "A leak."}
    await works.world.do(change_visibility, works.world.ben, **given)
    await works.run()
    assert await works.became() == ("DONE", ["CALLED_OFF", "DONE"])
    (run,) = await works.runs()
    assert "private" in (await works.steps(run))[0].words


async def test_a_run_ends_with_an_incident_that_is_over_before_anybody_is_paged(works):
    await connect(works, "pagerduty", routing_key="0" * 32)
    await works.save({"page": STOPS}, note("Paged."))
    incident = await works.declare()
    await works.run(*STEPS)
    assert await works.became() == ("WAITING", ["UNDER_WAY", "PENDING"])
    await works.world.do(cancel_incident, works.world.ben, incident=incident.reference, reason="No.")
    await works.run()
    assert await works.became() == ("CANCELLED", ["CALLED_OFF", "CALLED_OFF"])
