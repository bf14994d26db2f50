"""A ticket says what changed: one comment for each change of severity or stage, whatever Jira and GitHub do."""

import json

import pytest
from starlette.responses import Response

from actions.edits import edit_incident
from actions.severity_changes import change_severity
from actions.stages import change_stage
from integrations import client as client_module
from integrations.ports import Remark
from models.words import OutwardState, OutwardVerb, Stage, Visibility
from tests.outward.desk import MATTER, VENDORS, adaptor_at, desk_at
from tests.outward.test_jira import contract_of

REMARK = Remark("event-7", "The severity is SEV2 now (before: SEV1).")


@pytest.fixture(params=VENDORS)
async def desk(request, world, tmp_path):
    async with desk_at(world, tmp_path, request.param) as made:
        yield made


def notes(desk):
    """What the comments on the one ticket say."""
    if desk.name == "github":
        return [
            each["body"].partition("\n\n<!--")[0].replace("\\", "") for each in desk.vendor.issues[0].get("notes", [])
        ]
    (issue,) = desk.vendor.issues.values()
    return [each["body"]["content"][0]["content"][0]["text"] for each in issue.get("notes", [])]


async def followed(desk):
    return await desk.run("outward.follow")


async def raised(desk, incident, severity="SEV2"):
    given = {"incident": incident.reference, "severity": severity, "reason": "A secret of ours."}
    await desk.world.do(change_severity, desk.world.ben, **given)


async def test_severity_and_stage_are_told_once_each_and_nothing_else(desk):
    incident = await desk.order()
    await followed(desk)
    await raised(desk, incident)
    ref = {"incident": incident.reference}
    await desk.world.do(edit_incident, desk.world.ben, **ref, title="Checkout is slow")
    await desk.world.do(change_stage, desk.world.ben, **ref, stage=Stage.MITIGATION)
    await followed(desk)
    await followed(desk)
    assert notes(desk) == [
        "The severity is SEV2 now (before: SEV1).",
        "The incident moved from response to mitigation.",
    ]
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"], "comments are no news"
    assert not any(b"secret" in body for _, _, _, body in desk.vendor.asked), "what people wrote stays with us"


async def test_of_a_private_incident_only_what_the_ticket_tells_already(desk):
    incident = await desk.order("Layoffs leaked", visibility=Visibility.PRIVATE)
    await followed(desk)
    await raised(desk, incident)
    await followed(desk)
    assert len(notes(desk)) == 1
    assert not any(b"Layoffs" in body for _, _, _, body in desk.vendor.asked)


@pytest.mark.parametrize("failure", ["lost", "failed afterwards", "limited"])
async def test_whatever_goes_wrong_for_a_while_it_is_written_once(desk, monkeypatch, failure):
    incident = await desk.order()
    await followed(desk)
    await raised(desk, incident)
    desk.vendor.does = [Response("slow", 429, {"retry-after": "9"}) if failure == "limited" else failure]
    monkeypatch.setattr(client_module, "SECONDS", 0.5)
    (wait,) = await followed(desk)
    assert wait > 0
    monkeypatch.undo()  # a busy machine takes its time
    await desk.run_on()
    assert len(notes(desk)) == 1


async def test_where_the_ticket_was_deleted_the_timeline_says_so(desk):
    incident = await desk.order()
    await followed(desk)
    desk.vendor.issues.clear()
    await raised(desk, incident)
    await followed(desk)
    (row,) = [await desk.action()]
    assert (row.verb, row.state) == (OutwardVerb.COMMENT_TICKET, OutwardState.FAILED)
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done", "outward.failed"]


async def test_what_is_sent_to_jira_keeps_to_the_contract():
    async with adaptor_at("jira") as (vendor, jira):
        key = vendor.add()
        await jira.comment(MATTER, key, REMARK)
        assert await jira.find_comment(MATTER, key, REMARK)
        assert await jira.find_comment(MATTER, key, Remark("event-70", "x")) is None
    (sent,) = map(json.loads, vendor.posts("/comment"))
    contract_of("/rest/api/3/issue/{issueIdOrKey}/comment").validate(sent)


async def test_a_comment_of_github_is_believed_from_us_alone_and_calls_nobody():
    async with adaptor_at("github") as (vendor, github):
        vendor.add("t", "b")
        await github.comment(MATTER, "#1", Remark("event-7", "@all see #7 **now**"))
        text = vendor.issues[0]["notes"][0]["body"]
        assert "@all" not in text
        assert "#7" not in text
        assert "**" not in text
        vendor.issues[0]["notes"][0]["user"]["login"] = "mallory"
        assert await github.find_comment(MATTER, "#1", Remark("event-7", "x")) is None
        vendor.issues[0]["notes"] *= 100
        await github.comment(MATTER, "#1", REMARK)
        vendor.issues[0]["notes"][-1]["id"] = 555
        found = await github.find_comment(MATTER, "#1", REMARK)
    assert found.external_id == "555"
