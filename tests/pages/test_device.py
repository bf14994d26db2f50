"""The page on which a person lets a device in: without JavaScript, on a phone, light and dark."""

import os
from pathlib import Path

import httpx
import pytest

from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from core.settings import Settings
from tests.pages.visit import visiting

pytestmark = pytest.mark.slow

PHONE = {"width": 375, "height": 667}
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def cookies(world, product):
    async with world.database.unit_of_work() as session:
        link = f"{product}/auth/link/{await create_sign_in_link(session, SYSTEM, world.users['ben'])}"
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.post(link, headers={"Sec-Fetch-Site": "same-origin"})
        return [(COOKIE, client.cookies[COOKIE])]


async def asked(product):
    async with httpx.AsyncClient(trust_env=False, headers={"User-Agent": "a-very-long-name/" + "x" * 200}) as device:
        form = {"client_id": "muster-cli", "scope": "incidents:read incidents:write admin:*"}
        answer = await device.post(f"{product}/oauth/device_authorization", data=form)
        return answer.json()["user_code"]


async def test_the_form_is_clean(product, cookies, inspect):
    await inspect(f"{product}/auth/device", "device, form", cookies=cookies)
    await inspect(f"{product}/auth/device?user_code=BCDF-GHJK", "device, form with code", cookies=cookies)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("decision", ["Let it in", "Turn it away"])
async def test_a_person_decides_on_a_phone_without_javascript(product, cookies, chromium, checker, theme, decision):
    code = await asked(product)

    async def decide():
        look = {"viewport": PHONE, "color_scheme": theme, "java_script_enabled": False}
        async with visiting(chromium.browser, f"{product}/auth/device", cookies=cookies, **look) as visit:
            page, seen = visit.page, []

            async def keep(name):
                await page.wait_for_load_state()
                seen.append((name, await page.content(), await page.evaluate(OVER)))
                if os.environ.get("MUSTER_PICTURES"):
                    picture = Path(os.environ["MUSTER_PICTURES"]) / f"device-{name}-{theme}.png"
                    await page.screenshot(path=picture, full_page=True)

            await keep("form")
            visit.status = 404  # of the page that follows
            await page.get_by_label("Code").fill("bcdfghjk")
            await page.get_by_role("button", name="Continue").click()
            assert "No device waits" in await page.get_by_role("alert").inner_text()
            await keep("wrong")
            visit.status = 200
            await page.get_by_label("Code").fill(code.lower())
            await page.get_by_role("button", name="Continue").click()
            await page.get_by_role("heading", name="Let this device in?").wait_for()
            await keep("question")
            await page.get_by_role("button", name=decision).click()
            await page.get_by_role("status").wait_for()
            await keep("done")
            return seen, visit.complaints

    seen, complaints = await chromium.do(decide())
    assert complaints == []
    assert [over for _, _, over in seen] == [0, 0, 0, 0]
    for _, html, _ in seen:
        assert [it for it in checker.complaints("html", html.encode()) if "http-equiv" not in it] == []
