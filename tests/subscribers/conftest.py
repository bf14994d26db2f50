"""The status page with its form, jobs in the test's own loop, real mail servers and real receivers of webhooks."""

import re
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

import statuspage.app
from actions.declarations import declare_incident
from actions.updates import publish_update
from core import ids
from core.budgets import Budgets
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.job import JobName
from models.subscriber import Subscriber, SubscriberDelivery
from models.words import Audience, PublicStatus
from tests.jobs.inline import jobs_with, run_jobs
from tests.jobs.postbox import postbox
from tests.statuspage.conftest import BASE, name_organisation

OURS = [name for name in JobName if name.startswith(("subscriber.", "broadcast."))]
KINDS = ["INCIDENTS", "MAINTENANCE"]
LINK = re.compile(r"https://status\.quillhaven\.example(/\S+)")


class Page:
    """The status page as a client meets it, and the jobs behind it."""

    def __init__(self, world, client, folder, settings):
        self.world, self.client, self.folder, self.settings = world, client, folder, settings
        self.box = None
        self.elapsed = 0

    async def sign_up(self, address="eve@example.org", channel="EMAIL", *, kinds=KINDS, components=()):
        """Send the form; the answer."""
        fields = {"channel": channel, "address": address, "kinds": list(kinds), "components": list(components)}
        return await self.client.post("/subscribe", data=fields)

    def wait_a_minute(self):
        """Let leak out what was taken of the budgets, which go by a clock that only grows."""
        self.elapsed += 60

    async def work(self, *names):
        """Run the jobs that wait; those that were put off."""
        with jobs_with(self.world.database, self.folder, **self.settings):
            return await run_jobs(self.world.database, *(names or OURS))

    async def subscribe(self, address="eve@example.org", **how):
        """Sign up by mail and confirm; the path of the managing link is known to `manage_path`."""
        assert (await self.sign_up(address, **how)).status_code == 200
        await self.work()
        assert (await self.client.post(self.links()[0])).status_code == 200

    def links(self, mail=-1):
        """The paths of the links in a mail's text, without the home page."""
        text = self.box.arrived[mail].get_body(("plain",)).get_content()
        return [path for path in LINK.findall(text) if path != "/"]

    async def subscribers(self):
        async with self.world.database.reading() as reader:
            return await reader.rows(Subscriber, select(Subscriber).order_by(Subscriber.id))

    async def ledger(self):
        async with self.world.database.reading() as reader:
            return await reader.rows(SubscriberDelivery, select(SubscriberDelivery).order_by(SubscriberDelivery.id))

    async def declare(self):
        """An incident; its reference."""
        incident = await self.world.do(declare_incident, self.world.ada, title="db-7 is dead", severity="SEV1")
        return incident.reference

    async def say(self, reference, body="We look into it.", status=PublicStatus.INVESTIGATING, **more):
        """A public update."""
        return await self.world.do(
            publish_update,
            self.world.ada,
            incident=reference,
            audience=Audience.PUBLIC,
            body=body,
            status=status,
            **{"public_title": "Orders can't be placed", **more},
        )

    def component(self, name):
        return ids.encode("Component", self.world.components[name].id)


@asynccontextmanager
async def page_of(world, folder, **settings):
    """A status page that nobody asked anything yet, with a mail server of its own."""
    async with postbox() as (box, port):
        given = {
            "smtp_url": f"smtp://127.0.0.1:{port}",
            "mail_from": "Quillhaven Status <status@quillhaven.example>",
            "statuspage_hosts": (urlsplit(BASE).hostname,),
            **settings,
        }
        made = Settings(public_url=BASE, data_dir=folder, **given)
        budgets = Budgets(lambda: page.elapsed)
        app = Starlette(
            routes=statuspage.app.routes(Runtime(made, world.database, Live(world.database), budgets=budgets))
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
            page = Page(world, client, folder, given)
            page.box = box
            yield page


@pytest.fixture
async def page(world, tmp_path):
    await world.do(name_organisation)
    async with page_of(
        world, tmp_path, webhook_allow_private=True, slack_hosts=("127.0.0.1",), teams_hosts=("127.0.0.1",)
    ) as made:
        yield made
