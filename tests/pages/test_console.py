"""The pages of the console so far: signing in and out by link, and the page around GraphiQL."""

import httpx
import pytest

from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from core.settings import Settings
from models.person import User
from tests.pages.axe import Exempt
from tests.pages.visit import visiting

pytestmark = pytest.mark.slow

WITHIN = ".graphiql-container"
VENDORED = [
    Exempt("color-contrast", WITHIN, "GraphiQL 3's own palette for code, line numbers and tabs that are not chosen"),
    Exempt("label", WITHIN, "CodeMirror 5 puts a hidden textarea without a name under each editor"),
    Exempt("scrollable-region-focusable", WITHIN, "the same: its textarea has the focus, not what scrolls"),
    Exempt("nested-interactive", WITHIN, "GraphiQL puts the button that closes a tab into the tab"),
    Exempt("aria-required-children", WITHIN, "and the button that adds a tab into the list of tabs"),
]
"""What axe finds in GraphiQL, which we ship as it is published (console/static/graphiql/README.md)."""


@pytest.fixture
def settings():
    return Settings(MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true")


@pytest.fixture
async def link(world, product):
    """The address of a link for Ben that is not used yet."""
    async with world.database.unit_of_work() as session:
        return f"{product}/auth/link/{await create_sign_in_link(session, SYSTEM, world.users['ben'])}"


@pytest.fixture
async def cookies(link):
    """What Ben's browser keeps once he has signed in."""
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(link, headers={"Sec-Fetch-Site": "same-origin"})
        return [(COOKIE, client.cookies[COOKIE])]


async def test_who_is_not_signed_in_is_told_how_to(product, inspect):
    await inspect(f"{product}/console/graphiql", "sign in", status=401)
    await inspect(f"{product}/console", "sign in, by link")
    await inspect(f"{product}/auth/logout", "not signed in")


async def test_a_link_asks_first(world, product, link, inspect):
    await inspect(link, "link, question")
    async with world.database.unit_of_work() as session:
        made = User(name="Ægidius " + "Featherstonehaugh" * 6, email="long@quillhaven.example", access_role="VIEWER")
        made.created_at = world.clock.now()
        session.add(made)
        await session.flush()
        other = await create_sign_in_link(session, SYSTEM, made)
    await inspect(f"{product}/auth/link/{other}", "link, question, long name")


async def test_a_link_says_whose_session_it_ends(world, product, cookies, inspect):
    async with world.database.unit_of_work() as session:
        other = await create_sign_in_link(session, SYSTEM, world.users["chi"])
    await inspect(f"{product}/auth/link/{other}", "link, question, signed in", cookies=cookies)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_link_signs_in_on_a_phone_without_javascript(link, chromium, theme):
    look = {"viewport": {"width": 375, "height": 667}, "color_scheme": theme, "java_script_enabled": False}

    async def sign_in():
        async with visiting(chromium.browser, link, **look) as visit:
            await visit.page.get_by_role("button", name="Sign in").click()
            await visit.page.wait_for_url("**/console/**")
            return visit.complaints, {cookie["name"] for cookie in await visit.page.context.cookies()}

    complaints, kept = await chromium.do(sign_in())
    assert complaints == []
    assert kept == {COOKIE}


async def test_a_link_that_was_used_says_so(link, cookies, inspect):
    assert cookies
    await inspect(link, "link, used up", status=410)


async def test_a_link_that_is_too_old_or_none_of_ours_says_so(clock, product, link, inspect):
    await inspect(f"{product}/auth/link/msl_nonsense", "link, unknown", status=410)
    clock.advance(hours=25)
    await inspect(link, "link, expired", status=410)


async def test_signing_out_asks_first_and_says_that_it_is_done(product, cookies, inspect, checker):
    await inspect(f"{product}/auth/logout", "sign out", cookies=cookies)
    async with httpx.AsyncClient(trust_env=False, cookies=dict(cookies)) as client:
        for origin, status in (("cross-site", 403), ("same-origin", 200)):
            answer = await client.post(f"{product}/auth/logout", headers={"Sec-Fetch-Site": origin})
            assert answer.status_code == status
            assert checker.complaints("html", answer.content) == []


async def test_the_page_around_graphiql_is_clean(product, cookies, inspect):
    await inspect(f"{product}/console/graphiql", "graphiql", cookies=cookies, application=True, exempt=VENDORED)
