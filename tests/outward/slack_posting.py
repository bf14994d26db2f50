"""What Slack sends: signed requests to Muster's doorway, and the jobs that follow from them."""

import json
from contextlib import asynccontextmanager
from itertools import count
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from integrations.slack_door import routes
from integrations.slack_signature import sign
from jobs.registry import REGISTRY
from models.job import JobName
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.slack_contract import event_faults
from tests.outward.slack_double import BOT, TEAM
from tests.schema.doorway import Doorway

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
JOBS = ("chat.hear", "chat.obey", "chat.answer", "outward.perform", "integration.check")


class Sender:
    """Slack, as far as it sends. `people` are names of the world."""

    def __init__(self, journey, client, refusals):
        self.journey, self.client, self.refusals = journey, client, refusals
        self.world, self.slack = journey.world, journey.slack
        self._numbers = count(1)

    async def send(self, body, kind=JSON, *, secret=SECRET, age=0, **headers):
        """A body, signed so many seconds ago."""
        moment = str(int(self.world.clock.now().timestamp()) - age)
        signed = {"x-slack-request-timestamp": moment, "x-slack-signature": sign(body, moment, secret)}
        return await self.client.post(
            "/hooks/slack/slack", content=body, headers={"content-type": kind, **signed, **headers}
        )

    def envelope(self, key=None, **event):
        """An event as Slack wraps it."""
        number = next(self._numbers)
        moment = self.world.clock.now().timestamp()
        return {
            "token": "deprecated",
            "team_id": TEAM,
            "api_app_id": "A0MUSTER",
            "event": {"event_ts": f"{moment:.6f}", **event},
            "type": "event_callback",
            "event_id": key or f"Ev{number:08}",
            "event_time": int(moment),
            "authed_users": [BOT],
        }

    async def event(self, key=None, **event):
        """Something happens."""
        whole = self.envelope(key, **event)
        assert event_faults(whole) == []
        answer = await self.send(json.dumps(whole).encode())
        assert (answer.status_code, answer.content) == (200, b""), answer.text
        return answer

    async def asks(self, person, document, **variables):
        """What somebody is answered by the API."""
        api = Doorway.open(self.world, self.journey.folder)
        try:
            data, refusals = await api.ask(person, document, **variables)
        finally:
            await api.close()
        assert refusals == []
        return data

    def who(self, person):
        """What Slack calls somebody."""
        return self.slack.people.get(f"{person}@quillhaven.example", person)

    def command(self, person, words, channel="C0ELSEWHERE", *, trigger=None):
        """A command as Slack sends it."""
        fields = {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "quillhaven",
            "channel_id": channel,
            "channel_name": "somewhere",
            "user_id": self.who(person),
            "user_name": person,
            "command": "/muster",
            "text": words,
            "api_app_id": "A0MUSTER",
            "response_url": f"{self.slack.response_url}/{next(self._numbers)}",
            "trigger_id": trigger or self.slack.trigger(),
        }
        return urlencode(fields).encode()

    async def ask(self, person, words, channel="C0ELSEWHERE", **more):
        """Somebody writes a command; what everybody and what only they are told, once the jobs have run."""
        answer = await self.send(self.command(person, words, channel, **more), FORM)
        assert answer.status_code == 200, answer.text
        await self.run()
        return self.told()

    async def interact(self, **payload):
        """Somebody presses a button."""
        answer = await self._interaction(payload)
        assert (answer.status_code, answer.content) == (200, b""), answer.text

    async def fill(self, **payload):
        """Somebody sends a form; what is wrong with it, by its blocks, and None if it is taken."""
        answer = await self._interaction(payload)
        assert answer.status_code == 200, answer.text
        if not answer.content:
            return None
        assert answer.json()["response_action"] == "errors"
        return answer.json()["errors"]

    async def _interaction(self, payload):
        body = urlencode({"payload": json.dumps({"team": {"id": TEAM}, **payload})}).encode()
        return await self.send(body, FORM)

    async def run(self):
        """Every job once; how long those that were put off have to wait."""
        with jobs_with(self.world.database, self.journey.folder, webhook_allow_private=True):
            return [later.seconds for _, later in await run_jobs(self.world.database, *JOBS)]

    async def again(self, name, args):
        """A job that ran is run once more, as after a crash."""
        with jobs_with(self.world.database, self.journey.folder, webhook_allow_private=True):
            await REGISTRY[JobName(name)].function(**args)
        await self.run()

    def told(self):
        """The last answer: who reads it, and its words."""
        if not self.slack.answers:
            return None
        given = self.slack.answers[-1][1]
        return given["response_type"], given["text"]


class Refused:
    """Where the doorway notes whom it refused."""

    def __init__(self):
        self.noted = []

    def note(self, actor, client, code, doorway):
        del actor, client
        self.noted.append((code, doorway))


@asynccontextmanager
async def sending(journey):
    """Slack and the doorway, in one process."""
    settings = Settings(data_dir=journey.folder, webhook_allow_private=True)
    database, refusals = journey.world.database, Refused()
    runtime = Runtime(settings, database, Live(database), refusals=refusals)
    transport = httpx.ASGITransport(Starlette(routes=routes(runtime)))
    async with httpx.AsyncClient(transport=transport, base_url="http://muster.example") as client:
        yield Sender(journey, client, refusals)
