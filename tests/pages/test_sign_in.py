"""The pages around identity providers, in both colour schemes and at every width."""

import pytest

from core.settings import Settings
from tests.issuer import issuing

pytestmark = pytest.mark.slow


@pytest.fixture
async def issuer(clock):
    async with issuing(clock) as made:
        yield made


@pytest.fixture
def settings(issuer):
    return Settings(
        MUSTER_ENV="production",
        MUSTER_ALLOW_ONE_HOST="true",
        OIDC_ISSUER=issuer.address,
        OIDC_CLIENT_ID="muster",
        OIDC_NAME="Quillhaven",
        OIDC_PROVIDERS='[{"key": "away", "issuer": "http://127.0.0.1:9", "client_id": "m", "name": "Contractors"}]',
    )


async def test_ways_in_are_offered(product, inspect):
    await inspect(f"{product}/auth/login?next=/console", "sign in, providers")
    await inspect(f"{product}/auth/logout", "not signed in, providers")


async def test_providers_that_are_away_are_told(product, issuer, inspect):
    issuer.down = True
    await inspect(f"{product}/auth/login", "sign in, all away", status=503)
    await inspect(f"{product}/auth/login/away", "sign in, one away", status=503)


async def test_what_did_not_work_is_told(product, inspect):
    await inspect(f"{product}/auth/callback/sso?state=x&code=y", "sign in, begin again", status=400)
    await inspect(f"{product}/auth/login/other", "sign in, no such provider", status=404)
