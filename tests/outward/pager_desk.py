"""A pager as a double, Muster's account there, and the way that its webhooks take."""

from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from actions.endings import cancel_incident, decline_incident
from actions.outward.paging import page_on_call
from actions.outward.settings import save_integration
from actions.reports import report_incident
from core import ids
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from integrations import opsgenie, pager_hooks
from integrations.adaptors import ADAPTORS
from integrations.client import VendorClient
from models.integration import OutwardAction
from tests.jobs.inline import jobs_with, run_jobs
from tests.journeys.product import serving
from tests.outward import opsgenie_double, pagerduty_double

TITLE = "Checkout is down"
VENDORS = {"pagerduty": pagerduty_double.PagerDuty, "opsgenie": opsgenie_double.Opsgenie}


def configuration(name, address):
    """What Muster is told of a double at an address."""
    if name == "opsgenie":
        return {"api_key": opsgenie_double.KEY, "webhook_token": opsgenie_double.SECRET, "base_url": address}
    return {
        "routing_key": pagerduty_double.KEY,
        "services": f"search={pagerduty_double.SEARCH_KEY}",
        "token": pagerduty_double.TOKEN,
        "from_email": pagerduty_double.FROM,
        "webhook_secret": pagerduty_double.SECRET,
        "events_url": address,
        "api_url": address,
    }


class PagerDesk:
    """The double is `vendor`, its account's key `name`."""

    def __init__(self, world, tmp_path, name):
        self.world, self.tmp_path, self.name = world, tmp_path, name
        self.vendor = VENDORS[name](world.clock)

    async def configure(self, **changes):
        """Change what Muster was told of it."""
        reference = ids.encode("Integration", self.account.id)
        await self.world.do(save_integration, self.world.ada, id=reference, configuration=changes)

    async def report(self, title=TITLE, actor=None, **more):
        """An incident in DETECTION, and the wish to page."""
        incident = await self.world.do(report_incident, actor or self.world.chi, title=title)
        await self.page(incident, **more)
        return incident

    async def page(self, incident, actor=None, **more):
        """The wish to page."""
        given = {"incident": incident.reference, "integration": self.name, **more}
        return await self.world.do(page_on_call, actor or self.world.chi, **given)

    async def run(self):
        """Every job once; how long those that were put off have to wait."""
        with jobs_with(self.world.database, self.tmp_path, webhook_allow_private=True):
            return [each.seconds for _, each in await run_jobs(self.world.database, "outward.perform", "pager.hear")]

    async def run_on(self, times=6):
        """Jobs again and again, minutes apart, until nothing waits."""
        for _ in range(times):
            self.world.clock.advance(minutes=11)
            if not await self.run():
                return
        raise AssertionError("something still waits")

    async def deliver(self, *, twice=False):
        """Take what the vendor posted to the hook, and do what follows; the statuses."""
        posted, self.vendor.posted = self.vendor.posted, []
        answers = [await self.post(body, headers) for headers, body in posted for _ in range(1 + twice)]
        await self.run()
        return [answer.status_code for answer in answers]

    async def post(self, body, headers, path=None):
        """One request to the hook."""
        runtime = Runtime(Settings(), self.world.database, Live(self.world.database))
        transport = httpx.ASGITransport(Starlette(routes=pager_hooks.routes(runtime)))
        async with httpx.AsyncClient(transport=transport, base_url="http://muster.example") as client:
            return await client.post(path or f"/hooks/{self.name}/{self.name}", content=body, headers=headers)

    async def settle(self, rounds=4):
        """Jobs and webhooks in turn, until neither side has anything to say."""
        for _ in range(rounds):
            await self.run()
            if not self.vendor.posted:
                return
            await self.deliver()
        raise AssertionError("they go on and on")

    async def orders(self):
        """What was ordered, as (key, state)."""
        async with self.world.database.reading() as reader:
            rows = await reader.rows(OutwardAction, select(OutwardAction).order_by(OutwardAction.id))
        return [(row.key.partition("/")[2], str(row.state)) for row in rows]

    async def action(self):
        """The latest order."""
        async with self.world.database.reading() as reader:
            return await reader.row(OutwardAction, select(OutwardAction).order_by(OutwardAction.id.desc()))

    async def heard(self, incident):
        """What the timeline tells of pages, as (change, who, note)."""
        events = await self.world.events(incident.id, "page.heard")
        return [
            (event.data["change"], event.data.get("user_id"), await self.world.text_of(event.id)) for event in events
        ]


def person_takes(desk, person="ben"):
    """Somebody acknowledges the page in the vendor's app."""
    if desk.name == "pagerduty":
        desk.vendor.acts({"ben": "PUSER01", "sam": "PUSER02"}[person], "acknowledged")
    else:
        where = {"ben": "Ben@quillhaven.example", "sam": "sam@elsewhere.example"}[person]
        desk.vendor.change(desk.vendor.only(), "Acknowledge", where)


def person_ends(desk):
    """Somebody resolves the page in the vendor's app."""
    if desk.name == "pagerduty":
        desk.vendor.acts("PUSER01", "resolved")
    else:
        desk.vendor.change(desk.vendor.only(), "Close", "ben@quillhaven.example")


def standing(desk):
    """How the one page stands at the vendor."""
    page = desk.vendor.only()
    if desk.name == "pagerduty":
        return page["status"]
    return "resolved" if page["status"] == "closed" else "acknowledged" if page["acknowledged"] else "triggered"


def end(world, incident, how):
    """The incident ends, other than by being resolved."""
    ref = {"incident": incident.reference}
    return {
        "decline": lambda: world.do(decline_incident, world.dov, **ref, reason="Nothing."),
        "cancel": lambda: world.do(cancel_incident, world.dov, **ref, reason="A test."),
    }[how]()


@asynccontextmanager
async def pager_at(world, tmp_path, name, monkeypatch):
    """A pager that is served for the block, and an account there."""
    monkeypatch.setattr(opsgenie, "PAUSE", 0)
    made = PagerDesk(world, tmp_path, name)
    async with serving(made.vendor.app()) as address:
        given = configuration(name, address)
        made.account = await world.do(save_integration, world.ada, vendor=name, configuration=given)
        yield made
        assert made.vendor.faults == [], "requests keep to the vendor's contract"


@asynccontextmanager
async def pager_adaptor(name, clock, **changes):
    """A double and the adaptor that speaks to it, without anything else of Muster."""
    vendor = VENDORS[name](clock)
    async with serving(vendor.app()) as address:
        given = {**configuration(name, address), **changes}
        yield vendor, ADAPTORS[name](given, lambda a: VendorClient(replace(a, allow_private=True)))
