"""Browsers of people who are signed in, through the console's own doorway."""

import re
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import event
from starlette.applications import Starlette

import console.app
import integrations.adaptors  # noqa: F401 (vendors enter themselves)
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from tests.console.desk import OURS, browser, sign_in
from tests.console.desk import words as text_of


class Browser:
    """One person's browser: `await ben.get("/console/incidents")`, `await ben.send(page, "save", name="Night")`."""

    def __init__(self, http):
        self.http = http

    async def get(self, path):
        return await self.http.get(path)

    async def post(self, path, headers=OURS, **fields):
        pairs = {name: value for name, value in fields.items() if value is not None}
        return await self.http.post(path, data=pairs, headers=headers)

    async def send(self, page, form, *, drop=(), **fields):
        """Send a form of a page as a browser does, with the fields that it has by itself and those that are given."""
        action, own = form_of(page.text, form)
        own = {name: value for name, value in own.items() if name not in drop}
        return await self.post(action, **{**own, **fields})


def form_of(html, name):
    """Where the form with an id leads, and its hidden fields."""
    inside = re.search(rf'<form id="form-{name}"(.*?)</form>', html, re.DOTALL)[1]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside)
    fields = {}
    for field, value in hidden:
        fields.setdefault(field, []).append(unescape(value))
    return re.search(r'action="([^"]+)"', inside)[1], fields


def words(page):
    """What a page says, without its markup."""
    return text_of(page.text)


@contextmanager
def counting(world):
    """How many statements of a page reach the database meanwhile: sessions are remembered, and not always asked for."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        if "browser_session" not in statement:
            sent.append(statement)

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
async def browse(world):
    """`await browse("ben")`: the browser of somebody who is signed in."""
    runtime = Runtime(
        Settings(MUSTER_ENV="production", MUSTER_ALLOW_ONE_HOST="true"), world.database, Live(world.database)
    )
    application = Starlette(routes=console.app.routes(runtime))
    application.state.runtime = runtime
    opened = []

    async def browse(person):
        http = browser(application)
        opened.append(http)
        if person is not None:
            await sign_in(world, http, person)
        return Browser(http)

    yield browse
    for http in opened:
        await http.aclose()
