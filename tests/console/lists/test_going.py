"""Who is on call, and going somewhere by a reference or by words."""

from datetime import timedelta

import pytest

from actions.declarations import declare_incident
from actions.outward.settings import save_integration
from actions.runbooks.saving import save_runbook
from actions.schedules.saving import save_schedule
from core import ids
from models.on_call import OnCall, OnCallRoster
from models.words import Visibility
from tests.actions.paging.calls import policy, step
from tests.console.lists.conftest import counting, words

SEARCH = "/console/search"
ON_CALL = "/console/on-call"


async def roster(world, *people, error=None, as_of=None):
    """A pager that told of people."""
    configuration = {"routing_key": "r" * 32}
    row = await world.do(save_integration, world.ada, vendor="pagerduty", configuration=configuration)
    async with world.database.unit_of_work() as session:
        told = await session.get(OnCallRoster, row.id)
        if told is None:
            told = OnCallRoster(integration_id=row.id, due_at=world.clock.now())
            session.add(told)
        told.people = [person.as_json() for person in people]
        told.as_of, told.error = as_of or world.clock.now(), error
        told.asked_at = world.clock.now()


async def test_without_a_pager_the_page_teaches_and_tells_whom_muster_calls(world, browse):
    page = await (await browse("eve")).get(ON_CALL)
    said = words(page)
    assert "No pager is connected" in said
    assert "An admin connects one in the settings." in said
    assert "Payments Checkout API Ben Silva, Chi Tran" in said
    assert "No team Search API All who respond" in said
    assert 'href="/console/settings">Connect one' in (await (await browse("ada")).get(ON_CALL)).text
    assert world


async def test_whom_an_escalation_policy_pages_first_stands_with_its_services(world, browse):
    await policy(world, step(world, "chi"), step(world, "ben"))
    page = await (await browse("ada")).get(ON_CALL)
    assert "Payments Checkout API Chi Tran By Payments" in words(page)
    assert 'href="/console/settings/escalation">Payments</a>' in page.text
    row = await world.do(save_schedule, world.ada, name="Nights", zone="UTC", layers=[])
    await policy(world, step(world, schedule=ids.encode("Schedule", row.id)), name="Nobody")
    assert "Nobody is on call now: the next step is paged By Nobody" in words(await (await browse("eve")).get(ON_CALL))


async def test_who_is_on_call_stands_by_rota_and_service(world, browse):
    until = world.clock.now() + timedelta(hours=3)
    await roster(
        world,
        OnCall("Ben at work", "ben@quillhaven.example", "Primary", until),
        OnCall("Stranger", "stranger@elsewhere.example", "Primary", None, "search"),
        OnCall("Gone", None, "Primary", world.clock.now() - timedelta(hours=1)),
    )
    said = words(await (await browse("eve")).get(ON_CALL))
    assert "All others Ben at work Primary Until 06:00" in said
    assert "search Stranger Primary No end is told · no account here" in said
    assert "Gone" not in said
    assert "told at 03:00" in said


async def test_a_pager_that_does_not_answer_says_so(world, browse):
    await roster(world, OnCall("Ben", None, "Primary"), error="It refused the token.")
    eve = await browse("eve")
    said = words(await eve.get(ON_CALL))
    assert "It did not answer last: It refused the token." in said
    assert "Ben Primary" in said
    world.clock.advance(hours=2)
    assert "that is too old to be relied on" in words(await eve.get(ON_CALL))


@pytest.fixture
async def found(world):
    shown = await world.do(
        declare_incident, world.ben, title="Checkout is down", severity="SEV1", services=["checkout-api"]
    )
    secret = await world.do(
        declare_incident, world.ada, title="Checkout keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    await world.do(save_runbook, world.dov, name="Checkout fails over", body="- [ ] Look <here>")
    return shown.reference, secret.reference


async def test_a_reference_leads_straight_there(browse, found):
    shown, secret = found
    ben = await browse("ben")
    for written in (shown, shown.lower(), f" {shown} "):
        answer = await ben.get(f"{SEARCH}?q={written}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/console/incidents/{shown}")
    for nothing in (secret, "INC-9999"):
        answer = await ben.get(f"{SEARCH}?q={nothing}")
        assert (answer.status_code, "Nothing is called so" in words(answer)) == (200, True)
    assert (await (await browse("ada")).get(f"{SEARCH}?q={secret}")).status_code == 303


async def test_words_find_incidents_services_people_runbooks_and_pages(browse, found):
    shown, secret = found
    ben = await browse("ben")
    page = await ben.get(f"{SEARCH}?q=checkout")
    assert f'href="/console/incidents/{shown}"' in page.text
    assert secret not in page.text
    assert 'href="/console/incidents?services=checkout-api"' in page.text
    assert "Checkout fails over" in page.text
    assert "Look &lt;here&gt;" in page.text
    assert 'href="/console/incidents?commander=chi%40quillhaven.example"' in (await ben.get(f"{SEARCH}?q=chi")).text
    assert 'href="/console/look"' in (await ben.get(f"{SEARCH}?q=dark")).text
    assert f'href="/console/incidents/{shown}"' in (await ben.get(f"{SEARCH}?q={shown[4:]}")).text
    start = await ben.get(SEARCH)
    assert (start.status_code, 'href="/console/on-call">On call</a>' in start.text) == (200, True)
    assert "Declare an incident</a>" not in (await (await browse("eve")).get(SEARCH)).text
    many = await ben.get(f"{SEARCH}?q={'+'.join('abcdefghijklmnopqrstuvw')}")
    assert (many.status_code, "are too many" in words(many)) == (422, True)
    assert (await ben.get(f"{SEARCH}?q=%00%F0%9F%98%80")).status_code == 200
    assert (await ben.get(f"{SEARCH}?q={'x' * 600}")).status_code == 422


async def test_searching_asks_as_many_questions_for_much_as_for_little(world, browse, found):
    async def count():
        with counting(world) as sent:
            assert (await ben.get(f"{SEARCH}?q=checkout")).status_code == 200
        return len(sent)

    ben = await browse("ben")
    few = await count()
    for number in range(9):
        await world.do(declare_incident, world.ben, title=f"Checkout {number}", severity="SEV2")
    assert await count() == few
    assert few <= 20
    assert found
