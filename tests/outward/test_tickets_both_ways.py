"""Tickets and incidents: what ends here is closed there, what is closed there is told here, and nothing comes back."""

import pytest

from actions.endings import cancel_incident, reopen_incident
from actions.outward.settings import save_integration
from actions.stages import change_stage
from core import ids
from integrations import account_hook
from integrations import client as client_module
from integrations.client import VendorClient
from integrations.hooks import Gate
from models.words import OutwardState, OutwardVerb, Stage
from tests.effort import effort
from tests.outward.desk import VENDORS
from tests.outward.jira_double import way
from tests.outward.killing import Killer, run_through_deaths
from tests.outward.ticket_desk import tracker_at
from tests.outward.ticket_posting import SECRET, signature


@pytest.fixture(params=VENDORS)
async def tracker(request, world, tmp_path):
    async with tracker_at(world, tmp_path, request.param) as made:
        yield made


@pytest.fixture
async def jira(world, tmp_path):
    async with tracker_at(world, tmp_path, "jira") as made:
        yield made


async def opened(tracker):
    """An incident with a ticket, and nothing more to say."""
    incident = await tracker.desk.order()
    await tracker.settle()
    return incident


async def stage(tracker, incident, to):
    await tracker.world.do(change_stage, tracker.world.ben, incident=incident.reference, stage=to)


async def reopen(tracker, incident):
    await tracker.world.do(reopen_incident, tracker.world.ben, incident=incident.reference, reason="It is back.")


async def test_the_whole_way_to_and_fro_without_an_echo(tracker):
    incident = await opened(tracker)
    assert await tracker.known() == ("OPEN", None, None)
    await stage(tracker, incident, Stage.RESOLUTION)
    await tracker.settle()
    assert tracker.standing()
    words = {"jira": "Done", "github": "closed as completed"}[tracker.name]
    assert await tracker.known() == ("DONE", words, None)
    await reopen(tracker, incident)
    await tracker.settle()
    assert not tracker.standing()
    begun = {"jira": ("IN_PROGRESS", "In Progress", None), "github": ("OPEN", "open", None)}[tracker.name]
    assert await tracker.known() == begun, "where it can be told, somebody works on it again"
    assert tracker.moves() == 2
    assert await tracker.told(incident) == [], "what we did ourselves is no news"
    tracker.move("closed")
    assert await tracker.deliver() == [True]
    await tracker.settle()
    tracker.move("open")
    await tracker.settle()
    assert await tracker.told(incident) == [("ticket.closed", "VENDOR"), ("ticket.reopened", "VENDOR")]
    assert (await tracker.world.incident(incident.id)).stage is Stage.RESPONSE, "nothing advances by itself"
    assert tracker.moves() == 2


async def test_who_has_it_there_is_shown_and_no_news(tracker):
    incident = await opened(tracker)
    tracker.vendor.assign(tracker.ticket(), *({"jira": ["Sam\0 Sung"], "github": ["sam", "kim"]}[tracker.name]))
    await tracker.settle()
    assert (await tracker.known())[2] == {"jira": "Sam Sung", "github": "sam, kim"}[tracker.name]
    assert await tracker.told(incident) == []


async def test_news_twice_late_or_of_what_is_none_of_ours_change_nothing(tracker, world):
    incident = await opened(tracker)
    tracker.move("closed")
    ((headers, body),) = tracker.vendor.posted
    tracker.move("open")
    assert await tracker.deliver() == [True, True]
    await tracker.settle()
    assert await tracker.told(incident) == [], "it is looked at as it is now"
    assert (await tracker.post(body, headers)).json() == {"taken": False}, "sent again, it is known"
    again = {**headers, tracker.vendor.delivery: "delivery-x"}
    assert (await tracker.post(body, again)).json() == {"taken": True}
    await tracker.settle()
    assert await tracker.told(incident) == []
    tracker.vendor.add(**{"jira": {}, "github": {"title": "Theirs", "body": "x"}}[tracker.name])
    tracker.move("closed", number=2)
    assert await tracker.deliver() == [False, False]
    theirs = await world.do(
        save_integration,
        world.ada,
        vendor=tracker.name,
        key="theirs",
        configuration={**tracker.desk.account.configuration, "token": "x", "webhook_secret": "theirs"},
    )
    signed = {**again, tracker.vendor.field: signature(body, "theirs")}
    assert (await tracker.post(body, signed, f"/hooks/{tracker.name}/theirs")).json() == {"taken": False}
    assert theirs.key == "theirs"


async def test_who_is_let_in_at_the_door(tracker, monkeypatch):
    await opened(tracker)
    tracker.move("closed")
    ((headers, body),) = tracker.vendor.posted
    field = tracker.vendor.field
    good = headers[field]
    forged = ["", "sha256=", signature(body, "guessed"), signature(body + b" "), signature(body, ""), good[7:]]
    forged += [good.replace("sha256", "sha1"), "sha256=é".encode()]
    for one in forged:
        answer = await tracker.post(body, {**headers, field: one})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED"), one
    await tracker.desk.configure(webhook_secret=f"new-one, {SECRET}")
    assert (await tracker.post(body, headers)).json() == {"taken": True}, "both while it is being changed"
    await tracker.desk.configure(webhook_secret="new-one")
    assert (await tracker.post(body, headers)).status_code == 401
    for sent, code in ((b"{", "malformed"), (b"[]", "invalid"), (b"{}", "invalid"), (b"\xff", "malformed")):
        answer = await tracker.post(sent, {**headers, field: signature(sent, "new-one")})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT"), code
    large = b" " * 2_000_001
    refused = await tracker.post(large, {field: signature(large, "new-one")})
    assert (refused.status_code, refused.json()["error"]["hint"]) == (413, None), "no advice for Alertmanager"
    with monkeypatch.context() as patch:
        patch.setattr(account_hook, "Gate", lambda *_: Gate(0, 0))
        busy = await tracker.post(body, headers)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "1"), "both send it again then, GitHub if asked to"
    other = {"jira": "github", "github": "jira"}[tracker.name]
    unknown = [await tracker.post(body, headers, f"/hooks/{tracker.name}/{key}") for key in ("no", "a%00")]
    unknown.append(await tracker.post(body, headers, f"/hooks/{other}/{tracker.name}"))
    await tracker.desk.configure(webhook_secret=None)
    unknown.append(await tracker.post(body, headers))
    assert {answer.status_code for answer in unknown} == {404}


async def test_what_is_no_news_is_answered_well(world, tmp_path):
    async with tracker_at(world, tmp_path, "github") as tracker:
        await opened(tracker)
        tracker.vendor.post({"zen": "Design for failure.", "hook_id": 1}, x_github_event="ping")
        tracker.vendor.tell(1, "labeled")
        tracker.vendor.tell(1, "closed", "pull_request")
        elsewhere = {"action": "closed", "issue": {"number": 1}, "repository": {"full_name": "acme/other"}}
        tracker.vendor.post(elsewhere, x_github_event="issues")
        assert await tracker.deliver() == [False] * 4
        assert await tracker.run() == []


async def test_where_tickets_are_left_alone_news_are_heard_all_the_same(tracker):
    await tracker.desk.configure(closes_tickets=False)
    incident = await opened(tracker)
    await stage(tracker, incident, Stage.RESOLUTION)
    await tracker.settle()
    assert (tracker.standing(), tracker.moves()) == (False, 0)
    tracker.move("closed")
    await tracker.settle()
    assert await tracker.told(incident) == [("ticket.closed", "VENDOR")]


async def test_an_incident_that_was_cancelled_leaves_a_ticket_on_which_nothing_was_done(tracker):
    if tracker.name == "jira":
        tracker.vendor.ways.append(way(41, "Reject", "Rejected"))
        await tracker.desk.configure(dropped_transition="reject")
    incident = await opened(tracker)
    await tracker.world.do(cancel_incident, tracker.world.ben, incident=incident.reference, reason="A test.")
    await tracker.settle()
    words = {"jira": "Rejected", "github": "closed as not planned"}[tracker.name]
    assert await tracker.known() == ("DONE", words, None)


async def test_an_incident_that_ends_while_its_ticket_is_opened_closes_it_and_one_that_ended_before_does_not(tracker):
    incident = await tracker.desk.order()
    await stage(tracker, incident, Stage.RESOLUTION)
    await tracker.settle()
    assert tracker.standing()
    later = await tracker.desk.declare("Search is down")
    await stage(tracker, later, Stage.RESOLUTION)
    await tracker.desk.ask(later)
    await tracker.settle()
    assert not tracker.standing(2), "whoever asks for one then has something to do"
    tracker.move("closed", 2)
    await tracker.settle()
    tracker.move("open", 2)
    await tracker.settle()
    await stage(tracker, later, Stage.POSTMORTEM)
    await tracker.settle()
    assert not tracker.standing(2), "what was reopened there stays so while the incident is over"


@pytest.mark.parametrize("failure", ["lost", "failed afterwards"])
async def test_an_answer_that_was_lost_is_looked_up_before_it_is_moved_again(tracker, monkeypatch, failure):
    incident = await opened(tracker)
    await stage(tracker, incident, Stage.RESOLUTION)
    await tracker.run()
    # All that was to be said is said; what is left is the move, with the answer to it lost.
    assert tracker.standing()
    await reopen(tracker, incident)
    await tracker.world.do(change_stage, tracker.world.ben, incident=incident.reference, stage=Stage.MITIGATION)
    before = tracker.moves()
    tracker.vendor.does = [None] * {"jira": 2, "github": 1}[tracker.name] + [failure]
    monkeypatch.setattr(client_module, "SECONDS", 0.5)
    await tracker.run()
    monkeypatch.undo()
    for _ in range(3):
        tracker.world.clock.advance(minutes=11)
        await tracker.run()
    await tracker.settle()
    assert not tracker.standing()
    assert tracker.moves() == before + 1
    assert await tracker.told(incident) == []


async def test_killed_at_any_request_the_ticket_is_moved_once(tracker, monkeypatch):
    """It looks, at Jira asks for the ways that there are, goes, at Jira looks again; then it comments."""
    incident = await opened(tracker)
    goes, requests = {"jira": (3, 5), "github": (2, 3)}[tracker.name]
    for number in effort([goes], range(1, requests + 1)):
        killer = Killer(number, sent=True)
        await stage(tracker, incident, Stage.RESOLUTION)
        before = tracker.moves()
        with monkeypatch.context() as patch:
            patch.setattr(VendorClient, "ask", killer.asking())
            await run_through_deaths(tracker)
        assert (tracker.standing(), tracker.moves(), killer.struck) == (True, before + 1, True)
        await tracker.settle()
        await reopen(tracker, incident)
        await tracker.settle()
    assert await tracker.told(incident) == []


MEND = "correct `done_transition`, or add the transition to the workflow."
NOWHERE = (
    "Jira lets muster@shop.example take OPS-1 nowhere from “To Do”: give it the permission Transition Issues in OPS"
)
MENDS = {
    "another name": (
        {"done_transition": "Ship"},
        None,
        f"Jira does not offer the transition “Ship” for OPS-1 from “To Do”, only “Start”, “Finish”: {MEND}",
    ),
    "no way there": (
        {},
        [way(21, "Start", "In Progress")],
        f"Jira does not offer a transition that fits for OPS-1 from “To Do”, only “Start”: {MEND}",
    ),
    "no right": ({}, [], f"{NOWHERE}, or a transition from there to the workflow."),
    "a field": (
        {},
        [way(31, "Finish", "Done", resolution="Resolution")],
        'Jira\'s transition “Finish” asks for Resolution: add "resolution" under `done_fields`.',
    ),
}


@pytest.mark.parametrize("name", MENDS)
async def test_a_way_that_there_is_not_is_told_with_what_to_mend_and_tried_again_when_asked(jira, name):
    told, ways, words = MENDS[name]
    await jira.desk.configure(**told)
    good, jira.vendor.ways = jira.vendor.ways, jira.vendor.ways if ways is None else ways
    incident = await opened(jira)
    await stage(jira, incident, Stage.RESOLUTION)
    await jira.settle()
    assert [each for each in await jira.desk.said(incident) if each[0] == "outward.failed"] == [
        ("outward.failed", words)
    ]
    jira.vendor.assign("OPS-1", "Sam")
    await jira.settle()
    assert await jira.told(incident) == [("outward.failed", "SYSTEM")], "it is told once, though news try it again"
    if name == "a field":
        await jira.desk.configure(done_fields={"resolution": {"name": "Fixed"}})
    else:
        await jira.desk.configure(done_transition="")
        jira.vendor.ways = good
    await jira.desk.ask(incident)
    await jira.settle()
    assert jira.standing()
    assert await jira.told(incident) == [("outward.failed", "SYSTEM")]


async def test_a_ticket_that_was_deleted_is_told_and_one_that_moved_is_known_again(jira):
    incident = await opened(jira)
    jira.vendor.issues["WEB-3"] = jira.vendor.issues["OPS-1"]
    jira.vendor.tell("WEB-3", Key="OPS-1")
    original = jira.vendor.shown
    jira.vendor.shown = lambda _: {**original("WEB-3"), "key": "WEB-3"}
    await jira.settle()
    jira.vendor.change("WEB-3", "Done")
    await jira.settle()
    assert await jira.told(incident) == [("ticket.closed", "VENDOR")]
    jira.vendor.tell("WEB-3", "jira:issue_deleted")
    jira.vendor.issues.clear()
    await jira.settle()
    (_, failed) = await jira.told(incident)
    assert failed == ("outward.failed", "SYSTEM")
    row = await jira.desk.action()
    assert (row.verb, row.state) == (OutwardVerb.FOLLOW_TICKET, OutwardState.FAILED)
    assert row.error.startswith("WEB-3 is not there any more")


async def test_an_integration_that_was_archived_hears_nothing(tracker):
    incident = await opened(tracker)
    reference = ids.encode("Integration", tracker.desk.account.id)
    await tracker.world.do(save_integration, tracker.world.ada, id=reference, archived=True)
    tracker.move("closed")
    ((headers, body),) = tracker.vendor.posted
    assert (await tracker.post(body, headers)).status_code == 404
    await stage(tracker, incident, Stage.RESOLUTION)
    await tracker.run()
    assert tracker.moves() == 0
