"""Clients that go on while everything is killed around them: people, monitors and subscribers, each with a memory.

Whoever gets no answer asks again with the same idempotency key until there is one, as clients are told to do.
"""

import asyncio
import json
from collections import Counter, defaultdict

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from core.cursor import decode_cursor
from tests.journeys.product import mutation

PASSING = {"UNAVAILABLE", "TIMEOUT"}
PAUSE = 0.02
ANSWER = {
    "addEntry": "event { number }",
    "declareIncident": "incident { reference }",
    "changeStage": "incident { stage }",
    "publishUpdate": "update { id }",
    "addTask": "task { id }",
    "claimTask": "task { state }",
    "createAlertSource": "hookUrl",
    "saveRoutingRule": "cursor",
    "createWebhook": "cursor",
    "saveUser": "cursor",
    "saveIntegration": "cursor",
    "saveWorkflow": "cursor",
}


class Crowd:
    """Everybody who uses one Muster at an address, whether it is there or not."""

    def __init__(self, address, token, random):
        self.address, self.token, self.random = address, token, random
        self.client = httpx.AsyncClient(base_url=address, trust_env=False, timeout=10)
        self.done = defaultdict(list)
        """What was acknowledged, by mutation: (what was asked, what was answered)."""
        self.alerts = set()
        """Fingerprints of alerts that were taken."""
        self.said = Counter()
        """What else was answered: statuses with codes."""
        self.ended = asyncio.Event()
        self._tasks = []

    async def does(self, name, /, **given):
        """Carry out a mutation, as often as it takes."""
        given["idempotencyKey"] = f"{name}-{self.random.getrandbits(64):x}"
        body = {"query": mutation(name, ANSWER[name]), "variables": {"input": given}}
        answer = await self._sent("/graphql", body)
        self.done[name].append((given, answer["data"][name]))
        return answer["data"][name]

    async def _sent(self, path, body):
        while True:
            try:
                response = await self.client.post(path, json=body, headers={"Authorization": f"Bearer {self.token}"})
                answer = response.json()
            except (httpx.TransportError, ValueError):
                await asyncio.sleep(PAUSE)
                continue
            errors = answer.get("errors") or (
                [answer["error"] | {"extensions": answer["error"]}] if "error" in answer else []
            )
            if not errors:
                return answer
            code = errors[0]["extensions"]["code"]
            self.said[f"{response.status_code} {code}"] += 1
            assert code in PASSING, (body, answer)
            assert response.status_code == 503 or code == "TIMEOUT", (
                body,
                answer,
            )  # one field of an answer may be late
            await asyncio.sleep(PAUSE)

    def begins(self, work):
        """Have something done until the end."""
        self._tasks.append(asyncio.create_task(work))

    async def writer(self, name, shared):
        """A person: writes into the incidents of all, and leads some of their own."""
        count = 0
        while not self.ended.is_set():
            count += 1
            text = f"{name}-{count}"
            await self.does("addEntry", incident=self.random.choice(shared), kind="NOTE", text=text)
            match self.random.randrange(8):
                case 0:
                    declared = await self.does("declareIncident", title=text, severity="SEV1")
                    own = declared["incident"]["reference"]
                    for stage in self.random.choice((["MITIGATION"], ["MITIGATION", "RESPONSE"], ["RESOLUTION"])):
                        await self.does("changeStage", incident=own, stage=stage)
                case 1:
                    await self.does(
                        "publishUpdate", incident=self.random.choice(shared), audience="INTERNAL", body=text
                    )
                case 2:
                    task = (await self.does("addTask", incident=self.random.choice(shared), title=text))["task"]["id"]
                    await self.does("claimTask", task=task)
            await asyncio.sleep(PAUSE)

    async def monitor(self, hook):
        """An Alertmanager: delivers an alert until it is taken."""
        count = 0
        while not self.ended.is_set():
            count += 1
            fingerprint = f"f{count}"
            alert = {
                "status": "firing",
                "labels": {"alertname": "Slow", "severity": "critical"},
                "startsAt": "2026-11-24T02:50:00Z",
                "fingerprint": fingerprint,
            }
            group = {"version": "4", "groupKey": f"g{count % 7}", "alerts": [alert]}
            await self._sent(hook, group)
            self.alerts.add(fingerprint)
            await asyncio.sleep(5 * PAUSE)

    async def end(self):
        """Have everybody finish what they are at. What went wrong with one of them is raised."""
        self.ended.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*self._tasks)
        await self.client.aclose()


class Subscriber:
    """Follows events over WebSocket; cut off, it comes back and resumes after the last cursor that it has."""

    def __init__(self, crowd, field, after, incident=None):
        self.field, self.incident, self.after = field, incident, after
        self.seen, self.connections, self.refused = [], 0, Counter()
        self._crowd = crowd
        self._task = asyncio.create_task(self._follow())

    async def _follow(self):
        while True:
            try:
                await self._connected()
            except (OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await asyncio.sleep(PAUSE)

    async def _connected(self):
        address = self._crowd.address.replace("http", "ws") + "/graphql"
        async with connect(address, subprotocols=["graphql-transport-ws"], proxy=None, open_timeout=3) as socket:
            payload = {"Authorization": f"Bearer {self._crowd.token}"}
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            await socket.recv()
            selection = "cursor" if self.field == "incidentEvents" else "cursor event { cursor }"
            query = (
                f"subscription($after: Cursor, $incident: String) {{ {self.field}(after: $after, incident: $incident)"
                f" {{ {selection} }} }}"
            )
            variables = {"after": self.after, "incident": self.incident}
            await socket.send(
                json.dumps({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})
            )
            self.connections += 1
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "error":
                    self.refused[message["payload"][0]["extensions"]["code"]] += 1
                    return
                assert message["type"] == "next", message
                self._take(message["payload"]["data"][self.field])

    def _take(self, value):
        self.after = value["cursor"]
        if self.field == "incidentEvents" or value["event"]:
            self.seen.append(decode_cursor(value["cursor"]))

    def check(self):
        """Raise what ended it before its time."""
        if self._task.done():
            self._task.result()

    async def end(self):
        """Hang up."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
