"""Somebody at the pages of Settings: what they read, and the forms that they send as a browser would."""

from contextlib import asynccontextmanager
from datetime import timedelta
from html.parser import HTMLParser

import httpx

from actions.sign_in import open_session
from auth.cookies import SESSION
from tests.console.desk import BASE, OURS, words


class Forms(HTMLParser):
    """The forms of a page: by address, the fields as a browser would send them untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, object]] = {}
        self.fields: dict[str, object] | None = None
        self.select: str | None = None
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.fields = self.found.setdefault(given["action"], {})
        elif self.fields is not None and tag == "select":
            self.select = given["name"]
            self.fields[self.select] = ""
        elif self.fields is not None and tag == "option" and self.select and "selected" in given:
            self.fields[self.select] = given["value"]
        elif self.fields is not None and tag == "textarea":
            self.area = given["name"]
            self.fields[self.area] = ""
        elif self.fields is not None and tag == "input" and given.get("name"):
            self._input(given)

    def _input(self, given):
        if given.get("type") == "checkbox":
            if "checked" in given:
                held = self.fields.setdefault(given["name"], [])
                held.append(given["value"])
        elif given.get("type") != "file":
            self.fields[given["name"]] = given.get("value") or ""

    def handle_data(self, data):
        if self.area is not None and self.fields is not None:
            self.fields[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area is not None and self.fields is not None:
            self.fields[self.area] = self.fields[self.area].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.fields = None


class Visitor:
    """A browser of one person."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page: httpx.Response | None = None

    async def read(self, path: str, status: int = 200) -> str:
        self.page = await self.client.get(path)
        assert self.page.status_code == status, (self.page.status_code, words(self.page.text))
        return words(self.page.text)

    def form(self, action: str) -> dict[str, object]:
        """A form of the page that was read last, as it stands there."""
        assert self.page is not None
        return Forms(self.page.text).found[action]

    async def send(self, action: str, expects: int = 303, /, *, headers=OURS, form=None, **changes) -> httpx.Response:
        """Fill in a form of the page that was read last (or `form`), and send it. Answers with a page or a redirect."""
        filled = {**(self.form(action) if form is None else form), **changes}
        self.page = await self.client.post(action, data=filled, headers=headers)
        assert self.page.status_code == expects, (self.page.status_code, words(self.page.text))
        return self.page


@asynccontextmanager
async def visiting(world, application, name):
    async with world.database.unit_of_work() as session:
        secret = open_session(session, await session.merge(world.users[name], load=False), lives=timedelta(days=1))
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies={SESSION: secret}) as client:
        yield Visitor(client)
