"""Mail of monitors, sent by smtplib to the real listener: what is kept, and what senders' servers are told."""

import asyncio
import smtplib
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from actions.alerts.sources import create_alert_source, save_alert_source
from actions.refusals import Refusals
from auth.secret import mail_key, new_mail_key
from core.ids import encode
from core.live import Live
from core.mail_in_settings import listen_address
from core.runtime import Runtime
from core.settings import Settings
from integrations import mail_listener, source_intake
from integrations.mail_listener import taking_mail
from integrations.source_intake import gate_of
from models.alert_delivery import UnreadDelivery
from models.words import AlertState
from server.commands import doctor
from server.commands.doctor import examine_mail_in
from tests.actions.alerting import alerts, incidents, rule
from tests.integrations.hooking import refused
from tests.integrations.sources.posting import client_of
from tests.integrations.sources.test_mail import mail, nested
from tests.integrations.test_mail import certificate  # noqa: F401 (a fixture)


@asynccontextmanager
async def listening(world, **settings):
    given = {"smtp_listen": "127.0.0.1:0", "max_body_bytes": 20_000, **settings}
    runtime = Runtime(Settings(**given), world.database, Live(world.database), refusals=Refusals(world.database))
    async with taking_mail(runtime, gate_of(runtime)) as state:
        yield state, runtime


async def source(world, **more):
    row, key = await world.do(create_alert_source, world.ada, kind="email", name="Mail", **more)
    return encode("AlertSource", row.id), f"{key}@muster.example"


def send(port, message, *to, sender="monitor@example.org", tls=None):
    """What each step was answered: the last one's code and words."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        if tls is not None:
            server.starttls(context=tls)
        server.ehlo()
        answer = server.mail(sender)
        for each in to:
            answer = server.rcpt(each)
            if answer[0] != 250:
                return answer[0], answer[1].decode()
        if answer[0] == 250:
            answer = server.data(message if isinstance(message, bytes) else message.as_bytes())
        return answer[0], answer[1].decode()


async def sent(state, message, *to, **more):
    return await asyncio.to_thread(send, state.port, message, *to, **more)


async def kept(world):
    async with world.database.reading() as reader:
        return await reader.rows(UnreadDelivery, select(UnreadDelivery).order_by(UnreadDelivery.id))


async def test_an_alert_comes_ends_comes_anew_and_mails_that_come_again_change_nothing(world):
    await rule(world)
    _, address = await source(world)
    down = mail("Monitor is DOWN: Shop", Message_ID="<1@x>", Date="Tue, 24 Nov 2026 02:50:00 +0000")
    up = mail("Monitor is UP: Shop", Message_ID="<2@x>", Date="Tue, 24 Nov 2026 02:55:00 +0000")
    anew = mail("Monitor is DOWN: Shop", Message_ID="<3@x>", Date="Tue, 24 Nov 2026 02:58:00 +0000")
    async with listening(world) as (state, runtime):
        for message in (down, down, up, down):
            assert await sent(state, message, address.upper().replace("MUSTER", "any")) == (
                250, "2.0.0 The alert is kept.",
            )  # fmt: skip
        (only,) = await alerts(world)
        assert (only.title, only.state, only.count) == ("Monitor is DOWN: Shop", AlertState.RESOLVED, 1)
        assert only.starts_at < only.resolved_at
        assert len(await incidents(world)) == 1
        assert (await sent(state, anew, address, sender="<>"))[0] == 250
        assert [each.state for each in await alerts(world)] == [AlertState.RESOLVED, AlertState.FIRING]
        code, words = await sent(state, mail("** ACKNOWLEDGEMENT Host Alert: a is DOWN **"), address)
        assert (code, "changes nothing" in words) == (250, True)
        found = await examine_mail_in(Settings(smtp_listen=f"127.0.0.1:{state.port}"))
        assert found == [(True, f"mail of monitors is taken on 127.0.0.1:{state.port}")]
        assert runtime.settings.mail_domain("http://127.0.0.1:8000") == "localhost"


async def test_strangers_learn_nothing_but_that_they_are_refused(world):
    reference, address = await source(world)
    async with listening(world) as (state, runtime):
        assert (await sent(state, mail("a"), address))[0] == 250
        await world.do(save_alert_source, world.ada, id=reference, archived=True)
        before = refused("unknown_key")
        answers = [
            await sent(state, mail("a"), stranger)
            for stranger in (address, f"{new_mail_key()}@x", f"{'msh_' + 'a' * 48}@x", "root@x", "root")
        ]
        assert {code for code, _ in answers} == {550}
        assert len(set(answers)) == 1
        assert refused("unknown_key") == before + 5
        await runtime.refusals.write(everything=True)
    (noted,) = await world.events(None, "access.refused")
    assert (noted.data["doorway"], noted.data["times"]) == ("hook email", 5)
    assert len(await alerts(world)) == 1


async def test_what_is_not_taken_says_why_and_is_kept(world, monkeypatch):
    await rule(world)
    _, address = await source(world)
    second, other = await source(world)
    async with listening(world) as (state, _):
        code, words = await sent(state, nested(100), address)
        assert (code, "more than 30 parts" in words) == (554, True)
        (row,) = await kept(world)
        assert (row.reason, row.message in words) == ("invalid", True)
        assert (await sent(state, b"Subject: a\r\n\r\n" + b"x" * 21_000, address))[0] == 552
        assert (await asyncio.to_thread(_announced, state.port, 30_000))[0] == 552
        assert (await sent(state, b"Subject: long\r\n\r\n" + b"<p>" + b"y" * 15_000, address))[0] == 250
        assert (await sent(state, mail("two"), address, other))[0] == 250
        for raw in (b"Subject: a\0b\r\n\r\nh\0i", b"Subject: \xff\xfe\r\n\r\n\xff", b"From: (((\r\n\r\n"):
            assert (await sent(state, raw, address))[0] == 250
        count = len(await alerts(world))
        taking = source_intake.take

        async def away(database, row, reading):
            if encode("AlertSource", row.id) == second:
                raise ConnectionRefusedError
            return await taking(database, row, reading)

        monkeypatch.setattr(source_intake, "take", away)
        half = mail("half", Message_ID="<half@x>")
        assert (await sent(state, half, address, other))[0] == 451
        monkeypatch.undo()
        assert (await sent(state, half, address, other))[0] == 250
        assert len(await alerts(world)) == count + 2


async def test_the_same_message_may_be_posted(world):
    _, address = await source(world)
    async with client_of(world.database) as client:
        answer = await client.post(f"/hooks/alerts/email/{mail_key(address)}", content=mail("Down: a").as_bytes())
        assert (answer.status_code, answer.json()["created"]) == (202, 1)


async def test_a_port_that_is_taken_is_told_and_tried_again(world, monkeypatch, caplog):
    monkeypatch.setattr(mail_listener, "AGAIN", 0.01)
    monkeypatch.setattr(doctor, "GREETING_SECONDS", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        ((fine, line),) = await examine_mail_in(Settings(smtp_listen=where))
        assert (fine, "can't be bound" in line) == (False, True)
        async with listening(world, smtp_listen=where) as (state, _):
            assert "MAIL IS NOT TAKEN" in caplog.text
            assert await state.fault_now() is not None
            taken.close()
            async with asyncio.timeout(10):
                while await state.fault_now() is not None:  # noqa: ASYNC110 (it is a port of the machine's)
                    await asyncio.sleep(0.01)
            assert (await sent(state, mail("a"), "nobody@x"))[0] == 550
    assert await examine_mail_in(Settings()) == []
    assert "is free" in (await examine_mail_in(Settings(smtp_listen=where)))[0][1]
    async with listening(world, smtp_listen=None) as (state, _):
        assert (state.port, state.fault) == (None, None)


async def test_there_are_only_so_many_connections_and_no_endless_mail(world, monkeypatch):
    monkeypatch.setattr(mail_listener, "MOST_OF_ONE", 1)
    monkeypatch.setattr(mail_listener, "ENDLESS", 100_000)
    _, address = await source(world)
    async with listening(world) as (state, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        assert (await reader.readline()).startswith(b"220 localhost Muster")
        code, words = await asyncio.to_thread(_greeted, state.port)
        assert (code, "Too many connections" in words) == (421, True)
        writer.write(b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<" + address.encode() + b">\r\nDATA\r\n" + b"x" * 200_000)
        await writer.drain()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(100_000)
        writer.close()
        async with asyncio.timeout(10):
            while state.open:  # noqa: ASYNC110 (closing is the event loop's affair)
                await asyncio.sleep(0.01)
    assert await kept(world) == []


def _announced(port, size):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.ehlo()
        return server.mail("a@b.c", [f"SIZE={size}"])


def _greeted(port):
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=10)
    except smtplib.SMTPConnectError as error:
        return error.smtp_code, error.smtp_error.decode()
    return 220, ""


async def test_starttls_with_a_certificate(world, certificate):  # noqa: F811
    _, address = await source(world)
    _, file = certificate
    pair = {"smtp_certificate": file, "smtp_certificate_key": file.with_name("key.pem")}
    async with listening(world, **pair) as (state, _):
        trusting = ssl.create_default_context(cafile=file)
        trusting.check_hostname = False
        assert (await sent(state, mail("Problem: a"), address, tls=trusting))[0] == 250
    assert len(await alerts(world)) == 1
    async with listening(world, smtp_certificate="/nowhere.pem") as (state, _):
        assert state.fault is not None


def test_where_it_listens_and_keys_of_addresses():
    assert [listen_address(each) for each in ("192.0.2.1:25", "[::1]:2525", ":25")] == [
        ("192.0.2.1", 25), ("::1", 2525), ("", 25),
    ]  # fmt: skip
    for wrong in ("25", "a:b", "::1:25", "a:70000", "a:"):
        with pytest.raises(ValueError, match=r"must look like|stands in brackets"):
            listen_address(wrong)
    key = new_mail_key()
    assert mail_key(f"{key.upper()}@x") == key
    assert len(key) <= 64
    assert [mail_key(each) for each in (key, f"{key}a@x", f"{key[:-1]}g@x", "@", "")] == [None] * 5
