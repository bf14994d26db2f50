"""Who is here, across processes: two servers on one database, and what one of them hears."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from actions.declarations import declare_incident
from auth.actor import Actor
from console.incident import here
from console.incident.here import GONE, LISTED, Company
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.words import AccessRole, ActorKind
from server.asgi import build_app
from tests.console.desk import words
from tests.console.incident.test_live import browsing, opened
from tests.journeys.product import serving

INCIDENT = 7
COMES = {"incident": INCIDENT, "people": [[3, "Chi Tran"]], "more": 0}


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


@asynccontextmanager
async def server(world, tmp_path):
    async with serving(build_app(Runtime(Settings(data_dir=tmp_path), world.database, Live(world.database)))) as found:
        yield found


async def test_people_on_another_server_are_here_too(world, tmp_path, incident):
    async with (
        server(world, tmp_path) as address,
        server(world, tmp_path) as elsewhere,
        browsing(world, address, "chi") as chi,
        browsing(world, elsewhere, "ben") as ben,
        opened(address, chi, incident) as first,
    ):
        assert words((await first.next("here"))[1]) == "1 person here with this page open: Chi Tran"
        async with opened(elsewhere, ben, incident) as second:
            both = "2 people here with this page open: Ben Silva, Chi Tran"
            assert words((await first.next("here"))[1]) == both
            assert "1 person" in words((await second.next("here"))[1]), "it was not there when Chi came, and asks"
            assert words((await second.next("here"))[1]) == both
        assert words((await first.next("here"))[1]) == "1 person here with this page open: Chi Tran"


class Line:
    """What a process says, and how it hears."""

    def __init__(self):
        self.said = []
        self.told = asyncio.Event()

    def say(self, _, what):
        self.said.append(what)
        if "people" in what:
            self.told.set()

    def hear(self, _, callback):
        self.hears = callback


class Open:
    """A page that counts how often it looked up."""

    woken = 0

    def wake(self):
        self.woken += 1


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def company(line):
    return Company(line)


def person(key):
    return Actor(ActorKind.USER, key, f"Person {key:02}", AccessRole.RESPONDER)


async def test_of_a_process_that_died_nothing_is_heard_and_its_people_are_gone(company, line, monkeypatch):
    assert line.said == [{"ask": True}]
    page = Open()
    with company.joined(INCIDENT, person(1), page):
        line.hears("b", COMES)
        assert (company.people(INCIDENT), page.woken) == ((["Chi Tran", "Person 01"], 0), 1)
        monkeypatch.setattr(here, "GONE", -GONE)
        line.hears("b", COMES)
        assert company.people(INCIDENT) == (["Person 01"], 0)


async def test_who_leaves_there_is_gone_and_who_is_in_both_counts_once(company, line):
    line.hears("b", COMES)
    line.hears("c", {**COMES, "more": 4})
    assert company.people(INCIDENT) == (["Chi Tran"], 4)
    line.hears("c", {"incident": INCIDENT, "people": [], "more": 0})
    assert company.people(INCIDENT) == (["Chi Tran"], 0)
    line.hears("b", {"incident": INCIDENT, "people": [], "more": 0})
    assert company.people(INCIDENT) == ([], 0)


async def test_of_a_crowd_some_are_named_to_others(company, line, monkeypatch):
    monkeypatch.setattr(here, "BEAT", 0)
    pages = [company.joined(INCIDENT, person(key), Open()) for key in range(1, LISTED + 6)]
    for page in pages:
        page.__enter__()
    await line.told.wait()
    told = line.said[1]
    assert (told["incident"], len(told["people"]), told["more"]) == (INCIDENT, LISTED, 5)
    assert company.people(INCIDENT)[0][0] == "Person 01"
    for page in pages:
        page.__exit__(None, None, None)
