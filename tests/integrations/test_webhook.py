"""Posting webhooks: the signature, where they may go, and what counts as an answer."""

import asyncio
import ipaddress
import socket
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations import webhook
from integrations.address_guard import ForbiddenAddressError, UnresolvableError, is_public, resolve
from integrations.webhook import Message, WebhookError, post, signed_headers
from tests.jobs.receiver import receiver

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def message(body=b'{"type":"incident.declared"}'):
    return Message("msg_1", datetime.now(UTC), body)


async def test_the_receiver_can_verify_what_it_gets():
    async with receiver() as other:
        assert await post(other.url, message(), SECRET, allow_private=True) == 200
    (got,) = other.arrived
    assert got.path == "/hook"
    assert got.headers["host"] == f"127.0.0.1:{other.port}"
    assert got.headers["webhook-id"] == "msg_1"
    assert Webhook(SECRET).verify(got.body, got.headers) == {"type": "incident.declared"}


def test_a_changed_message_does_not_verify():
    headers = signed_headers(message(), SECRET)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b'{"type":"incident.closed"}', headers)


@pytest.mark.parametrize("status", [204, 302, 410, 500])
async def test_every_status_is_an_answer_and_redirects_are_not_followed(status):
    async with receiver() as other:
        other.status = status
        other.more = f"location: {other.url}/elsewhere\r\n"
        assert await post(other.url, message(), SECRET, allow_private=True) == status
    assert len(other.arrived) == 1


async def test_an_endless_answer_is_not_read():
    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            pass

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await post(f"http://127.0.0.1:{port}/", message(), SECRET, allow_private=True) == 200


async def test_a_connection_that_is_refused_leaves_no_doubt():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(WebhookError) as failed:
        await post(f"http://127.0.0.1:{port}/", message(), SECRET, allow_private=True)
    assert not failed.value.uncertain


async def test_a_connection_that_is_lost_leaves_a_doubt():
    async with receiver() as other:
        other.status = None
        with pytest.raises(WebhookError) as failed:
            await post(other.url, message(), SECRET, allow_private=True)
    assert failed.value.uncertain


async def test_an_answer_that_takes_too_long_leaves_a_doubt(monkeypatch):
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    release = asyncio.Event()

    async def silent(_, writer):
        await release.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(WebhookError, match="no answer") as failed:
            await post(f"http://127.0.0.1:{port}/", message(), SECRET, allow_private=True)
        release.set()
    assert failed.value.uncertain


SPELLINGS = [
    *("127.0.0.1", "127.0.0.1.", "127.1", "localhost", "localhost.", "LOCALHOST", "user:secret@127.0.0.1"),
    *("2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "%31%32%37.0.0.1", "①②⑦.0.0.1"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_nothing_is_posted_to_ourselves_however_that_is_spelled(host):
    async with receiver() as other:
        with pytest.raises(WebhookError):
            await post(f"http://{host}:{other.port}/", message(), SECRET)
    assert other.arrived == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (an address to refuse)
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
    ],
)
def test_addresses_that_are_not_public(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_addresses_that_are_public(address):
    assert is_public(ipaddress.ip_address(address))


async def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    async def two(*_, **__):
        return [(0, 0, 0, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", two)
    with pytest.raises(ForbiddenAddressError, match=r"10\.0\.0\.1"):
        await resolve("rebinding.example", 443)
    assert await resolve("rebinding.example", 443, allow_private=True) == "93.184.216.34"


async def test_a_name_that_leads_nowhere():
    with pytest.raises(UnresolvableError):
        await resolve("nowhere.invalid", 443)
