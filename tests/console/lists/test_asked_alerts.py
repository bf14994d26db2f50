"""Alerts about which people are asked: in the inbox, on their page, and by the link in the message."""

from actions.paging.links import link_of
from core import ids
from models.paging.run import Page
from server.asgi import build_app
from tests.actions.alerting import Monitor, alerts, firing, incidents, rule
from tests.actions.paging.calls import policy, rows, step
from tests.console.desk import browser
from tests.console.lists.conftest import Browser, words
from tests.schema.conftest import runtime

__all__ = ["runtime"]

LIST = "/console/alerts"


async def asked(world, **labels):
    await policy(world, step(world, "ben"))
    await rule(world, create_incident="ASK", ask_minutes=15, service="checkout-api", group_by=["instance"])
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a", **labels))
    await monitor.sends(firing("b", **labels), key="h")
    return [f"{LIST}/{ids.encode('Alert', alert.id)}" for alert in await alerts(world)]


async def test_the_page_of_an_alert_asks_and_takes_both_answers(world, browse):
    first, second = await asked(world)
    ben, eve = await browse("ben"), await browse("eve")
    assert "Is it an incident? Answer by" in words(await ben.get(LIST))
    assert "Whoever is on call was asked." in words(await eve.get(first))
    page = await ben.get(first)
    assert "Payments is paging. Ben Silva: asked." in words(page)
    refused = await ben.post(first, do="no_incident", reason=" ")
    assert (refused.status_code, "Why is it noise?" in words(refused)) == (422, True)
    assert (await ben.post(first, do="no_incident", reason="A test", _key="1")).status_code == 303
    assert "Held back: Noise, says Ben Silva: A test" in words(await ben.get(first))
    assert (await ben.post(second, do="incident", _key="2")).status_code == 303
    page = words(await ben.get(second))
    (incident,) = await incidents(world)
    assert incident.reference in page
    assert "Is it an incident?" not in page
    assert (await ben.post(second, do="incident", _key="3")).status_code == 409


async def test_the_link_of_the_message_takes_both_answers_without_signing_in(world, runtime):
    await asked(world)
    links = [link_of(world.database.keys, "", page.id, world.clock.now()) for page in await rows(world, Page)]
    async with browser(build_app(runtime)) as http:
        stranger = Browser(http)
        for _ in range(2):  # a scanner of mails, then the person
            assert "Is it an incident? a is down" in words(await stranger.get(links[0]))
        assert await incidents(world) == []
        refused = await stranger.post(links[0], verdict="NOISE", reason="")
        assert (refused.status_code, "Why is it noise?" in words(refused)) == (422, True)
        assert "It is noise a is down" in words(await stranger.post(links[0], verdict="NOISE", reason="A test"))
        assert "It is noise a is down" in words(await stranger.get(links[0]))
        button = await http.post(links[1], content=b"")  # of a push message: acknowledged, and asked still
        assert "Is it an incident?" in words(button)
        told = words(await stranger.post(links[1], verdict="INCIDENT"))
        assert "It is an incident b is down It was opened, and is yours to look at." in told
        assert (await stranger.post(links[1], verdict="INCIDENT")).status_code == 410
    assert [alert.state.value for alert in await alerts(world)] == ["SUPPRESSED", "ACKNOWLEDGED"]
    assert len(await incidents(world)) == 1
