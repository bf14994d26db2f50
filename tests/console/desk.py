"""A person at a browser without JavaScript: gets pages, and sends the forms that stand on them."""

import re
from html import unescape
from secrets import token_urlsafe

import httpx

from actions.sign_in import create_sign_in_link
from auth.actor import SYSTEM

BASE = "http://muster.test"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": BASE}


def words(text):
    """What a page says, without its markup, on one line."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ")).strip()


class Person:
    """Somebody with a session of their own."""

    def __init__(self, client):
        self.client = client

    async def get(self, path, **more):
        return await self.client.get(path, **more)

    async def reads(self, path):
        """The words of a page that must be there."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, (answer.status_code, words(answer.text)[:500])
        return words(answer.text)

    async def post(self, path, fields=None, *, headers=OURS, **more):
        """A form as a browser of ours sends it."""
        return await self.client.post(path, data={"_key": token_urlsafe(9), **(fields or {})}, headers=headers, **more)

    async def does(self, path, fields=None, **more):
        """A form that is taken: where it leads to."""
        answer = await self.post(path, fields, **more)
        assert answer.status_code == 303, (answer.status_code, words(answer.text)[:800])
        return answer.headers["location"]

    async def is_refused(self, path, fields=None, *, status=422, **more):
        """A form that comes back: the page."""
        answer = await self.post(path, fields, **more)
        assert answer.status_code == status, (answer.status_code, words(answer.text)[:800])
        return answer.text


async def sign_in(world, client, name):
    """Give a client the session of somebody of the world."""
    async with world.database.unit_of_work() as session:
        secret = await create_sign_in_link(session, SYSTEM, world.users[name])
    answer = await client.post(f"/auth/link/{secret}", headers=OURS)
    assert answer.status_code == 303
    return Person(client)


def browser(app):
    """A browser without cookies."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)
