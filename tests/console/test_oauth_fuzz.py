"""Whatever is posted to an OAuth route is answered: never with a 5xx, never with a token that nobody granted."""

import asyncio
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from core.db import Database
from core.secrets import Secrets
from tests.console.oauth import DEVICE_GRANT, application, visitor

NAMES = ["grant_type", "client_id", "client_secret", "scope", "device_code", "token", "token_type_hint", "user_code"]
WORDS = ["client_credentials", DEVICE_GRANT, "muster-cli", "incidents:read", "mst_", "msd_" + "x" * 49, "", "admin:*"]
texts = some.one_of(some.sampled_from(WORDS), some.text(max_size=60))
forms = some.dictionaries(some.one_of(some.sampled_from(NAMES), some.text(max_size=12)), texts, max_size=8)
bodies = some.one_of(forms, some.binary(max_size=300))
headers = some.one_of(
    some.none(),
    some.sampled_from(["Basic", "Basic Og==", "Basic bXVzdGVyLWNsaTp4", "Bearer x", "Basic AAAA"]),
    some.text(some.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
)
kinds = some.sampled_from(["application/x-www-form-urlencoded", "application/json", "", "multipart/form-data", "é/x"])


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/device_authorization", "/oauth/revoke", "/auth/device"])
def test_everything_is_answered(fresh_database, template, path):
    with fresh_database(template) as url, asyncio.Runner() as runner:
        database = Database(url, pool_size=2, secrets=Secrets(["tests"]))
        app = application(database)

        async def post(body, header, kind):
            async with visitor(app) as http:
                sent = {"content-type": kind.encode("latin-1")}
                if header is not None:
                    sent["authorization"] = header.encode("latin-1")
                if isinstance(body, dict):
                    body = urlencode(body, errors="replace").encode()
                return await http.post(path, content=body, headers=sent)

        @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(bodies, headers, kinds)
        def check(body, header, kind):
            answer = runner.run(post(body, header, kind))
            assert answer.status_code < 500
            assert "access_token" not in answer.text
            if path != "/auth/device":
                assert answer.headers["cache-control"] == "no-store"
                assert answer.status_code == 200 or answer.json()["error"]

        check()
        runner.run(database.close())
