"""One number everywhere: what the page, `/status.json` and GraphQL say of uptime, and how they say it is counted."""

import httpx

from actions.components import refresh_components
from models.service import Component
from models.uptime import DOWN_PERCENT
from models.words import ComponentStatus
from server.asgi import build_app
from statuspage.language import ENGLISH
from statuspage.uptime_words import definition
from tests.schema.client import Client

MAJOR, PARTIAL, SLOW, FINE = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.OPERATIONAL,
)


async def for_a_while(world, clock, name, status, **length):
    for state in (status, FINE):
        async with world.database.unit_of_work() as session:
            component = await session.get_one(Component, world.components[name].id)
            component.manual_status = state
            await refresh_components(session, world.ada, [component.id])
        clock.advance(**length)


async def test_page_json_and_graphql_say_the_same_number(world, clock, runtime, make_client):
    clock.advance(days=60)
    await for_a_while(world, clock, "checkout", MAJOR, minutes=37, seconds=11)
    await for_a_while(world, clock, "checkout", PARTIAL, hours=5)
    await for_a_while(world, clock, "search", SLOW, hours=90)
    await for_a_while(world, clock, "search", PARTIAL, seconds=1)
    async with make_client() as client:
        page = (await client.get("/")).text
        told = {each["name"]: each["uptime90Days"] for each in (await client.get("/status.json")).json()["components"]}
    app = build_app(runtime)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://muster.example") as http:
        answer = await Client(world, http, runtime).ask("{ components { name uptime(days: 90) } }")
    asked = {each["name"]: each["uptime"] for each in answer["components"]}
    assert asked == told
    assert told["Checkout"] < told["Search"] < 100
    for share in told.values():
        assert f"{ENGLISH.percent(share)} uptime" in page


async def test_the_page_says_how_it_is_counted(client):
    page = (await client.get("/")).text
    for sentence in definition("en"):
        assert sentence in page
    for weight in DOWN_PERCENT.values():
        assert weight == 100 or f"{weight} %" in page


def test_the_words_follow_the_weights():
    assert set(DOWN_PERCENT) == {ComponentStatus.MAJOR_OUTAGE, ComponentStatus.PARTIAL_OUTAGE}, "say so in uptime_words"
    assert DOWN_PERCENT[ComponentStatus.MAJOR_OUTAGE] == 100
    assert definition("en") == (
        "Uptime is the share of time in the last 90 times 24 hours, or since the component exists.",
        "Time in major outage counts as down in full, in partial outage by 30 %.",
        "Degraded performance and maintenance do not count as down.",
        "It is counted to the microsecond, and cut to two decimals, not rounded: 100 % means that no moment was lost.",
    )
