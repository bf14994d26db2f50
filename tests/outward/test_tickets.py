"""From the wish for a ticket to its address on the timeline: one ticket in the end, whatever Jira and GitHub do."""

import itertools

import pytest
from starlette.responses import HTMLResponse, Response

from actions.declarations import declare_incident
from actions.outward.ledger import claim_action
from actions.outward.settings import save_integration
from actions.outward.tickets import open_ticket
from core.errors import DomainError
from integrations import client as client_module
from integrations.client import VendorClient
from integrations.failures import Ambiguous, Permanent
from models.words import IncidentKind, OutwardState, Visibility
from tests.outward.desk import MATTER, TITLE, VENDORS, adaptor_at, desk_at, read
from tests.outward.killing import Killer, run_through_deaths


@pytest.fixture(params=VENDORS)
async def desk(request, world, tmp_path):
    async with desk_at(world, tmp_path, request.param) as made:
        yield made


def titles(desk):
    if desk.name == "jira":
        return [issue["fields"]["summary"] for issue in desk.vendor.issues.values()]
    return [issue["title"] for issue in desk.vendor.issues]


async def test_a_ticket_is_opened_and_the_timeline_says_where(desk):
    incident = await desk.order()
    assert await desk.run() == []
    assert titles(desk) == [f"[{incident.reference}] {TITLE}"]
    url = {"jira": f"{desk.address}/browse/OPS-1", "github": "https://github.example/acme/shop/issues/1"}[desk.name]
    assert await desk.said(incident) == [("outward.done", url)]
    assert (await desk.action()).external_id == {"jira": "OPS-1", "github": "#1"}[desk.name]
    await desk.ask(incident)
    await desk.run()
    assert len(titles(desk)) == 1, "asked for again, it stays the same"


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("sent", [False, True])
async def test_killed_at_any_request_there_is_one_ticket_in_the_end(desk, monkeypatch, sent, failing):
    """Of all attempts together; `failing`: the answer to the first request gets lost, so that there are more."""
    desk.vendor.index_lags = True
    opened = []
    for number in itertools.count(1):
        killer = Killer(number, sent=sent)
        with monkeypatch.context() as patch:
            patch.setattr(VendorClient, "ask", killer.asking())
            desk.vendor.does = ["failed afterwards"] if failing else []
            incident = await desk.order()
            await run_through_deaths(desk)
        opened.append(f"[{incident.reference}] {TITLE}")
        assert titles(desk) == opened
        assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"]
        if desk.name == "jira":
            url = f"https://muster.quillhaven.example/console/incidents/{incident.reference}"
            assert list(desk.vendor.links[f"OPS-{number}"]) == [url]
        if not killer.struck:
            break
    requests = {("jira", False): 2, ("jira", True): 5, ("github", False): 1, ("github", True): 3}
    # A lost answer to the first request is none if the process ended before that was sent.
    assert number - 1 == requests[desk.name, failing]


@pytest.mark.parametrize("failure", ["lost", "failed afterwards"])
async def test_an_answer_that_was_lost_is_looked_up_though_the_search_lags(desk, monkeypatch, failure):
    monkeypatch.setattr(client_module, "SECONDS", 0.3)
    desk.vendor.index_lags = True
    if desk.name == "jira":
        desk.vendor.add(summary="Before")
        desk.vendor.index()
    else:
        desk.vendor.add("Before", "x")
    desk.vendor.does = [failure]
    incident = await desk.order()
    (wait,) = await desk.run()
    assert (await desk.action()).state is OutwardState.UNKNOWN
    desk.world.clock.advance(seconds=wait)
    before = len(desk.vendor.asked)
    (wait,) = await desk.run()
    assert len(desk.vendor.asked) == before, "what may still be on its way is not looked up at once"
    assert wait >= 20
    await desk.run_on()
    assert titles(desk)[1:] == [f"[{incident.reference}] {TITLE}"]
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"]


async def test_what_a_crash_left_behind_holds_up_no_other_ticket(desk):
    broken_off = await desk.order()
    async with desk.world.database.unit_of_work() as session:
        assert await claim_action(session, (await desk.action()).id)
    other = await desk.order("Search is down")
    (wait,) = await desk.run()
    assert wait >= 20, "it is not looked up at once"
    assert titles(desk) == [f"[{other.reference}] Search is down"]
    await desk.run_on()
    assert titles(desk)[1:] == [f"[{broken_off.reference}] {TITLE}"]


async def test_whoever_asks_us_to_slow_down_is_left_alone_so_long(desk):
    desk.vendor.does = [Response("slow", 429, {"retry-after": "90"})]
    incident = await desk.order()
    (wait,) = await desk.run()
    assert wait >= 90
    assert titles(desk) == []
    await desk.run_on()
    assert [kind for kind, _ in await desk.said(incident)] == ["outward.done"]
    assert len(titles(desk)) == 1


async def test_a_token_that_expires_before_the_look_up_leads_to_no_second_ticket(desk):
    desk.vendor.does = ["failed afterwards"]
    incident = await desk.order()
    await desk.run()
    desk.vendor.token = "renewed"
    desk.world.clock.advance(minutes=1)
    await desk.run()
    assert (await desk.integration()).signed_out_at is not None
    await desk.configure(token="renewed")
    await desk.run_on()
    assert len(titles(desk)) == 1
    (kind, words), (last, _) = await desk.said(incident)
    assert (kind, last) == ("outward.failed", "outward.done"), "who works on it knows meanwhile"
    assert "credentials" in words


async def test_of_private_incidents_tickets_tell_no_title_unless_that_is_wished(desk):
    incident = await desk.order("Layoffs leaked", visibility=Visibility.PRIVATE)
    await desk.run()
    assert titles(desk) == [f"[{incident.reference}] Private incident"]
    assert not any(b"Layoffs" in body for _, _, _, body in desk.vendor.asked)
    await desk.configure(private_titles=True)
    other = await desk.order("Layoffs leaked", visibility=Visibility.PRIVATE)
    await desk.run()
    assert titles(desk)[1:] == [f"[{other.reference}] Layoffs leaked"]


async def test_a_drill_is_called_one(desk):
    incident = await desk.order(kind=IncidentKind.DRILL)
    await desk.run()
    assert titles(desk) == [f"[{incident.reference}] Drill: {TITLE}"]


async def test_who_may_not_and_where_not(desk):
    incident = await desk.world.do(declare_incident, desk.world.ben, title=TITLE, severity="SEV1")
    with pytest.raises(DomainError) as refused:
        await desk.ask(incident, desk.world.eve)
    assert refused.value.code == "FORBIDDEN"
    await desk.world.do(save_integration, desk.world.ada, vendor="jitsi", configuration={})
    with pytest.raises(DomainError) as refused:
        await desk.world.do(open_ticket, desk.world.ben, incident=incident.reference, integration="jitsi")
    assert (refused.value.code, refused.value.field) == ("CONFLICT", "integration")
    assert "GitHub Issues, Jira" in refused.value.hint


@pytest.mark.parametrize("name", VENDORS)
async def test_an_address_where_pages_answer_instead_of_the_api_is_told_as_such(name):
    async with adaptor_at(name) as (vendor, adaptor):
        vendor.answer = lambda *_: HTMLResponse("<title>Sign in</title>")
        _, words = read(await adaptor.check())
        assert "API: correct `base_url`." in "".join(words.values())
        with pytest.raises(Ambiguous, match="API: correct `base_url`"):
            await adaptor.open_ticket(MATTER)
        with pytest.raises(Permanent, match="API: correct `base_url`"):
            await adaptor.find_ticket(MATTER)
