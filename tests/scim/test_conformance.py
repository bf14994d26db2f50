"""The conformance suite of scim2-tester, over HTTP, against a real server."""

import asyncio
import socket

import httpx

from integrations.scim.app import routes
from tests.schema.client import runtime_of
from tests.schema.sockets import serving
from tests.scim.conftest import BASE, account_token


async def test_the_conformance_suite_finds_nothing_wrong(world, database, monkeypatch):
    from tests.scim import tester  # noqa: PLC0415 (takes a second, for everybody who collects tests)

    generate = tester.with_addresses(tester.filling.generate_random_value)
    for module in (tester.filling, tester.patch_add, tester.patch_replace):
        monkeypatch.setattr(module, "generate_random_value", generate)
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    runtime = runtime_of(database, public_url=address)
    token = await account_token(world)

    def check():
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{address}{BASE}", headers=headers, timeout=20) as http:
            return tester.check_server(tester.OverHttp(http))

    async with serving(routes(runtime), listener):
        results = await asyncio.to_thread(check)
    wrong = [
        f"{each.title}: {each.reason}"
        for each in results
        if each.status not in (tester.Status.SUCCESS, tester.Status.SKIPPED)
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(each.status is tester.Status.SUCCESS for each in results) > 50
    skipped = {each.title for each in results if each.status is tester.Status.SKIPPED}
    assert all(title.startswith("search_with") for title in skipped), skipped  # test_query does these
