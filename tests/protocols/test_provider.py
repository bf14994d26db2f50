"""Signing in through a real identity provider (npm's oidc-provider) with a real browser, and `muster doctor` on it."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import select

from models.access import BrowserSession
from models.person import User
from models.words import AccessRole
from tests.effort import proof
from tests.npm.tools import package
from tests.pages.browser import CHROMIUM, Chromium
from tests.protocols.processes import program, running
from tests.server.processes import free_port, muster

pytestmark = pytest.mark.slow

SECONDS = 20
MILLISECONDS = 1000 * SECONDS
SECRET = "a secret: with / signs & more"


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: nobody signs in with a browser")
    made = Chromium()
    yield made
    made.close()


@asynccontextmanager
async def providing(port, muster):
    """The provider; its keys are others each time."""
    package("oidc-provider")
    async with program("provider.mjs", port, muster) as running_program:
        async with asyncio.timeout(SECONDS):
            while "ready" not in running_program.lines:  # noqa: ASYNC110 (another process prints it)
                await asyncio.sleep(0.02)
        yield


def settings_of(port, **more):
    return {
        "OIDC_ISSUER": f"http://127.0.0.1:{port}",
        "OIDC_CLIENT_ID": "muster",
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Quillhaven",
        "OIDC_ROLE_CLAIM": "groups",
        "OIDC_ROLES": '{"sre": "responder", "leads": "manager"}',
        **more,
    }


async def log_in(context, muster, name):
    """The page that somebody arrives at who signs in at the provider."""
    page = await context.new_page()
    page.set_default_timeout(MILLISECONDS)
    await page.goto(f"{muster}/console")
    await page.get_by_role("link", name="Sign in with Quillhaven").click()
    await page.locator("input[name=login]").fill(name)
    await page.locator("input[name=password]").fill("anything")
    await page.get_by_role("button", name="Sign-in").click()
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url(f"{muster}/**")
    return page


async def open_sessions(world):
    async with world.database.reading() as reader:
        return await reader.rows(BrowserSession, select(BrowserSession).where(BrowserSession.revoked_at.is_(None)))


async def test_a_person_signs_in_and_out_with_a_browser(world, database_url, tmp_path, chromium):
    port = free_port()
    async with running(database_url, tmp_path, **settings_of(port)) as api, providing(port, api.address):

        async def come_and_go():
            async with await chromium.browser.new_context(viewport={"width": 375, "height": 700}) as context:
                page = await log_in(context, api.address, "nia@quillhaven.example")
                arrived = (page.url, await page.title())
                await page.goto(f"{api.address}/auth/logout")
                await page.get_by_role("button", name="Sign out").click()
                await page.get_by_role("button", name="Yes, sign me out").click()
                await page.wait_for_url(f"{api.address}/auth/login*")
                return arrived, page.url, await page.locator("h1").inner_text()

        arrived, left, heading = await chromium.do(come_and_go())
        assert arrived == (f"{api.address}/console/incidents", "Incidents – Muster")
        assert left.startswith(f"{api.address}/auth/login")
        assert heading == "Sign in to Muster"
    async with world.database.reading() as reader:
        nia = await reader.row(User, select(User).where(User.email == "nia@quillhaven.example"))
    assert (nia.name, nia.access_role) == ("Person nia", AccessRole.RESPONDER)
    assert await open_sessions(world) == []
    kinds = [event.kind for event in await world.events() if event.kind.startswith("person.")]
    assert kinds == ["person.signed_in", "person.signed_out"]


@proof
async def test_leaving_the_provider_ends_the_session_here(world, database_url, tmp_path, chromium):
    port = free_port()
    async with running(database_url, tmp_path, **settings_of(port)) as api, providing(port, api.address):

        async def leave_there():
            async with await chromium.browser.new_context() as context:
                page = await log_in(context, api.address, "ben@quillhaven.example")
                await page.goto(f"http://127.0.0.1:{port}/session/end")
                await page.get_by_role("button", name="Yes, sign me out").click()
                await page.wait_for_url("**/session/end/success*")
                async with asyncio.timeout(SECONDS):
                    while True:
                        answer = await page.goto(f"{api.address}/console")
                        if answer.url != f"{api.address}/console/incidents":
                            return answer.url
                        await asyncio.sleep(0.1)

        assert (await chromium.do(leave_there())).startswith(f"{api.address}/auth/login")
    assert await open_sessions(world) == []
    [signed_out] = await world.events(None, "person.signed_out")
    assert signed_out.data["user_id"] == world.users["ben"].id


async def test_whom_the_provider_knows_but_we_do_not_want_stays_out(world, database_url, tmp_path, chromium):
    port = free_port()
    async with running(database_url, tmp_path, **settings_of(port)) as api, providing(port, api.address):

        async def try_to(name):
            async with await chromium.browser.new_context() as context:
                return await (await log_in(context, api.address, name)).locator("main").inner_text()

        for name in ("unverified@quillhaven.example", "nobody@quillhaven.example"):
            said = await chromium.do(try_to(name))
            assert "You can't come in with this account" in said
    causes = [event.data["cause"] for event in await world.events(None, "person.sign_in_refused")]
    assert causes == ["email_unverified", "role"]
    assert await open_sessions(world) == []


async def test_a_provider_may_be_down_at_start_and_come_back_with_other_keys(world, database_url, tmp_path, chromium):
    port = free_port()
    async with (
        running(database_url, tmp_path, **settings_of(port)) as api,
        httpx.AsyncClient(base_url=api.address, trust_env=False) as client,
    ):
        page = await client.get("/auth/login")
        assert page.status_code == 503
        assert "can’t be reached at the moment" in page.text
        assert (await client.get("/healthz")).status_code == 200

        async def come_in():
            async with await chromium.browser.new_context() as context:
                return (await log_in(context, api.address, "nia@quillhaven.example")).url

        for _ in range(2):
            async with providing(port, api.address):
                async with asyncio.timeout(SECONDS):
                    while (await client.get("/auth/login")).status_code == 503:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                assert await chromium.do(come_in()) == f"{api.address}/console/incidents"
    assert len(await open_sessions(world)) == 2


async def test_doctor_tells_of_providers(world, database_url, tmp_path):
    assert world

    def doctor(port, **more):
        return muster("doctor", DATABASE_URL=database_url, MUSTER_DATA_DIR=tmp_path, **settings_of(port, **more))

    port = free_port()
    away = await asyncio.to_thread(doctor, port)
    assert away.returncode != 0
    assert "BAD  identity provider sso" in away.stdout
    assert "can't be reached" in away.stdout
    async with providing(port, "http://127.0.0.1:1"):
        found = await asyncio.to_thread(doctor, port)
        assert f"ok   identity provider sso answers as http://127.0.0.1:{port}" in found.stdout
        wrong = await asyncio.to_thread(doctor, port, OIDC_ISSUER=f"http://localhost:{port}")
        assert "the provider calls itself" in wrong.stdout
