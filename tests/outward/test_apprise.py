"""Announcements through Apprise: only to hosts that are fixed, never with the address in an error."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from apprise import Apprise
from apprise.plugins.discord import NotifyDiscord
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from actions.outward.vendors import checked
from core.errors import DomainError
from integrations import apprise_channel
from integrations.apprise_channel import HOSTED, TEXT, VENDOR, open_apprise, text
from integrations.failures import Ambiguous, Permanent, Retryable
from integrations.ports import Remark
from tests.journeys.product import serving
from tests.outward.desk import MATTER
from tests.outward.obeying import Obeying

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Apprise looks whether the module is there, and brings its own where it is not."""

URL = "discord://123456789012345678/s3cret_s3cret_s3cret/"


class Discord(Obeying):
    """A webhook of Discord; what was posted stands in `messages`."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def answer(self, request, body):
        assert request.url.path == "/123456789012345678/s3cret_s3cret_s3cret"
        self.messages.append(json.loads(body))
        return Response(status_code=204)


@pytest.fixture
async def discord(monkeypatch):
    made = Discord()
    async with serving(Starlette(routes=[Route("/{path:path}", made.handle, methods=["POST"])])) as address:
        monkeypatch.setattr(NotifyDiscord, "notify_url", address)
        yield made


def opened(url=URL):
    return open_apprise({"url": url}, None)


async def test_an_incident_its_turns_and_updates_are_messages(discord):
    there = opened()
    assert [check.result for check in await there.check()] == ["OK"]
    await there.announce(MATTER)
    await there.follow_announcement(replace(MATTER, severity="SEV2"), "INC-1")
    await there.relay(MATTER, "INC-1", Remark("update-1", "We roll back."))
    await there.follow_announcement(replace(MATTER, private=True, title="Leak"), "INC-1")
    await there.test_send()
    first, turn, update, trial = map(str, discord.messages)
    assert "INC-1: Checkout is down" in first
    assert MATTER.url in first
    assert "Severity: SEV2" in turn
    assert "We roll back." in update
    assert "This is a test" in trial


async def test_what_people_write_calls_nobody_and_links_nowhere(discord):
    evil = "@everyone <@1> <!channel> [x](https://evil.example) www.evil.example"
    await opened().relay(replace(MATTER, title=evil), "INC-1", Remark("update-1", evil))
    said = str(discord.messages)
    for call in ("@everyone", "<@1>", "<!channel>", "](http", "https://evil", "www.evil"):
        assert call not in said


@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_a_refusal_is_tried_again_and_does_not_leak(discord, status, caplog):
    discord.does = [Response("s3cret", status)] * 9
    with caplog.at_level(logging.DEBUG), pytest.raises(Retryable) as failed:
        await opened().announce(MATTER)
    assert "s3cret" not in failed.value.words
    assert "s3cret" not in "".join(record.getMessage() for record in caplog.records if record.name == "apprise")


async def test_a_silence_is_in_doubt(discord, monkeypatch):
    monkeypatch.setattr(apprise_channel, "SECONDS", 0.2)
    monkeypatch.setattr(apprise_channel, "READ_SECONDS", 0.5)
    discord.does = ["lost"]
    with pytest.raises(Ambiguous) as failed:
        await opened().announce(MATTER)
    assert "s3cret" not in failed.value.words


async def test_an_address_that_lacks_a_part_is_told_without_it():
    there = opened("discord://s3cret")
    (check,) = await there.check()
    assert check.result == "WRONG"
    with pytest.raises(Permanent) as failed:
        await there.announce(MATTER)
    assert "s3cret" not in check.words + failed.value.words


@pytest.mark.parametrize(
    "url", ["json://10.0.0.1/s3cret", "mailto://a:s3cret@x.y", "syslog://", "https://x/s3cret", "s3cret"]
)
def test_other_services_are_refused_and_not_repeated(url):
    with pytest.raises(DomainError, match="discord://") as refused:
        checked(VENDOR, {"url": url})
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"


def test_no_option_of_an_address_loosens_what_is_asked_for():
    service = apprise_channel._service(f"{URL}?verify=no&rto=900&cto=900")  # noqa: SLF001
    assert service.verify_certificate is True
    assert (service.socket_connect_timeout, service.socket_read_timeout) == (4.0, 8.0)


def test_the_hosts_of_those_that_are_let_through_are_fixed():
    known = {}
    for each in Apprise().details()["schemas"]:
        for scheme in (*(each["protocols"] or ()), *(each["secure_protocols"] or ())):
            known[scheme] = each["details"]
    for scheme in HOSTED:
        assert "host" not in known[scheme]["tokens"], scheme


def test_a_message_is_as_short_as_the_smallest_service_takes():
    far = replace(MATTER, severity="S" * 500, commander="C" * 500, channel="https://c/" + "x" * 800, bridge="https://b")
    assert len(text(far)) <= TEXT
    assert "https://b" in text(far)


def test_the_guide_names_the_services():
    guide = (Path(__file__).parents[2] / "docs/guides/apprise.md").read_text()
    assert {scheme for scheme in HOSTED if f"`{scheme}`" not in guide} == set()
