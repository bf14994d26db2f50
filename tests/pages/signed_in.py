"""Browsers of people who are signed in, for pages of the command centre."""

import httpx
import pytest

from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from core.settings import Settings

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def on_plain_http(tmp_path):
    """Settings as on a laptop: browsers keep its cookies. Use it as `settings = on_plain_http`."""
    return Settings(data_dir=tmp_path)


@pytest.fixture
async def cookies_of(world, product):
    """What the browser of somebody keeps once they have signed in: `await cookies_of("ben")`."""

    async def sign_in(name):
        async with world.database.unit_of_work() as session:
            secret = await create_sign_in_link(session, SYSTEM, world.users[name])
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(f"{product}/auth/link/{secret}", headers=SAME)
            return [(COOKIE, client.cookies[COOKIE])]

    return sign_in
