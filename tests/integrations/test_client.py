"""The client of vendors: what each answer, or none, means for what is to be done once and for what may be repeated."""

import asyncio
import contextlib
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations import client as client_module
from integrations.client import Account, VendorClient
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable
from tests.journeys.product import serving


class Vendor:
    """A vendor that answers as it is told, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.answer = [], JSONResponse({"ok": True})

    async def handle(self, request):
        self.asked.append((request.method, str(request.url), dict(request.headers), await request.body()))
        return self.answer


@pytest.fixture
async def vendor():
    made = Vendor()
    async with serving(
        Starlette(routes=[Route("/{path:path}", made.handle, methods=["GET", "POST", "PUT"])])
    ) as address:
        made.address = address
        yield made


def client_of(address, **more):
    account = Account("Exampler", f"{address}/api", {"authorization": "Bearer s3cret"}, allow_private=True, **more)
    return VendorClient(account)


def counted(outcome):
    named = {"vendor": "Exampler", "outcome": outcome}
    return REGISTRY.get_sample_value("muster_vendor_requests_total", named) or 0


async def test_a_question_and_its_answer(vendor):
    before = counted("done")
    answer = await client_of(vendor.address).ask("POST", "/things?x=1", json={"a": [1]}, once=True)
    assert (answer.status, answer.body, answer.good) == (200, {"ok": True}, True)
    ((method, url, headers, body),) = vendor.asked
    assert (method, url.partition("/api")[2], body) == ("POST", "/things?x=1", b'{"a":[1]}')
    assert headers["authorization"] == "Bearer s3cret"
    assert headers["host"] == vendor.address.removeprefix("http://")
    assert counted("done") == before + 1


ALIKE = {
    400: Permanent,
    401: AuthExpired,
    403: Permanent,
    404: Permanent,
    422: Permanent,
    429: Retryable,
    301: Permanent,
}


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("status", ALIKE)
async def test_refusals_mean_the_same_for_everything(vendor, status, once):
    vendor.answer = JSONResponse({"message": "no channel named Bearer abcdefghijklmnopqrstuvwxyz"}, status)
    with pytest.raises(ALIKE[status]) as refused:
        await client_of(vendor.address).ask("POST", "/", once=once)
    assert type(refused.value) is ALIKE[status]
    assert "Exampler" in refused.value.words
    assert "abcdefgh" not in refused.value.words
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(("once", "means"), [(True, Ambiguous), (False, Retryable)])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failure_of_theirs_is_in_doubt_only_where_that_matters(vendor, status, once, means):
    vendor.answer = Response("oh", status)
    before = counted(means.__name__.lower())
    with pytest.raises(means):
        await client_of(vendor.address).ask("POST", "/", once=once)
    assert counted(means.__name__.lower()) == before + 1


async def test_an_expected_refusal_is_an_answer(vendor):
    vendor.answer = JSONResponse({"error": "name_taken"}, 409)
    answer = await client_of(vendor.address).ask("POST", "/", once=True, expected=frozenset({409}))
    assert (answer.status, answer.body["error"], answer.good) == (409, "name_taken", False)


def dated(minutes):
    """A moment from now as an HTTP date."""
    return format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)


AFTER = {
    "a number": (lambda: "7", 7, 7),
    "a fraction": (lambda: "0.5", 0.5, 0.5),
    "a date to come": (lambda: dated(5), 200, 300),
    "a date that has passed": (lambda: dated(-5), 0, 0),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", AFTER)
async def test_who_asks_us_to_wait_did_nothing_and_is_left_alone_so_long(vendor, status, name):
    given, least, most = AFTER[name]
    vendor.answer = Response("later", status, {"retry-after": given()})
    with pytest.raises(Retryable) as asked:
        await client_of(vendor.address).ask("POST", "/", once=True)
    assert least <= asked.value.after <= most


@pytest.mark.parametrize("given", ["", "soon", "-3", "999999999", "1e9", "٣"])
async def test_a_wait_that_can_not_be_meant_is_none(vendor, given):
    vendor.answer = Response("later", 429, {"retry-after": given.encode("utf-8").decode("latin-1")})
    with pytest.raises(Retryable) as asked:
        await client_of(vendor.address).ask("GET", "/", once=False)
    assert asked.value.after is None


async def test_who_refuses_the_connection_did_nothing():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Retryable, match="can't be reached"):
        await client_of(f"http://127.0.0.1:{port}").ask("POST", "/", once=True)
    with pytest.raises(Retryable, match="can't be reached"):
        await client_of("http://nowhere.invalid").ask("POST", "/", once=True)


async def _hang_up(reader, _):
    await reader.readuntil(b"\r\n\r\n")


async def _stay_silent(reader, _):
    await reader.read()


async def _never_end(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            await writer.drain()


@pytest.mark.parametrize(("once", "means"), [(True, Ambiguous), (False, Retryable)])
@pytest.mark.parametrize("behaviour", [_hang_up, _stay_silent, _never_end])
async def test_a_lost_answer_is_in_doubt_only_where_that_matters(monkeypatch, behaviour, once, means):
    monkeypatch.setattr(client_module, "SECONDS", 0.5)
    over = asyncio.Event()

    async def behave(reader, writer):
        await behaviour(reader, writer)
        writer.close()
        over.set()

    server = await asyncio.start_server(behave, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(means, match="did not answer"):
            await client_of(f"http://127.0.0.1:{port}").ask("POST", "/", once=once)
        await over.wait()


async def test_our_own_network_is_out_of_reach_unless_allowed(vendor):
    account = Account("Exampler", vendor.address, {})
    with pytest.raises(Permanent, match="not a public address"):
        await VendorClient(account).ask("GET", "/", once=False)
    assert vendor.asked == []


@pytest.mark.parametrize("content", [b"{", b"\xff", b""])
async def test_an_answer_that_claims_to_be_json_and_is_not_has_no_body(vendor, content):
    vendor.answer = Response(content, media_type="application/json")
    assert (await client_of(vendor.address).ask("GET", "/", once=False)).body is None
