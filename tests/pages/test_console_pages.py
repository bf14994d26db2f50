"""The pages of the command centre that have nothing special to be told about: each is looked at, full and empty."""

from datetime import date, timedelta

import pytest
from playwright.async_api import expect

from actions.action_items import add_action_item
from actions.alerts.sources import create_alert_source
from actions.declarations import declare_incident
from actions.members import add_member
from actions.outward.settings import save_integration
from actions.paging.contacts import save_contact_method
from actions.reports import report_incident
from actions.roles import assign_role
from actions.schedules.covering import add_override
from actions.stages import change_stage
from actions.webhooks import create_webhook
from console.machinery.integrations import PATH as INTEGRATIONS
from console.machinery.webhooks import PATH as WEBHOOKS
from console.machinery.workflows import PATH as WORKFLOWS
from console.setting_up.steps import PATH as SETUP
from console.setting_up.steps import every
from core.ids import encode
from models.paging.words import PageWay
from models.words import IncidentKind, Stage, Visibility
from tests.actions.schedules.calls import layer, schedule
from tests.pages.axe import Exempt
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.stories import ARABIC, UNBROKEN
from tests.pages.visit import visiting

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http

PAGES = (
    "/console/incidents",
    "/console/incidents?text=zebra",
    "/console/alerts",
    "/console/alerts?state=RESOLVED",
    "/console/alerts/fatigue?days=365",
    "/console/learning",
    "/console/on-call",
    "/console/search",
    "/console/search?q=pay",
    "/console/declare",
    "/console/dashboard",
    "/console/dashboard?period=year",
    "/console/dashboard/mttr",
    "/console/dashboard/noise",
)
CHARTS = (
    Exempt(
        "color-contrast", "svg.chart", "axe sees no ground behind text in a picture; its colours are those of the page"
    ),
    Exempt("color-contrast", ".scroll", "axe can not look at cells that are scrolled out of sight"),
)
REFUSED = (
    "/console/incidents?stages=NOPE&commander=zz",
    "/console/learning?team=nope",
    "/console/dashboard?period=days&from=2026-11-01&to=2026-10-01",
)


async def lived(world, clock):
    """A little of everything."""
    ben = world.ben
    for number, severity in enumerate(("SEV1", "SEV2", "SEV3")):
        made = await world.do(
            declare_incident, ben, title=f"Payments fail {number}", severity=severity, services=["checkout-api"]
        )
        await world.do(assign_role, ben, incident=made.reference, role="commander", user=world.id_of("ben"))
        clock.advance(minutes=20)
        if number:
            await world.do(change_stage, ben, incident=made.reference, stage=Stage.RESOLUTION)
            due = {"owner": "payments", "title": f"Test what was not tested {number}"}
            await world.do(add_action_item, ben, incident=made.reference, **due)
    await world.do(report_incident, ben, title=f"{ARABIC} {UNBROKEN[:100]}")
    hidden = await world.do(declare_incident, ben, title="Keys leaked", severity="SEV1", visibility=Visibility.PRIVATE)
    await world.do(add_member, ben, incident=hidden.reference, user=world.id_of("ada"))
    await world.do(declare_incident, ben, title="Fire drill", severity="SEV2", kind=IncidentKind.DRILL)
    clock.advance(days=2)


async def rotating(world, clock):
    """A schedule with all that its page can say, and its pages."""
    hours = [{"start": "08:00", "end": "20:00", "days": [1, 2, 3, 4, 5]}]
    days = layer(world, "ben", "chi", name="Days", windows=hours)
    row = await schedule(
        world, name="Payments primary", layers=[days, layer(world, "ada", name="Nights", end=date(2026, 12, 1))]
    )
    await schedule(world, "ben", name=f"{ARABIC} {UNBROKEN[:60]}")
    cover = {"schedule": "Payments primary", "user": world.id_of("dov"), "ends_at": clock.now() + timedelta(hours=30)}
    await world.do(add_override, world.dov, **cover, reason="Ben is ill")
    here = f"/console/on-call/{encode('Schedule', row.id)}"
    return here, f"{here}?days=28", f"{here}/edit", "/console/on-call/new"


async def test_with_something_in_them(world, clock, product, inspect, cookies_of):
    await lived(world, clock)
    cookies = await cookies_of("ada")
    for path in (*PAGES, *await rotating(world, clock)):
        await inspect(product + path, path, cookies=cookies, exempt=CHARTS)


@pytest.mark.parametrize("width", [375, 1280])
async def test_what_is_to_be_filled_in_can_be_seen_at_every_width(world, product, chromium, cookies_of, width):
    await world.do(save_contact_method, world.ada, way=PageWay.MAIL, address="ada@elsewhere.example")
    cookies = await cookies_of("ada")

    async def look(path):
        look = {"viewport": {"width": width, "height": 800}, "cookies": cookies}
        async with visiting(chromium.browser, product + path, **look) as visit:
            fields = visit.page.locator("main").locator("input:not([type=hidden]), select, textarea")
            return [await each.get_attribute("name") for each in await fields.all() if not await each.is_visible()]

    for path in ("/console/on-call/new", "/console/notifications"):
        assert await chromium.do(look(path)) == [], path


async def test_what_expressions_make_of_a_body_is_told_while_one_writes(world, product, chromium, cookies_of):
    row, _ = await world.do(create_alert_source, world.ada, kind="generic", name="Own")
    cookies, here = await cookies_of("ada"), f"{product}/console/settings/alert-sources/{encode('AlertSource', row.id)}"

    async def write():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            body, tried = visit.page.get_by_label("A body to try it on"), visit.page.locator("#tried")
            await body.press_sequentially('{"title": "Disk full", "key": "k1"}')
            await expect(tried).to_contain_text("Disk full fires since", timeout=20_000)
            await body.fill("{")
            await expect(tried).to_contain_text("The body is not JSON", timeout=20_000)
            assert await body.input_value() == "{"
            return visit.complaints

    assert await chromium.do(write()) == []


async def test_with_nothing_in_them(product, inspect, cookies_of):
    cookies = await cookies_of("chi")
    for path in PAGES:
        await inspect(product + path, f"{path}, empty", cookies=cookies, exempt=CHARTS)


async def test_asked_for_what_there_is_not(product, inspect, cookies_of):
    cookies = await cookies_of("ada")
    for path in REFUSED:
        await inspect(product + path, path, cookies=cookies, status=422)


async def test_setting_up_and_the_pages_behind_the_lists_of_machinery(world, product, inspect, cookies_of):
    cookies = await cookies_of("ada")
    jitsi = {"vendor": "jitsi", "configuration": {"base_url": "https://meet.example.org"}}
    account = await world.do(save_integration, world.ada, **jitsi)
    webhook, _ = await world.do(create_webhook, world.ada, url="https://hooks.example.org/in", kinds=[])
    paths = (
        f"{INTEGRATIONS}/new?vendor=slack",
        f"{INTEGRATIONS}/{encode('Integration', account.id)}",
        f"{WEBHOOKS}/{encode('Webhook', webhook.id)}",
        f"{WORKFLOWS}/new",
        SETUP,
        *(step.path for step in every()),
    )
    for path in paths:
        await inspect(product + path, path, cookies=cookies)
