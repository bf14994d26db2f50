"""Names that change their mind (DNS rebinding): what was judged is what is connected to, and nothing else ever."""

import asyncio
from itertools import chain, repeat

import pytest

from integrations.webhook import WebhookError, post
from tests.integrations.test_webhook import SECRET, message
from tests.jobs.receiver import receiver

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"


class Network:
    """A resolver that answers with one list after the other, the last one for ever, and what was connected to then."""

    def __init__(self, monkeypatch, port):
        self.answers = iter(())
        self.asked = []
        self.connected = []
        loop = asyncio.get_running_loop()
        connect = loop.create_connection

        async def resolve(host, *_, **__):
            self.asked.append(host)
            return [(0, 0, 0, "", (ip, 443)) for ip in next(self.answers)]

        async def reach(protocol, host, _port, **more):
            """Connections are real, and all end at our receiver: the addresses of the tests belong to others."""
            self.connected.append(host)
            return await connect(protocol, "127.0.0.1", port, **more)

        monkeypatch.setattr(loop, "getaddrinfo", resolve)
        monkeypatch.setattr(loop, "create_connection", reach)

    def says(self, *answers):
        self.answers = chain(answers, repeat(answers[-1]))


@pytest.fixture
async def other():
    async with receiver() as made:
        yield made


@pytest.fixture
async def network(monkeypatch, other):
    return Network(monkeypatch, other.port)


async def send():
    return await post("http://hooks.example/in", message(), SECRET)


@pytest.mark.parametrize("first", [PUBLIC, OTHER])
async def test_what_was_judged_is_connected_to_whatever_the_name_says_next(network, other, first):
    network.says([first], ["127.0.0.1"])
    assert await send() == 200
    assert (network.asked, network.connected) == (["hooks.example"], [first])
    assert other.arrived[0].headers["host"] == "hooks.example"
    with pytest.raises(WebhookError, match=r"127\.0\.0\.1"):
        await send()
    assert network.connected == [first], "the next message is judged anew"


@pytest.mark.parametrize(
    "answer", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [OTHER, "::1"], [PUBLIC, OTHER, "fe80::1%2"]]
)
async def test_one_private_address_among_public_ones_is_one_too_many(network, answer):
    network.says(answer)
    with pytest.raises(WebhookError) as refused:
        await send()
    assert not refused.value.uncertain
    assert network.connected == []


HIDDEN = [
    *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:5db8:d822:0:0:80ff:fffe"),
    *("0.0.0.0", "0.1.2.3", "::", "100.64.0.1", "169.254.169.254", "192.0.0.8", "192.0.0.192"),  # noqa: S104
    *("192.88.99.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "fd00:ec2::254", "fec0::1", "ff0e::1", "fe80::1%2"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "2001:20::1", "::ffff:0.0.0.0", "4000::1"),
]
"""Mapped, translated (RFC 2765, 6052), compatible (RFC 4291), 6to4 (RFC 3056), Teredo (RFC 4380), and plain ones."""


@pytest.mark.parametrize("address", HIDDEN)
async def test_private_addresses_are_found_wherever_they_hide(network, address):
    network.says([address])
    with pytest.raises(WebhookError):
        await send()
    assert network.connected == []


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "//10.0.0.1/"]
)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_leads_nowhere(network, other, target, status):
    network.says([PUBLIC])
    other.status, other.more = status, f"location: {target}\r\n"
    assert await send() == status
    assert network.connected == [PUBLIC]
