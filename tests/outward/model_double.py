"""An endpoint with one language model: it knows its key, reads what it is told, and answers or fails as it is told."""

import asyncio
import json
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.journeys.product import serving
from tests.outward.obeying import Obeying

KEY, MODEL = "s3cret", "small-8b"


def sentence(text, *events):
    """A sentence as it is to be proposed."""
    return {"text": text, "events": list(events)}


class Endpoint(Obeying):
    """`proposes`: what it says of each section; None: one sentence that cites the first event it was told."""

    def __init__(self):
        super().__init__()
        self.key, self.models, self.lists = KEY, [MODEL, "large-70b"], True
        self.proposes, self.finish, self.content = None, "stop", None

    def app(self):
        """It, to be served."""
        return Starlette(routes=[Route("/v1/{path:path}", self.handle, methods=["GET", "POST"])])

    @property
    def questions(self):
        """What it was told of incidents, in order."""
        bodies = [json.loads(body) for body in self.posts("/chat/completions")]
        return [json.loads(body["messages"][1]["content"]) for body in bodies]

    def answer(self, request, body):
        """What it answers."""
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": "Incorrect API key provided"}}, 401)
        if request.url.path == "/v1/models":
            rows = [{"id": model, "object": "model"} for model in self.models]
            return JSONResponse({"object": "list", "data": rows}) if self.lists else Response(status_code=404)
        asked = json.loads(body)
        if asked["model"] not in self.models:
            return JSONResponse({"error": {"message": f"The model {asked['model']} does not exist"}}, 404)
        assert asked["response_format"] == {"type": "json_object"}
        assert [message["role"] for message in asked["messages"]] == ["system", "user"]
        content = self.content if self.content is not None else self._content(self.questions[-1])
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return JSONResponse({"object": "chat.completion", "model": asked["model"], "choices": [choice]})

    def _content(self, told):
        first = told["events"][0]["number"]
        said = self.proposes
        if said is None:
            said = {each["key"]: [sentence(f"The {each['title']} in few words.", first)] for each in told["sections"]}
        sections = [{"key": key, "sentences": sentences} for key, sentences in said.items()]
        return json.dumps({"sections": sections})


def endless():
    """An answer that goes on for ever."""

    async def drops():
        while True:
            yield b" " * 10_000
            await asyncio.sleep(0)  # or it never notices that nobody listens

    return StreamingResponse(drops(), media_type="application/json")


@asynccontextmanager
async def endpoint():
    """A served one, and its address."""
    made = Endpoint()
    async with serving(made.app()) as address:
        made.address = f"{address}/v1"
        yield made
