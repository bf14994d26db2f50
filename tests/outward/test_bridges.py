"""From the wish for a conference call to its address on the timeline, whatever the vendor does."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from actions.declarations import declare_incident
from actions.endings import cancel_incident
from actions.outward.bridges import open_bridge
from actions.outward.checks import Check, Result
from actions.outward.ledger import claim_action
from actions.outward.settings import check_integration, save_integration
from actions.outward.stranded import sweep_stranded
from core import ids
from core.errors import DomainError
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable
from jobs.inspection import retry
from jobs.tryout import untried
from models.integration import Integration, OutwardAction
from models.job import Job
from models.words import OutwardState
from tests.jobs.inline import jobs_with, run_jobs
from tests.journeys.product import serving

AWAY = Retryable("Stubborn Calls can't be reached: no.")


async def declare(world, title="Checkout is down"):
    return await world.do(declare_incident, world.ben, title=title, severity="SEV1")


async def opening(world, incident, integration="calls", actor=None):
    return await world.do(open_bridge, actor or world.ben, incident=incident.reference, integration=integration)


async def run(world, tmp_path):
    """Every job once; how long those that were put off have to wait."""
    with jobs_with(world.database, tmp_path, webhook_allow_private=True):
        return [later.seconds for _, later in await run_jobs(world.database, "outward.perform", "integration.check")]


async def row(world, model=OutwardAction):
    async with world.database.reading() as reader:
        return await reader.row(model, select(model).order_by(model.id.desc()))


async def said(world, incident):
    kinds = ("outward.done", "outward.failed")
    return [(event.kind, event.data) for event in await world.events(incident.id, *kinds)]


async def test_jitsi_opens_a_room_that_nobody_can_guess(world, tmp_path):
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={"base_url": "https://meet.example/"})
    first, second = await declare(world), await declare(world, "Search is down")
    for incident in (first, second):
        await opening(world, incident, "jitsi")
    await run(world, tmp_path)
    ((_, one),), ((_, two),) = await said(world, first), await said(world, second)
    assert one["url"].startswith(f"https://meet.example/{first.reference}-")
    assert len(one["url"].rpartition("-")[2]) == 24  # 120 bits in base 32
    assert one["url"][-24:] != two["url"][-24:]


async def test_asked_for_again_it_is_the_same_call(world, tmp_path, account, stubborn):
    incident = await declare(world)
    one, two = await opening(world, incident), await opening(world, incident)
    await run(world, tmp_path)
    three = await opening(world, incident)
    await run(world, tmp_path)
    assert one.id == two.id == three.id
    assert stubborn.attempts == 1
    assert await said(world, incident) == [
        (
            "outward.done",
            {
                "action_id": one.id,
                "integration_id": account.id,
                "verb": "OPEN_BRIDGE",
                "url": f"https://calls.example/{incident.reference}",
            },
        )
    ]


@pytest.mark.usefixtures("account")
async def test_what_was_not_done_is_tried_again_and_the_vendor_is_left_alone_meanwhile(
    world, clock, tmp_path, stubborn
):
    first, second = await declare(world), await declare(world, "Search is down")
    await opening(world, first)
    await opening(world, second)
    stubborn.does = [(AWAY, None)]
    waits = await run(world, tmp_path)
    assert stubborn.attempts == 1, "the second waits without an attempt"
    assert len(waits) == 2
    assert (await row(world, Integration)).healthy is False
    clock.advance(seconds=60)
    await run(world, tmp_path)
    assert stubborn.calls == {each.reference: [f"https://calls.example/{each.reference}"] for each in (first, second)}
    found = await row(world, Integration)
    assert (found.healthy, found.error, found.next_attempt_at) == (True, None, None)


@pytest.mark.usefixtures("account")
async def test_an_outage_is_told_once_when_it_lasts_and_once_when_it_ends(world, clock, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(AWAY, None)] * 4
    for _ in range(5):
        await run(world, tmp_path)
        clock.advance(minutes=11)
    kinds = [event.kind for event in await world.events(None, "integration.failing", "integration.recovered")]
    assert kinds == ["integration.failing", "integration.recovered"]
    assert [kind for kind, _ in await said(world, incident)] == ["outward.done"]


@pytest.mark.usefixtures("account")
async def test_the_vendor_says_when_to_come_again(world, clock, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(Retryable("Stubborn Calls asks us to slow down (429).", after=90.0), None)]
    (wait,) = await run(world, tmp_path)
    assert wait >= 90
    assert (await row(world, Integration)).healthy, "it answers"
    clock.advance(seconds=89)
    await run(world, tmp_path)
    assert stubborn.attempts == 1
    clock.advance(seconds=2)
    await run(world, tmp_path)
    assert stubborn.attempts == 2


@pytest.mark.usefixtures("account")
async def test_an_answer_that_was_lost_is_looked_up_and_nothing_is_made_twice(world, clock, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(None, Ambiguous("Stubborn Calls did not answer: timeout."))]
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.UNKNOWN
    clock.advance(minutes=1)
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert (stubborn.attempts, len(stubborn.calls[incident.reference])) == (1, 1)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("done", [True, False])
async def test_after_a_crash_in_the_middle_it_is_looked_up(world, clock, tmp_path, stubborn, done):
    incident = await declare(world)
    action = await opening(world, incident)
    async with world.database.unit_of_work() as session:
        await claim_action(session, action.id)  # and then the process was killed
    if done:
        stubborn.calls[incident.reference] = ["https://calls.example/INC-1"]
    clock.advance(minutes=2)
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert stubborn.attempts == (0 if done else 1)
    assert len(stubborn.calls[incident.reference]) == 1


@pytest.mark.usefixtures("account")
async def test_a_refusal_is_told_on_the_incident_and_can_be_tried_again(world, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(Permanent("Stubborn Calls refuses this (403): no rooms left. Delete some."), None)]
    assert await run(world, tmp_path) == []
    ((kind, data),) = await said(world, incident)
    assert (kind, data["error"]) == ("outward.failed", "Stubborn Calls refuses this (403): no rooms left. Delete some.")
    assert (await row(world)).state is OutwardState.FAILED
    assert (await row(world, Integration)).healthy
    await opening(world, incident)
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert (await row(world)).error is None


async def test_without_credentials_it_waits_until_there_are_new_ones(world, clock, tmp_path, account, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(AuthExpired("Stubborn Calls does not accept our credentials (401): enter new ones."), None)]
    await run(world, tmp_path)
    assert (await row(world, Integration)).signed_out_at is not None
    assert [event.kind for event in await world.events(None, "integration.failing")] == ["integration.failing"]
    clock.advance(hours=2)
    await run(world, tmp_path)
    assert stubborn.attempts == 1, "nothing is tried meanwhile"
    async with world.database.unit_of_work() as session:
        job = (await session.scalars(select(Job).where(Job.name == "outward.perform"))).one()
        job.run_at = clock.now() + timedelta(days=400)
    changes = {"token": "new"}
    await world.do(save_integration, world.ada, id=ids.encode("Integration", account.id), configuration=changes)
    async with world.database.reading() as reader:
        (job,) = await reader.rows(Job, select(Job).where(Job.name == "outward.perform"))
    assert job.run_at < clock.now() + timedelta(days=399), "it is due at once"
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert stubborn.tokens[-1] == "new"


@pytest.mark.usefixtures("account")
async def test_it_is_given_up_after_a_day(world, clock, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(AWAY, None)] * 2
    await run(world, tmp_path)
    clock.advance(hours=25)
    assert await run(world, tmp_path) == []
    ((kind, data),) = await said(world, incident)
    assert (kind, data["error"]) == ("outward.failed", AWAY.words)


async def test_what_waits_for_credentials_is_given_up_after_a_day(world, clock, tmp_path, account, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(AuthExpired("Enter new ones."), None)] * 2
    for hours, waits in ((23, True), (2, False)):
        await run(world, tmp_path)
        clock.advance(hours=hours)
        assert bool(await run(world, tmp_path)) is waits
    assert (await row(world)).state is OutwardState.FAILED
    assert [data["error"] for _, data in await said(world, incident)] == [
        "Enter new ones.",
        "Enter new ones. It waited for that for a day: ask for it again.",
    ]
    await opening(world, incident)
    await run(world, tmp_path)
    assert [data["error"] for _, data in await said(world, incident)][2:] == ["Enter new ones."], "told anew"
    changes = {"token": "new"}
    await world.do(save_integration, world.ada, id=ids.encode("Integration", account.id), configuration=changes)
    stubborn.does = []
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE


async def _set_aside(world):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Job).where(Job.name == "outward.perform").values(dead=True))


async def test_what_a_dead_job_leaves_behind_is_told_and_can_be_asked_for_again(world, tmp_path, account):
    del account
    incident = await declare(world)
    await opening(world, incident)
    assert await sweep_stranded(world.database) == 0, "its job is alive"
    await _set_aside(world)
    assert [await sweep_stranded(world.database) for _ in range(2)] == [1, 0]
    ((kind, data),) = await said(world, incident)
    assert (kind, "muster jobs" in data["error"]) == ("outward.failed", True)
    await opening(world, incident)
    assert await sweep_stranded(world.database) == 0, "it has another job"
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert [kind for kind, _ in await said(world, incident)] == ["outward.failed", "outward.done"]


async def test_an_order_that_was_given_up_is_taken_up_again_with_its_job(world, tmp_path, account, stubborn):
    del account
    incident = await declare(world)
    await opening(world, incident)
    await _set_aside(world)
    assert await sweep_stranded(world.database) == 1
    assert (await row(world)).state is OutwardState.FAILED
    assert await retry(world.database) == 1
    again = await row(world)
    assert (again.state, again.error) == (OutwardState.PENDING, None)
    assert await sweep_stranded(world.database) == 0
    await run(world, tmp_path)
    assert ((await row(world)).state, stubborn.attempts) == (OutwardState.DONE, 1)


async def test_archiving_an_integration_calls_off_what_waits_for_it(world, tmp_path, account, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    await world.do(save_integration, world.ada, id=ids.encode("Integration", account.id), archived=True)
    await run(world, tmp_path)
    assert ((await row(world)).state, stubborn.attempts) == (OutwardState.CALLED_OFF, 0)
    await world.do(save_integration, world.ada, vendor="standing-call", configuration={"url": "https://meet.example/x"})
    await opening(world, incident, "standing-call")
    await run(world, tmp_path)
    ((_, data),) = await said(world, incident)
    assert data["url"] == "https://meet.example/x"


@pytest.mark.usefixtures("account")
async def test_who_may_not_and_where_not(world):
    incident = await declare(world)
    for actor, integration, refusal in (
        (world.eve, "calls", ("FORBIDDEN", None)),
        (world.ben, "other", ("NOT_FOUND", "integration")),
    ):
        with pytest.raises(DomainError) as caught:
            await opening(world, incident, integration, actor)
        assert (caught.value.code, caught.value.field) == refusal
    await world.do(cancel_incident, world.ben, incident=incident.reference, reason="No incident.")
    with pytest.raises(DomainError) as caught:
        await opening(world, incident)
    assert caught.value.code == "CONFLICT"


async def test_an_examination_is_noted_and_lets_what_waits_go_on(world, tmp_path, account, stubborn):
    stubborn.found = [Check("rooms:write", Result.MISSING, "Give the token the scope rooms:write.")]
    await world.do(check_integration, world.ada, integration="calls")
    await run(world, tmp_path)
    found = await row(world, Integration)
    assert found.checks == [{"subject": "rooms:write", "result": "MISSING", "words": stubborn.found[0].words}]
    assert (await world.events(None, "integration.checked"))[-1].data == {"integration_id": account.id, "good": False}


async def test_an_answer_that_nobody_understands_is_noted_as_one(world, tmp_path, account, stubborn):
    del account
    stubborn.check = _strange
    await world.do(check_integration, world.ada, integration="calls")
    await run(world, tmp_path)
    (check,) = (await row(world, Integration)).checks
    assert (check["result"], "see whether the address is right" in check["words"]) == ("WRONG", True)
    assert not (await row(world, Integration)).healthy


async def test_where_nothing_can_be_tried_the_examination_says_so(world, tmp_path, account):
    del account
    assert untried("slack").words == "Nothing was sent: announcements need `announcement_channel`."
    assert untried("prometheus").words == "Nothing was sent: with Prometheus there is no message to try."
    assert untried("twilio").words == "Nothing was sent: each person tries it with a test page to themselves."
    await world.do(check_integration, world.ada, integration="calls", send=True)
    await run(world, tmp_path)
    found = await row(world, Integration)
    assert found.checks[-1]["words"].startswith("Open it once to see that people meet there: https://")
    assert found.healthy


async def _strange():
    return {}["login"]


async def test_jitsi_is_examined_by_asking_its_server(world, tmp_path):
    async def page(_):
        return HTMLResponse("<title>Jitsi Meet</title>")

    async with serving(Starlette(routes=[Route("/", page)])) as address:
        await world.do(save_integration, world.ada, vendor="jitsi", configuration={"base_url": address})
        await run(world, tmp_path)
        assert [check["result"] for check in (await row(world, Integration)).checks] == ["OK"]
    await world.do(check_integration, world.ada, integration="jitsi")
    await run(world, tmp_path)
    (check,) = (await row(world, Integration)).checks
    assert check["result"] == "WRONG"
    assert "can't be reached" in check["words"]


@pytest.mark.usefixtures("account")
async def test_an_answer_that_nobody_foresaw_is_told_and_looked_up_when_asked_again(world, tmp_path, stubborn):
    incident = await declare(world)
    await opening(world, incident)
    stubborn.does = [(None, KeyError("call_id"))]
    assert await run(world, tmp_path) == []
    ((kind, data),) = await said(world, incident)
    assert kind == "outward.failed"
    assert "did not understand the vendor (KeyError)" in data["error"]
    await opening(world, incident)
    await run(world, tmp_path)
    assert (await row(world)).state is OutwardState.DONE
    assert len(stubborn.calls[incident.reference]) == 1
