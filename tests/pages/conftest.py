"""One browser and one checker for all pages; the whole web application on a world's database."""

from mimetypes import guess_type

import pytest
from starlette.responses import Response

from bench.figures import note
from console.static_files import FOLDER
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from statuspage.static_files import FILES
from tests.journeys.product import serving
from tests.npm.tools import package
from tests.pages.browser import CHROMIUM, Chromium
from tests.pages.checker import Checker
from tests.pages.inspection import Inspector
from tests.pages.markup import Markup
from tests.statuspage.conftest import BASE, cut, name_organisation

__all__ = ["cut"]


@pytest.fixture(scope="session")
def checker():
    made = Checker()
    yield made
    note("pages.documents", made.documents)
    made.close()


@pytest.fixture(scope="session")
def markup():
    made = Markup()
    yield made
    made.close()


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: pages are not looked at")
    made = Chromium()
    yield made
    made.close()


@pytest.fixture(scope="session")
def inspect(chromium, checker, markup):
    """Inspects the page of an address (tests.pages.inspection)."""
    package("axe-core")
    made = Inspector(chromium, checker, markup)
    yield made
    note("pages.inspected", made.pages)
    note("pages.axe_audits", made.audits)
    note("pages.axe_rules", made.rules)
    note("pages.findings", made.findings)
    note("pages.vnu_messages", made.vnu_messages)


@pytest.fixture
def settings():
    return Settings(public_url=BASE)


@pytest.fixture
async def runtime(world, settings):
    await world.do(name_organisation)
    return Runtime(settings, world.database, Live(world.database))


@pytest.fixture
async def product(runtime):
    """The address of the web application. What was told before the first look is on its pages."""
    async with serving(build_app(runtime)) as address:
        yield address


@pytest.fixture
def inspect_body(inspect):
    """Inspects a page that answered a form, which has no address of its own: it is served once more, as it was."""

    async def look(answer, name):
        async def page(scope, receive, send):
            if scope["type"] != "http":
                return
            found = FILES.get(scope["path"])
            body, kind = (
                (found.content, found.media_type) if found else (answer.content, answer.headers["content-type"])
            )
            if scope["path"].startswith("/console/static/"):
                body = (FOLDER / scope["path"].removeprefix("/console/static/")).read_bytes()
                kind = guess_type(scope["path"])[0]
            policy = {"content-security-policy": answer.headers["content-security-policy"]}
            await Response(body, 200, policy, kind)(scope, receive, send)

        async with serving(page, lifespan="off") as address:
            await inspect(address, name)

    return look
