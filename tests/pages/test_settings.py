"""The pages of Settings: every list and form, something of each area, a form that came back, a secret."""

from datetime import timedelta

import httpx
import pytest

from actions.alerts.rules import save_routing_rule
from actions.alerts.silences import save_silence
from actions.alerts.sources import create_alert_source
from actions.heartbeats.saving import create_heartbeat
from actions.pages.saving import save_status_page
from actions.reports import report_incident
from actions.roles import assign_role
from actions.runbooks.saving import save_runbook
from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from console.settings.areas import AREAS, SETTINGS, area_of
from core.ids import encode
from core.settings import Settings
from models.words import PageAccess
from tests.actions.schedules.calls import schedule
from tests.console.settings.visiting import Visitor
from tests.erasing.person import NAME, Life
from tests.pages.stories import ARABIC, UNBROKEN
from tests.pages.visit import visiting

pytestmark = pytest.mark.slow
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def settings(tmp_path):
    """On plain http, as on a laptop: browsers keep its cookies."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def signed_in(world, product):
    """What the browser of somebody keeps once they have signed in, and the browser."""
    clients = []

    async def sign_in(name):
        async with world.database.unit_of_work() as session:
            secret = await create_sign_in_link(session, SYSTEM, world.users[name])
        client = httpx.AsyncClient(trust_env=False, base_url=product)
        clients.append(client)
        await client.post(f"/auth/link/{secret}", headers=OURS)
        return [(COOKIE, client.cookies[COOKIE])], Visitor(client)

    yield sign_in
    for client in clients:
        await client.aclose()


async def furnish(world):
    """Something in every area: their addresses."""
    runbook = await world.do(save_runbook, world.ada, name="Queue", body="# Look\n\n- [ ] Drain it")
    rule = await world.do(save_routing_rule, world.ada, name=UNBROKEN[:100], matchers={"severity": "=~a|b"})
    page = await world.do(save_status_page, world.ada, slug="p", name=ARABIC[:80], access=PageAccess.LINK)
    source, _ = await world.do(create_alert_source, world.ada, kind="generic", name="Frankfurt")
    quiet = await world.do(
        save_silence,
        world.ada,
        matchers={"severity": "=~a|b"},
        reason=UNBROKEN[:100],
        ends_at=world.clock.now() + timedelta(hours=1),
    )
    beat, _ = await world.do(create_heartbeat, world.ada, name=UNBROKEN[:100], every_seconds=300)
    keys = {
        "people": ("User", world.users["ben"].id),
        "teams": ("Team", world.teams["payments"].id),
        "severities": ("Severity", 1),
        "roles": ("Role", 1),
        "services": ("Service", world.services["checkout-api"].id),
        "components": ("Component", world.components["checkout"].id),
        "update-templates": ("UpdateTemplate", 1),
        "runbooks": ("Runbook", runbook.id),
        "routing": ("RoutingRule", rule.id),
        "silences": ("Silence", quiet.id),
        "status-pages": ("StatusPage", page.id),
        "heartbeats": ("Heartbeat", beat.id),
        "alert-sources": ("AlertSource", source.id),
    }
    return {area: f"{area_of(area).path}/{encode(*key)}" for area, key in keys.items()}


async def test_lists(world, product, inspect, signed_in):
    await furnish(world)
    cookies, _ = await signed_in("ada")
    for path in (SETTINGS, *(area.path for area in AREAS)):
        await inspect(product + path, f"settings {path}", cookies=cookies, whole=path == area_of("people").path)


async def test_forms(world, product, inspect, signed_in):
    cookies, _ = await signed_in("ada")
    for path in (
        *(await furnish(world)).values(),
        f"{area_of('maintenance').path}/new",
        f"{area_of('people').path}/new",
        f"{area_of('routing').path}/try",
        f"{area_of('routing').path}/versions",
    ):
        await inspect(product + path, f"settings {path}", cookies=cookies)


@pytest.mark.parametrize("width", [375, 1280])
async def test_long_names_to_tick_lie_below_each_other(world, product, chromium, signed_in, width):
    for number in range(12):
        await schedule(world, "ada", name=f"{number} {UNBROKEN[:60]}")
    cookies, _ = await signed_in("ada")
    look = {"viewport": {"width": width, "height": 800}, "cookies": cookies}

    async def heights():
        async with visiting(chromium.browser, f"{product}{SETTINGS}/escalation/new", **look) as visit:
            rows = await visit.page.locator(".picks .check").all()
            return [[(await each.bounding_box())["height"] for each in (row, row.locator("span"))] for row in rows]

    found = await chromium.do(heights())
    assert any(text > 30 for _, text in found), "a name takes several lines"
    assert [pair for pair in found if pair[0] < pair[1]] == []


async def test_for_whoever_only_reads(world, product, inspect, signed_in):
    made = await furnish(world)
    cookies, _ = await signed_in("ben")
    for path in (SETTINGS, area_of("organisation").path, made["severities"], made["runbooks"], made["services"]):
        await inspect(product + path, f"settings, read only {path}", cookies=cookies)


async def test_forms_that_came_back_and_a_secret(world, inspect_body, signed_in):
    made = await furnish(world)
    _, ada = await signed_in("ada")
    severity, routing, sources = made["severities"], area_of("routing").path, area_of("alert-sources").path
    await ada.read(severity)
    page = await ada.send(severity, 422, headers=OURS, **{"obligations-postmortem_due_days": "4000"})
    await inspect_body(page, "settings, refused")
    await ada.read(f"{routing}/new")
    wrong = {"matchers.0.label": "severity", "matchers.0.wanted": "=~("}
    page = await ada.send(f"{routing}/new", 422, headers=OURS, name="Odd", **wrong)
    await inspect_body(page, "settings, refused in a table")
    await ada.read(f"{sources}/new")
    page = await ada.send(f"{sources}/new", 200, headers=OURS, name="Alertmanager")
    await inspect_body(page, "settings, secret")


async def test_erasing_a_person_before_and_after_and_while_they_are_needed(world, product, inspect, signed_in):
    cookies, ada = await signed_in("ada")
    life = await Life.lived(world)
    path = f"{area_of('people').path}/{life.reference}"
    await inspect(f"{product}{path}/erase", "settings erasing a person", cookies=cookies, whole=True)
    await ada.read(f"{path}/erase")
    await ada.send(f"{path}/erase", headers=OURS, reason="Request 4711", confirm=NAME)
    await inspect(product + path, "settings an erased person", cookies=cookies)
    incident = await world.do(report_incident, world.ben, title=UNBROKEN[:100])
    about = {"incident": incident.reference, "user": world.id_of("ben")}
    for role in ("commander", "scribe"):
        await world.do(assign_role, world.ada, **about, role=role)
    needed = f"{area_of('people').path}/{world.id_of('ben')}/erase"
    await inspect(product + needed, "settings somebody who is needed", cookies=cookies)
