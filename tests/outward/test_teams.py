"""Announcements in Microsoft Teams: cards for a workflow's webhook, one for each turn, and nothing that leaks."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from actions.edits import edit_incident
from actions.outward.announcements import announce
from actions.outward.settings import check_integration, save_integration
from actions.outward.vendors import checked
from actions.severity_changes import change_severity
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from core.errors import DomainError
from integrations import client
from integrations.client import VendorClient
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable
from integrations.ports import Remark
from integrations.teams import VENDOR, open_teams
from integrations.teams_cards import MOST_BYTES
from models.words import Audience, Visibility
from tests.journeys.product import serving
from tests.outward.desk import MATTER, Desk
from tests.outward.obeying import Obeying

SCHEMA = Path(__file__).parents[3] / "shared/contracts/adaptive-card-1.5.0.schema.json"
SECRET = "sig=s3cret"
MARKUP = "[Open](https://evil.example) **all** `x`\n# Big\n- one\n1. two\n> said"


class Workflow(Obeying):
    """It takes messages with cards; what it posted stands in `cards`."""

    def __init__(self):
        super().__init__()
        self.cards = []

    def app(self):
        return Starlette(routes=[Route("/workflows/1/triggers/manual/paths/invoke", self.handle, methods=["POST"])])

    def answer(self, request, body):
        if request.query_params.get("sig") != "s3cret" or request.query_params.get("api-version") != "1":
            return Response(status_code=401)
        assert len(body) <= MOST_BYTES
        message = json.loads(body)
        (attachment,) = message["attachments"]
        assert (message["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
        self.cards.append(attachment["content"])
        return Response(status_code=202)


@pytest.fixture
async def workflow():
    made = Workflow()
    async with serving(made.app()) as address:
        made.url = f"{address}/workflows/1/triggers/manual/paths/invoke?api-version=1&{SECRET}"
        yield made
    if SCHEMA.exists():
        validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
        for card in made.cards:
            validator.validate(card)


def adaptor(workflow):
    return open_teams({"url": workflow.url}, lambda a: VendorClient(replace(a, allow_private=True)))


@pytest.fixture
async def desk(world, tmp_path, workflow):
    made = Desk(world, tmp_path, "teams", workflow)
    made.account = await world.do(save_integration, world.ada, vendor="teams", configuration={"url": workflow.url})
    return made


async def test_the_story_of_an_incident(world, desk, workflow):
    incident = await desk.declare()
    ref = {"incident": incident.reference}
    await world.do(announce, world.ben, **ref, integration="teams")
    await desk.run("outward.follow")
    await world.do(edit_incident, world.ben, **ref, title="Checkout is slow")
    await world.do(change_severity, world.ben, **ref, severity="SEV2")
    await world.do(publish_update, world.ben, **ref, audience=Audience.INTERNAL, body="We roll back.")
    await desk.run("outward.follow")
    first, turn, update = map(str, workflow.cards)
    assert "Checkout is down" in first
    assert "'value': 'SEV1'" in first
    assert f"/console/incidents/{incident.reference}" in first
    assert "'value': 'SEV2'" in turn
    assert "Checkout is slow" in turn
    assert "We roll back." in update
    await world.do(change_visibility, world.ben, **ref, visibility=Visibility.PRIVATE, reason="A leak.")
    await world.do(change_severity, world.ben, **ref, severity="SEV3")
    await world.do(publish_update, world.ben, **ref, audience=Audience.INTERNAL, body="Secret.")
    await desk.run("outward.follow")
    assert len(workflow.cards) == 3


async def test_a_test_message_is_sent_when_it_is_asked_for(world, desk, workflow):
    await world.do(check_integration, world.ada, integration="teams", send=True)
    await desk.run("integration.check")
    (card,) = workflow.cards
    assert "This is a test" in card["fallbackText"]
    subjects = {check["subject"]: check["result"] for check in (await desk.integration()).checks}
    assert subjects == {"url": "OK", "message": "OK"}


async def test_what_people_write_is_no_markdown(workflow):
    teams = adaptor(workflow)
    await teams.announce(replace(MATTER, title=MARKUP, commander="**Ada**", severity="[1](x)"))
    await teams.relay(MATTER, "INC-1", Remark("update-1", MARKUP))
    for card in workflow.cards:
        texts = [block["text"] for block in card["body"] if "text" in block]
        texts += [fact["value"] for block in card["body"] for fact in block.get("facts", [])]
        for text in texts:
            assert "](" not in text.replace("\\](", "")
            assert "**" not in text
            assert not any(line.startswith(("#", "- ", "1.", ">")) for line in text.splitlines())


async def test_a_long_text_is_cut_to_what_teams_takes(workflow):
    await adaptor(workflow).relay(MATTER, "INC-1", Remark("update-1", "🔥" * 9_000 + "*" * 20_000))
    (card,) = workflow.cards
    assert card["body"][1]["text"].endswith("…")


async def test_a_drill_is_called_one(workflow):
    await adaptor(workflow).announce(replace(MATTER, drill=True))
    assert workflow.cards[0]["fallbackText"] == "DRILL · INC-1: Checkout is down"


ANSWERS = {
    400: (Permanent, "Make the workflow anew"),
    401: (AuthExpired, "enter new ones"),
    403: (AuthExpired, "may not post there"),
    404: (Permanent, "the workflow is gone"),
    410: (Permanent, "the workflow is gone"),
    413: (Permanent, "too large"),
    429: (Retryable, "slow down"),
    500: (Ambiguous, "failed (500)"),
    503: (Ambiguous, "failed (503)"),
}


@pytest.mark.parametrize("status", ANSWERS)
async def test_what_answers_mean(workflow, status):
    workflow.does = [Response("no", status, {"retry-after": "9"} if status == 429 else {})]
    kind, words = ANSWERS[status]
    with pytest.raises(kind) as failed:
        await adaptor(workflow).announce(MATTER)
    assert type(failed.value) is kind
    assert words in failed.value.words
    assert getattr(failed.value, "after", None) == (9 if status == 429 else None)
    assert "s3cret" not in failed.value.words


async def test_a_lost_answer_is_in_doubt_and_nothing_leaks(monkeypatch, workflow):
    monkeypatch.setattr(client, "SECONDS", 0.3)
    workflow.does = ["lost"]
    with pytest.raises(Ambiguous) as failed:
        await adaptor(workflow).announce(MATTER)
    assert "s3cret" not in failed.value.words


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/?" + SECRET, "https://no.such.host.invalid/?" + SECRET])
async def test_an_address_that_can_not_be_asked_is_not_repeated(url):
    teams = open_teams({"url": url}, VendorClient)
    with pytest.raises((Permanent, Retryable)) as failed:
        await teams.announce(MATTER)
    assert "s3cret" not in failed.value.words


def test_the_address_is_kept_sealed_and_a_wrong_one_is_not_repeated():
    assert checked(VENDOR, {"url": "https://x.example/?" + SECRET}) == ({}, {"url": "https://x.example/?" + SECRET})
    with pytest.raises(DomainError, match="Begin with https") as refused:
        checked(VENDOR, {"url": "ftp://x.example/?" + SECRET})
    assert "s3cret" not in str(refused.value)
