"""One browser and one checker for all pages; the whole web application on a world's database."""

import pytest

from bench.figures import note
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from server.asgi import build_app
from tests.journeys.product import serving
from tests.npm.tools import package
from tests.pages.browser import CHROMIUM, Chromium
from tests.pages.checker import Checker
from tests.pages.inspection import Inspector
from tests.statuspage.conftest import BASE, cut, name_organisation

__all__ = ["cut"]


@pytest.fixture(scope="session")
def checker():
    made = Checker()
    yield made
    note("pages.documents", made.documents)
    made.close()


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine: pages are not looked at")
    made = Chromium()
    yield made
    made.close()


@pytest.fixture(scope="session")
def inspect(chromium, checker):
    """Inspects the page of an address (tests.pages.inspection)."""
    package("axe-core")
    made = Inspector(chromium, checker)
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
