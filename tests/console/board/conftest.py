"""The dashboard as people of the world open it: through the whole application, with the cookie of a session."""

import asyncio
import re
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest

from core.db import Database
from core.secrets import Secrets
from server.asgi import build_app
from tests.conftest import BEGINNING, MovedClock
from tests.console.desk import browser, sign_in
from tests.metrics.forty import Forty
from tests.schema.client import runtime_of

DASHBOARD = "/console/dashboard"
W1, W3_END = "2026-11-02", "2026-11-22"
WEEKS = {"from": W1, "to": W3_END, "zone": "UTC"}
"""The three weeks whose numbers are worked out by hand (tests.metrics.forty)."""


class Board:
    """`await board("ada", team="payments")` is the page that Ada is shown."""

    def __init__(self, world, application):
        self.world, self.application, self.browsers = world, application, {}

    async def browser(self, who):
        if who not in self.browsers:
            self.browsers[who] = (await sign_in(self.world, browser(self.application), who)).client
        return self.browsers[who]

    async def get(self, address, who="ben", **given):
        return await (await self.browser(who)).get(address, params=given or None)

    async def __call__(self, who="ben", path="", status=200, **given):
        answer = await self.get(f"{DASHBOARD}{path}", who, **{**WEEKS, **given})
        assert answer.status_code == status, (answer.status_code, answer.text[-2000:])
        return Page(answer.text)

    async def close(self):
        for client in self.browsers.values():
            await client.aclose()


class Page:
    """What stands on a page. `figures` have their number and their words, by the keys of the figures."""

    def __init__(self, text):
        self.text = text
        self.words = re.sub(
            r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|svg).*?</\1>", " ", text, flags=re.DOTALL)))
        )
        found = re.findall(r'<figure class="fig[^"]*" aria-labelledby="f-(\w+)">(.*?)</figure>', text, flags=re.DOTALL)
        self.figures = {key: Shown(body) for key, body in found}

    @property
    def behind(self):
        """The references of the incidents in the list, in its order."""
        listed = self.text.partition('id="left"')[0]
        return re.findall(r'<th scope="row"><a class="ref" href="/console/incidents/(INC-\d+)"', listed)

    @property
    def left(self):
        """The references of those that are left out."""
        return re.findall(r'href="/console/incidents/(INC-\d+)"', self.text.partition('id="left"')[2])


class Shown:
    """One figure."""

    def __init__(self, body):
        self.body = body
        self.big = unescape(re.search(r'class="big"[^>]*>([^<]*)', body)[1])
        self.hints = [unescape(each) for each in re.findall(r'<p class="hint[^"]*">(.*?)</p>', body)]
        self.links = [unescape(each) for each in re.findall(r'href="([^"]*)"', body)]
        self.finding = unescape(re.search(r"<desc[^>]*>(.*?)</desc>", body)[1]) if "<desc" in body else None
        self.numbers = [
            (unescape(href), int(number.replace(",", "")))
            for href, number in re.findall(r'<td class="num"><a href="([^"]*)">([\d,]+)<', body)
        ]
        """Numbers in its table that can be opened, with their addresses."""
        self.rows = [
            [
                re.sub(r"<.*?>", "", re.sub(r'<span class="vh">.*?</span>', "", cell))
                for cell in re.findall(r"<t[hd].*?</t[hd]>", row)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", body.partition("<tbody>")[2])
        ]


def parameters(address):
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(address).query))


@pytest.fixture
async def board(world, database):
    made = Board(world, build_app(runtime_of(database)))
    yield made
    await made.close()


@pytest.fixture(scope="module")
def made(fresh_database, peopled):
    """The forty incidents, once for all tests of a module: their address, and their references."""

    async def make(url):
        database = Database(url, clock=MovedClock(BEGINNING), secrets=Secrets(["tests"]))
        forty = Forty(peopled[1].copy(database, database.clock))
        await forty.make()
        await database.close()
        return forty.references

    with fresh_database(peopled[0]) as url:
        yield SimpleNamespace(url=url, references=asyncio.run(make(url)))
