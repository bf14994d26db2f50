"""What one API process changes counts in another one at once: credentials, rights, limits and the status page."""

import asyncio
import time

import httpx
import pytest

from bench.figures import note
from models.words import AccessRole
from tests.protocols.test_rolling import apis, token  # noqa: F401 (fixtures)
from tests.schema.sockets import token_of

AT_ONCE = 2.0
"""Seconds; a notification takes some milliseconds, and what is remembered without one lasts five."""

pytestmark = pytest.mark.slow


class Asking:
    """Somebody who asks one process on a kept connection."""

    def __init__(self, api, secret):
        headers = {"Authorization": f"Bearer {secret}"}
        self.client = httpx.AsyncClient(base_url=api.address, headers=headers, trust_env=False, timeout=30)

    async def __call__(self, query, **variables):
        answer = (await self.client.post("/graphql", json={"query": query, "variables": variables})).json()
        errors = answer.get("errors")
        return errors[0]["extensions"]["code"] if errors else answer["data"]


async def soon(ask, holds, what):
    """How many seconds it took until an answer was as it should be."""
    began = time.monotonic()
    while not holds(await ask()):
        assert time.monotonic() < began + AT_ONCE, what
        await asyncio.sleep(0.005)
    note(f"protocols.two_processes.{what}", f"{1000 * (time.monotonic() - began):.0f} ms")


async def test_what_one_process_changes_counts_in_another_at_once(world, apis, token):  # noqa: F811, ARG001
    here, there = apis
    admin_token = (await token_of(world, "ada"))[0]
    secret = (await token_of(world, "ben"))[0]
    admin, ben = Asking(here, admin_token), Asking(there, secret)
    write = 'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "x"}) { event { number } } }'
    async with admin.client, ben.client, httpx.AsyncClient(base_url=there.address, trust_env=False) as customer:
        assert "addEntry" in await ben(write)

        async def page():
            return (await customer.get("/")).text

        assert "Orders fail" not in await page()
        said = {"incident": "INC-1", "audience": "PUBLIC", "status": "INVESTIGATING", "body": "We look into it."}
        publish = "mutation ($input: PublishUpdateInput!) { publishUpdate(input: $input) { cursor } }"
        assert "publishUpdate" in await admin(publish, input={**said, "publicTitle": "Orders fail"})
        await soon(page, lambda text: "Orders fail" in text, "status_page")

        save = "mutation ($input: SaveUserInput!) { saveUser(input: $input) { cursor } }"
        lesser = {"id": world.id_of("ben"), "accessRole": AccessRole.VIEWER}
        assert "saveUser" in await admin(save, input=lesser)
        await soon(lambda: ben(write), lambda answer: answer == "FORBIDDEN", "rights")

        mine = "{ viewer { name } }"
        assert "viewer" in await ben(mine)
        found = await admin("query ($user: ID) { tokens(user: $user) { id } }", user=world.id_of("ben"))
        revoke = "mutation ($input: RevokeTokenInput!) { revokeToken(input: $input) { cursor } }"
        for each in found["tokens"]:
            assert "revokeToken" in await admin(revoke, input={"token": each["id"]})
        await soon(lambda: ben(mine), lambda answer: answer == "UNAUTHENTICATED", "revoked_token")
