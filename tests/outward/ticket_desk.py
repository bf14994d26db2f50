"""A tracker as a double that posts webhooks, Muster's account there, and the way that both take."""

from contextlib import asynccontextmanager

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from integrations import ticket_hooks
from models.integration import OutwardAction
from models.words import OutwardVerb
from tests.outward.desk import desk_at
from tests.outward.ticket_posting import SECRET

NAMES = {
    "jira": {"closed": "Done", "open": "To Do", "begun": "In Progress"},
    "github": {"closed": "closed", "open": "open", "begun": "open"},
}


class Tracker:
    """What people do at the double, and what it tells."""

    def __init__(self, desk):
        self.desk, self.world, self.vendor, self.name = desk, desk.world, desk.vendor, desk.name

    async def run(self):
        """Every job once, and what they queue."""
        return await self.desk.run("outward.follow")

    async def post(self, body, headers, path=None):
        """One request to the hook."""
        runtime = Runtime(Settings(), self.world.database, Live(self.world.database))
        transport = httpx.ASGITransport(Starlette(routes=ticket_hooks.routes(runtime)))
        async with httpx.AsyncClient(transport=transport, base_url="http://muster.example") as client:
            return await client.post(path or f"/hooks/{self.name}/{self.name}", content=body, headers=headers)

    async def deliver(self):
        """Take what the double posted to the hook; whether each was taken."""
        posted, self.vendor.posted = self.vendor.posted, []
        answers = [await self.post(body, headers) for headers, body in posted]
        assert {answer.status_code for answer in answers} <= {202}
        return [answer.json()["taken"] for answer in answers]

    async def settle(self, rounds=4):
        """Jobs and webhooks in turn, until neither side has anything to say."""
        for _ in range(rounds):
            self.world.clock.advance(minutes=1)
            await self.run()
            if not self.vendor.posted:
                return
            await self.deliver()
        raise AssertionError("they go on and on")

    def ticket(self, number=1):
        """What the double calls an issue."""
        return f"OPS-{number}" if self.name == "jira" else number

    def move(self, to, number=1, **more):
        """Somebody takes an issue there: `closed`, `open`, `begun`."""
        self.vendor.change(self.ticket(number), NAMES[self.name][to], **more)

    def standing(self, number=1):
        """How an issue stands there: `done` or not."""
        if self.name == "github":
            return self.vendor.issues[number - 1]["state"] == "closed"
        return self.vendor.issues[self.ticket(number)]["fields"]["status"]["statusCategory"]["key"] == "done"

    def moves(self):
        """How often we were the ones who moved an issue."""
        patched = [method for method, *_ in self.vendor.asked].count("PATCH")
        return patched + len(self.vendor.posts("/transitions"))

    async def known(self):
        """How far we know the latest ticket to be: state, words, assignee."""
        opened = select(OutwardAction).where(OutwardAction.verb == OutwardVerb.OPEN_TICKET)
        async with self.world.database.reading() as reader:
            row = await reader.row(OutwardAction, opened.order_by(OutwardAction.id.desc()))
        return str(row.ticket_state), row.ticket_status, row.ticket_assignee

    async def told(self, incident):
        """What the timeline tells of the ticket, and who it says did it."""
        events = await self.world.events(incident.id, "ticket.closed", "ticket.reopened", "outward.failed")
        return [(event.kind, str(event.actor_kind)) for event in events]


@asynccontextmanager
async def tracker_at(world, tmp_path, name):
    """A tracker that is served for the block, with a webhook, and an account there."""
    async with desk_at(world, tmp_path, name) as desk:
        await desk.configure(webhook_secret=SECRET)
        yield Tracker(desk)
        assert getattr(desk.vendor, "faults", []) == [], "requests keep to the vendor's contract"
