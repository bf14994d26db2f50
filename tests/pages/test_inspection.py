"""The inspection finds what it is for: a page with one of every fault, and one without any."""

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.journeys.product import serving

pytestmark = pytest.mark.slow

POLICY = "default-src 'none'; img-src *; style-src 'self' 'unsafe-inline'; script-src 'nonce-ours'"

GOOD = """<!DOCTYPE html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Good</title>
<style>body{margin:0}:focus-visible{outline:3px solid #00f}</style></head><body>
<main><h1>Good</h1><p><a href="/good">Again</a></p><details><summary>More</summary><p>Words</p></details></main>
</body></html>"""

BAD = """<!DOCTYPE html><html><title>Bad</title>
<style>
body { margin: 0; background: #fff }
.wide { width: 500px } .cut { width: 40px; overflow: hidden; white-space: nowrap }
.pale { color: #ccc } .plain:focus { outline: none }
.turns { animation: turn 9s }
@keyframes turn { to { rotate: 9deg } }
@media print { .screen { display: none } } @media (forced-colors: active) { .pale { display: none } }
@font-face { font-family: far; src: url(http://fonts.invalid/far.woff2) }
</style>
<nav aria-label="Pages"><a class="plain" href="/bad">Here</a> <button tabindex="2">First by force</button></nav>
<main><h1>Bad</h1><h3 id="same" style="color:#000">Too deep</h3><p id="same" class="pale">Pale</p>
<p class="wide">Wide</p><p class="cut">Cut off in the middle</p><p class="turns">Turns</p><p class="screen">Screen</p>
<img src="http://pictures.invalid/pixel.png"><a href="/bad"></a><p onclick="alert(1)">Script</p>
<script>document.title = "refused"</script>
<script nonce="ours">console.error("complains"); document.write("<p>Only by script</p>")</script></main></html>"""

FAULTS = [
    "vnu, line",
    "html-validate: no-dup-id, line",
    "answered with 200, expected 404",
    "asks another host: http://pictures.invalid/pixel.png",
    "console: complains",
    "console: Executing inline script violates",
    "structure: no language",
    "structure: no viewport",
    "structure: headings skip: [1, 3]",
    "structure: ids are used twice: ['same']",
    "structure: links or buttons without words",
    "structure: style attributes",
    "structure: handlers in markup",
    "loads from another host: ['http://pictures.invalid/pixel.png', 'http://fonts.invalid/far.woff2']",
    "keyboard: the first stop is no link that skips",
    "keyboard: the focus is not shown on <a.plain> Here",
    "keyboard: Tab goes another way",
    "layout: 180 px stick out at 320 px",
    "layout: cut off at 1280 px: ['<p.cut> Cut off in the middle']",
    "media: other words with {'forced_colors': 'active'}",
    "media: not printed: ['Screen']",
    "media: moves though less motion is wished for: ['<p.turns> Turns']",
    "axe color-contrast",
    "axe image-alt (critical)",
    "without JavaScript: other words: ['Only by script']",
]


@pytest.fixture
async def address():
    pages = {"/good": GOOD, "/bad": BAD}

    def answer(request):
        return HTMLResponse(pages[request.url.path], headers={"Content-Security-Policy": POLICY})

    async with serving(Starlette(routes=[Route(path, answer) for path in pages])) as served:
        yield served


async def test_every_fault_is_found(address, inspect):
    found = "\n".join(await inspect.look(f"{address}/bad", "bad", status=404, whole=True))
    assert [fault for fault in FAULTS if fault not in found] == [], found


async def test_a_page_without_a_fault_passes(address, inspect):
    assert await inspect.look(f"{address}/good", "good", whole=True) == []
