"""docs/guides/subscriptions.md: its programs run as they stand, on Node.js and in a browser."""

import asyncio
import contextlib
import re

import pytest
from playwright.async_api import async_playwright

from actions.entries import add_entry
from core.cursor import encode_cursor
from models.words import EntryKind
from tests.npm.tools import MODULES, package
from tests.pages.browser import CHROMIUM, QUIET
from tests.protocols.processes import Wire, program
from tests.server.processes import ROOT

TEXT = (ROOT / "docs/guides/subscriptions.md").read_text()
OVER_SOCKET, OVER_EVENTS, IN_PAGE = re.findall(r"```js\n(.*?)```", TEXT, re.DOTALL)

pytestmark = pytest.mark.slow


async def say(world, words):
    await world.do(add_entry, world.ada, incident="INC-1", kind=EntryKind.NOTE, text=words)


@contextlib.asynccontextmanager
async def typed_in(folder, name, code, wire, token):
    """A program of the guide that runs, with an address and a token of one's own."""
    written = code.replace("127.0.0.1:8000", wire.address.removeprefix("http://"))
    written = written.replace("process.env.TOKEN", f'"{token}"').replace("process.env.AFTER", f'"{encode_cursor(0)}"')
    (folder / name).write_text(written)
    async with program(name, folder=folder) as running:
        yield running


async def come(lines, wanted):
    async with asyncio.timeout(30):
        while len(lines) < len(wanted):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert lines == wanted


async def test_its_programs_go_on_where_they_were_cut_off(world, api, token, tmp_path):
    package("graphql-ws")
    package("graphql-sse")
    (tmp_path / "node_modules").symlink_to(MODULES)
    async with (
        Wire(api.port).laid() as wire,
        typed_in(tmp_path, "ws.mjs", OVER_SOCKET, wire, token) as one,
        typed_in(tmp_path, "sse.mjs", OVER_EVENTS, wire, token) as two,
    ):
        await say(world, "before")
        await come(one.lines, ["before"])
        await come(two.lines, ["before"])
        wire.cut()
        await say(world, "meanwhile")
        await say(world, "after")
        await come(one.lines, ["before", "meanwhile", "after"])
        await come(two.lines, ["before", "meanwhile", "after"])


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine: EventSource is not tried")
async def test_a_browser_follows_with_its_event_source_and_goes_on(world, api, token):
    async with Wire(api.port).laid() as wire, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = await browser.new_page(
            extra_http_headers={"Authorization": f"Bearer {token}"},
            bypass_csp=True,  # it stands for a page of an application of one's own
        )
        await page.goto(f"{wire.address}/healthz")
        await page.evaluate(
            f"after => {{ {IN_PAGE} window.seen = []; follow(after, it => it.event && seen.push(it.event.text)); }}",
            encode_cursor(0),
        )
        await say(world, "before")
        await page.wait_for_function("seen.length === 1")
        wire.cut()
        await say(world, "after")
        await page.wait_for_function("seen.length === 2")
        assert await page.evaluate("seen") == ["before", "after"]
        await browser.close()
