"""A page as a browser loads it, with everything that it complains of and every host that it turns to."""

from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

IN_PAGE = Path(__file__).parent / "in_page.js"
NOTED_BY_THE_BROWSER = "Failed to load resource: the server responded with a status of"


class Visit:
    """A loaded page. `complaints`: what the console, the policy and the network said; `body`: what was served."""

    def __init__(self, page, origin, status):
        self.page, self.origin, self.status = page, origin, status
        self.complaints = []
        self.body = b""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._miss)
        page.on("websocket", lambda socket: self._from_elsewhere(socket.url))

    async def load(self, address):
        response = await self.page.goto(address)
        self.body = await response.body()
        self.complaints += missing(response.status, response.headers, self.status)

    async def guard(self, route):
        """Let requests to our own origin pass, and no others."""
        if self._from_elsewhere(route.request.url):
            await route.abort()
        else:
            await route.continue_()

    def _from_elsewhere(self, url):
        ours = urlsplit(url).netloc == urlsplit(self.origin).netloc or url.startswith("data:")
        if not ours:
            self.complaints.append(f"network: asks another host: {url}")
        return not ours

    def _miss(self, request):
        if request.failure != "net::ERR_ABORTED":  # what was under way when we loaded the page again
            self.complaints.append(f"network: {request.url}: {request.failure}")

    def _hear(self, message):
        own = message.location.get("url", "") == self.page.url
        if not (self.status >= 400 and own and message.text.startswith(NOTED_BY_THE_BROWSER)):
            self.complaints.append(f"console: {message.text}")


def missing(status, headers, expected):
    """What an answer lacks: its status, its type, a policy."""
    found = []
    if status != expected:
        found.append(f"network: answered with {status}, expected {expected}")
    if not headers.get("content-type", "").lower().startswith("text/html; charset=utf-8"):
        found.append(f"network: its type is {headers.get('content-type')}")
    if "default-src 'none'" not in headers.get("content-security-policy", ""):
        found.append("network: no policy says that nothing is loaded unless it is named")
    return found


@asynccontextmanager
async def visiting(browser, address, *, status=200, cookies=(), **options):
    """The page of an address in a context of its own, without motion; `options` are Playwright's for a context."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    usual = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
    context = await browser.new_context(**{**usual, **options})
    try:
        await context.add_init_script(path=IN_PAGE)
        if cookies:
            await context.add_cookies([{"name": k, "value": v, "url": origin} for k, v in cookies])
        page = await context.new_page()
        visit = Visit(page, origin, status)
        await context.route("**/*", visit.guard)
        await visit.load(address)
        yield visit
    finally:
        await context.close()
