"""A client of server-sent events that reads as browsers do, and says exactly what it is told to."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.schema.sockets import SOON

EVENTS = "text/event-stream"


@dataclass
class Stream:
    """One response. `await stream.next()` is the data of the next answer; comments are counted."""

    response: httpx.Response
    comments: int = 0
    lines: object = field(init=False)

    def __post_init__(self):
        self.lines = self.response.aiter_lines()

    async def event(self):
        """The next event: its kind, and the data as text. None at the end of the response."""
        fields = {}
        async with asyncio.timeout(SOON):
            async for line in self.lines:
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(":")
                    assert name not in fields, f"{name} is there twice"
                    fields[name] = value.removeprefix(" ")
                elif fields:
                    assert set(fields) == {"event", "data"}, fields
                    return fields["event"], fields["data"]
        assert not fields, f"cut in the middle of {fields}"
        return None

    async def answer(self):
        """The next answer, whole."""
        kind, data = await self.event()
        assert kind == "next", (kind, data)
        return json.loads(data)

    async def next(self):
        """The data of the next answer, which has no error."""
        answer = await self.answer()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def refusal(self):
        """The code with which the stream ends."""
        answer = await self.answer()
        (error,) = answer["errors"]
        assert "data" not in answer
        assert await self.event() == ("complete", "")
        assert await self.event() is None
        return error["extensions"]["code"]


@asynccontextmanager
async def streaming(
    address, query, *, token=None, method="POST", accept=EVENTS, headers=(), extensions=None, **variables
):
    """The stream of an operation, sent as a person with a token or as nobody."""
    given = {"accept": accept, **dict(headers), **({"authorization": f"Bearer {token}"} if token else {})}
    sent = {"json": {"query": query, "variables": variables, "extensions": extensions}}
    if method == "GET":
        sent = {"params": {"query": query, "variables": json.dumps(variables)}}
    url = address.replace("ws://", "http://")
    async with (
        httpx.AsyncClient(trust_env=False, timeout=SOON) as client,
        client.stream(method, url, headers=given, **sent) as response,
    ):
        yield Stream(response)
