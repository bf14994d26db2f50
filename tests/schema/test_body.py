"""Bodies that never become whole: their connection is not kept for them, and the log not filled with them."""

import asyncio

import pytest

import schema.body
from tests.schema.client import app_of


async def dawdle():
    await asyncio.Event().wait()


async def break_off():
    return {"type": "http.disconnect"}


@pytest.mark.parametrize(("receive", "status", "closes"), [(dawdle, 408, True), (break_off, 400, False)])
async def test_a_body_that_dawdles_or_breaks_off_is_given_up(runtime, monkeypatch, caplog, receive, status, closes):
    monkeypatch.setattr(schema.body, "BODY_SECONDS", 0.05)
    answers = []

    async def send(message):
        answers.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    async with asyncio.timeout(5):
        await app_of(runtime)({**scope, "http_version": "1.1"}, receive, send)
    assert answers[0]["status"] == status
    assert ((b"connection", b"close") in answers[0]["headers"]) is closes
    assert b"GRAPHQL_INVALID" in answers[1]["body"]
    assert not caplog.records
