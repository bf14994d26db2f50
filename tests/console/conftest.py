"""A Muster with one identity provider, which is under the test's control."""

import httpx
import pytest
from starlette.applications import Starlette

import console.app
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from tests.console.providing import BASE
from tests.issuer import issuing


@pytest.fixture
async def issuer(clock):
    async with issuing(clock) as made:
        yield made


@pytest.fixture
def more():
    """Further settings of the provider; a test may replace them with parametrize."""
    return {}


@pytest.fixture
def application(database, issuer, more):
    settings = Settings(
        MUSTER_ENV="production",
        MUSTER_ALLOW_ONE_HOST="true",
        MUSTER_PUBLIC_URL=BASE,
        OIDC_ISSUER=issuer.address,
        OIDC_CLIENT_ID="muster",
        OIDC_CLIENT_SECRET="s3cret",
        OIDC_NAME="Quillhaven",
        **more,
    )
    runtime = Runtime(settings, database, Live(database))
    made = Starlette(routes=console.app.routes(runtime))
    made.state.runtime = runtime
    return made


@pytest.fixture
async def browser(application):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE) as client:
        yield client
