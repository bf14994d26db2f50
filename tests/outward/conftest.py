"""A vendor of conference calls that does as it is told, with state of its own, and an account there."""

import pytest
from pydantic import Field, SecretStr

from actions.outward import vendors
from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.settings import save_integration
from actions.outward.vendors import Port, Vendor
from integrations import adaptors
from integrations.configuration import BaseUrl, Configuration
from tests.outward.slack_double import slack_workspace
from tests.outward.slack_journey import Journey
from tests.outward.slack_posting import SECRET, sending


class StubbornConfiguration(Configuration):
    base_url: BaseUrl = Field(description="Where it is.")
    token: SecretStr = Field(description="From its settings.")
    region: str | None = Field(default=None, description="Which part of it.")


class Stubborn:
    """The vendor: `calls` are there; `does` says, attempt by attempt, what fails before or after a call is made."""

    def __init__(self):
        self.calls, self.attempts, self.looked, self.does, self.found = {}, 0, 0, [], []
        self.tokens = []

    def open(self, configuration, speak):
        del speak
        self.tokens.append(StubbornConfiguration(**configuration).token.get_secret_value())
        return self

    async def open_bridge(self, matter):
        self.attempts += 1
        before, after = self.does.pop(0) if self.does else (None, None)
        if before is not None:
            raise before
        self.calls.setdefault(matter.reference, []).append(f"https://calls.example/{matter.reference}")
        if after is not None:
            raise after
        return await self.find_bridge(matter)

    async def find_bridge(self, matter):
        self.looked += 1
        made = self.calls.get(matter.reference)
        return Made(f"call-{matter.reference}", made[0]) if made else None

    async def check(self):
        return self.found or [Check("token", Result.OK, "It is good.")]


@pytest.fixture
def stubborn(monkeypatch):
    made = Stubborn()
    vendor = Vendor("stubborn", "Stubborn Calls", frozenset({Port.BRIDGE}), StubbornConfiguration)
    monkeypatch.setitem(vendors.VENDORS, "stubborn", vendor)
    monkeypatch.setitem(adaptors.ADAPTORS, "stubborn", made.open)
    return made


@pytest.fixture
async def account(world, stubborn):
    """An integration of the stubborn vendor."""
    del stubborn
    given = {"base_url": "https://calls.example", "token": "s3cret"}
    return await world.do(save_integration, world.ada, vendor="stubborn", key="calls", configuration=given)


@pytest.fixture
async def slack():
    async with slack_workspace() as made:
        made.know(*(f"{name}@quillhaven.example" for name in ("ada", "ben", "chi")))
        yield made


@pytest.fixture
async def journey(world, slack, tmp_path):
    made = Journey(world, slack, tmp_path)
    await made.connect()
    await made.run()
    slack.asked.clear()
    return made


@pytest.fixture
async def sender(world, slack, tmp_path):
    made = Journey(world, slack, tmp_path)
    await made.connect(signing_secret=SECRET)
    await made.run()
    slack.asked.clear()
    async with sending(made) as found:
        yield found


@pytest.fixture
async def held(sender):
    """An incident that ben declared, and the key of its channel."""
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    sender.slack.asked.clear()
    return incident, channel["id"]
