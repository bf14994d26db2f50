"""Sev1 is declared while the chat is down, the ticket system slow, and a webhook asks for patience.

It is declared at once; everything else arrives in the end, exactly once.
"""

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from actions.outward.settings import save_integration
from actions.webhooks import create_webhook
from core import ids
from integrations import client as client_module
from models.integration import OutwardAction
from models.words import OutwardState
from models.workflow import Workflow
from tests.journeys.product import serving
from tests.outward import jira_double
from tests.outward.desk import CONFIGURATIONS
from tests.outward.slack_double import TOKEN, slack_workspace
from tests.workflows.conftest import note

EVERYTHING = ("workflow.match", "workflow.advance", "outward.perform", "webhook.send")


@pytest.fixture
async def chat():
    async with slack_workspace() as made:
        made.know(*(f"{name}@quillhaven.example" for name in ("ada", "ben", "chi")))
        made.plan["conversations.create"] = ["429", "500"]
        yield made


@pytest.fixture
async def tickets(monkeypatch):
    """It does what it is asked and answers too late."""
    monkeypatch.setattr(client_module, "SECONDS", 0.5)
    made = jira_double.Jira()
    async with serving(made.app()) as address:
        made.address, made.does = address, ["lost"]
        yield made


@pytest.fixture
async def listener():
    """A program that asks for patience twice, and remembers which messages it took."""
    taken, patience = [], [429, 429]

    async def hear(request):
        await request.body()
        if patience:
            return Response("slow down", patience.pop())
        taken.append(request.headers["webhook-id"])
        return Response()

    async with serving(Starlette(routes=[Route("/hook", hear, methods=["POST"])])) as address:
        yield taken, f"{address}/hook"


async def test_declared_in_under_a_second_and_all_of_it_arrives_once(works, chat, tickets, listener):
    world, (taken, address) = works.world, listener
    await world.do(
        save_integration, world.ada, vendor="slack", configuration={"token": TOKEN, "base_url": chat.base_url}
    )
    jira = {**CONFIGURATIONS["jira"], "base_url": tickets.address}
    await world.do(save_integration, world.ada, vendor="jira", configuration=jira)
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    hook, _ = await world.do(create_webhook, world.ada, url=address, kinds=["task.added"])
    async with world.database.unit_of_work() as session:
        await session.execute(update(Workflow).where(Workflow.key == "sev1").values(enabled=True))
    await works.save({"call_webhook": {"webhook": ids.encode("Webhook", hook.id)}}, note("All was asked for."))

    chat.asked.clear()
    tickets.asked.clear()
    incident = await works.declare()
    assert (chat.asked, tickets.asked) == ([], []), "declaring asks nobody outside"
    assert len(await world.jobs("workflow.match")) == 1
    await works.run(*EVERYTHING)
    assert await works.lines(incident) == ["All was asked for."], "nobody waits for a vendor"
    states = {row.key.partition("/")[2]: row.state for row in await _ledger(world)}
    assert states["bridge"] is OutwardState.DONE
    assert {states["channel"], states["ticket"]} <= {OutwardState.PENDING, OutwardState.UNKNOWN}

    for _ in range(8):
        world.clock.advance(minutes=11)
        if not await works.run(*EVERYTHING):
            break
    skipped = "SKIPPED"  # no pager, nowhere to announce, no runbook
    assert await works.became("sev1") == ("DONE", [skipped, *["DONE"] * 3, skipped, skipped])
    assert await works.became() == ("DONE", ["DONE"] * 2)
    assert len(chat.ours()) == 1
    assert [issue["fields"]["summary"] for issue in tickets.issues.values()] == [
        f"[{incident.reference}] Checkout is down"
    ]
    assert len(taken) == 1
    assert not any(chat.plan.values())
    assert tickets.does == []
    done = await world.events(incident.id, "outward.done")
    assert sorted(event.data["verb"] for event in done) == ["OPEN_BRIDGE", "OPEN_CHANNEL", "OPEN_TICKET"]
    assert await world.events(incident.id, "outward.failed", "workflow.step_failed") == []


async def _ledger(world):
    async with world.database.reading() as reader:
        return await reader.rows(OutwardAction, select(OutwardAction))
