"""Handing in mail: to a real SMTP server, protected or not, to a folder, and every way in which that fails."""

import asyncio
import dataclasses
import email
import email.policy
import socket
import ssl
import stat
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from core.settings import Settings
from core.smtp import SmtpServer, StartTls, parse_smtp_url
from integrations.mail import Letter, MailDelayedError, MailRefusedError, build, send, wire
from tests.certificates import self_signed
from tests.jobs.postbox import postbox

LETTER = Letter(
    to="chi@quillhaven.example",
    subject="INC-7: Zürich is down",
    text="Zürich is down.\n",
    html="<p>Zürich is down.</p>",
    id="<inc-7.1@muster.example>",
    thread="<inc-7@muster.example>",
    list_id="Quillhaven <incidents.muster.example>",
    moment=datetime(2026, 11, 24, 3, 38, tzinfo=UTC),
)
SENDER = "Muster <muster@quillhaven.example>"


def settings(tmp_path, port=None, *, before="", query="", scheme="smtp"):
    url = f"{scheme}://{before}127.0.0.1:{port}{query}" if port else None
    return Settings(data_dir=tmp_path, smtp_url=url)


async def test_a_letter_arrives_whole(tmp_path):
    async with postbox() as (box, port):
        await send(build(LETTER, SENDER), settings(tmp_path, port))
    (mail,) = box.arrived
    assert mail["Subject"] == "INC-7: Zürich is down"
    assert mail["From"] == SENDER
    assert mail["To"] == "chi@quillhaven.example"
    assert mail["Message-ID"] == "<inc-7.1@muster.example>"
    assert mail["References"] == mail["In-Reply-To"] == "<inc-7@muster.example>"
    assert mail["List-Id"] == "Quillhaven <incidents.muster.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == LETTER.moment
    assert mail.get_body(("plain",)).get_content() == "Zürich is down.\n"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Zürich is down.</p>"


@pytest.mark.parametrize(
    "subject",
    [
        "[Quillhaven] INC-4 SEV1: payment-gateway refuses the start of every payment",
        "[Quillhaven] INC-4: you are Incident Commander – payment-gateway refuses the start of every payment",
        "[Quillhaven] INC-4: " + "配置" * 80,
        "a" * 200,
    ],
)
def test_a_long_subject_stays_whole_and_its_line_short(subject):
    raw = wire(build(dataclasses.replace(LETTER, subject=subject), SENDER))
    assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == subject
    assert raw.startswith(b"Subject: ")
    assert max(map(len, raw.splitlines())) < 998


async def test_nothing_that_people_write_becomes_a_header_or_a_command(tmp_path):
    hostile = dataclasses.replace(
        LETTER,
        subject="down\r\nBcc: eve@evil.example\r\n\r\nhello",
        text="a\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n..b\n",
    )
    async with postbox() as (box, port):
        await send(build(hostile, SENDER), settings(tmp_path, port))
    (mail,) = box.arrived
    assert mail["Bcc"] is None
    assert mail["Subject"] == "down Bcc: eve@evil.example hello"
    assert mail.get_body(("plain",)).get_content() == "a\n.\nMAIL FROM:<eve@evil.example>\n..b\n"


@pytest.mark.parametrize(
    "address",
    ["", "chi", "chi@", "@x.example", "chi@x.example\r\nBcc: eve@evil.example", "a b@x.example", "zoë@x.example"],
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(MailRefusedError):
        build(dataclasses.replace(LETTER, to=address), SENDER)


def test_an_international_domain_is_written_as_mail_servers_know_it():
    assert build(dataclasses.replace(LETTER, to="chi@zürich.example"), SENDER)["To"] == "chi@xn--zrich-kva.example"


@pytest.mark.parametrize(
    ("answer", "error"), [("550 no such user", MailRefusedError), ("451 try again later", MailDelayedError)]
)
async def test_a_recipient_is_refused_for_good_or_for_now(tmp_path, answer, error):
    async with postbox() as (box, port):
        box.answers[LETTER.to] = answer
        with pytest.raises(error, match=answer):
            await send(build(LETTER, SENDER), settings(tmp_path, port))
    assert box.arrived == []


@pytest.mark.parametrize(
    ("answer", "error"), [("554 looks like spam", MailRefusedError), ("452 disk full", MailDelayedError)]
)
async def test_the_content_is_refused_for_good_or_for_now(tmp_path, answer, error):
    async with postbox() as (box, port):
        box.after_data = answer
        with pytest.raises(error, match=answer):
            await send(build(LETTER, SENDER), settings(tmp_path, port))


async def test_a_server_that_is_away_delays(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MailDelayedError, match="can't use the mail server") as delayed:
        await send(build(LETTER, SENDER), settings(tmp_path, port))
    assert not delayed.value.uncertain


async def test_a_server_that_hangs_up_after_the_content_may_have_taken_it(tmp_path):
    async def rude(reader, writer):
        writer.write(b"220 rude\r\n")
        while line := await reader.readline():
            if line == b".\r\n":
                break
            if line[:4] in (b"EHLO", b"MAIL", b"RCPT"):
                writer.write(b"250 OK\r\n")
            if line[:4] == b"DATA":
                writer.write(b"354 go on\r\n")
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailDelayedError, match="lost the mail server") as delayed:
            await send(build(LETTER, SENDER), settings(tmp_path, port))
    assert delayed.value.uncertain


async def test_without_a_server_mail_is_kept_in_files_that_a_resend_replaces(tmp_path, caplog):
    caplog.set_level("INFO")
    for _ in range(2):
        await send(build(LETTER, SENDER), settings(tmp_path))
    (path,) = (tmp_path / "mail").iterdir()
    assert path.name == "inc-7.1_muster.example.eml"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700  # letters may be about private incidents
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == LETTER.subject
    assert str(path) in caplog.text


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: (server's context, file for those who trust it)."""
    public, private = self_signed(tmp_path_factory.mktemp("tls"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public


@pytest.fixture
def trusted(certificate, monkeypatch):
    context, file = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(file))  # what OpenSSL itself looks at
    return context


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_password_travels_protected(tmp_path, trusted, implicit):
    async with postbox(tls=trusted, implicit=implicit) as (box, port):
        scheme = "smtps" if implicit else "smtp"
        await send(build(LETTER, SENDER), settings(tmp_path, port, before="muster:p%40ss%2Fword@", scheme=scheme))
    assert box.logins == [("muster", "p@ss/word")]
    assert len(box.arrived) == 1


async def test_a_wrong_password_delays_because_it_can_be_set_right(tmp_path, trusted):
    async with postbox(tls=trusted) as (box, port):
        with pytest.raises(MailDelayedError, match="can't use the mail server") as delayed:
            await send(build(LETTER, SENDER), settings(tmp_path, port, before="muster:wrong@"))
    assert box.arrived == []
    assert "wrong" not in str(delayed.value)


async def test_a_password_is_never_sent_in_the_clear(tmp_path):
    async with postbox() as (box, port):
        with pytest.raises(MailDelayedError):
            await send(build(LETTER, SENDER), settings(tmp_path, port, before="muster:p%40ss%2Fword@"))
    assert (box.logins, box.arrived) == ([], [])


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path, certificate):
    async with postbox(tls=certificate[0]) as (box, port):
        with pytest.raises(MailDelayedError, match="certificate"):
            await send(build(LETTER, SENDER), settings(tmp_path, port, query="?starttls"))
    assert box.arrived == []


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail", SmtpServer("mail", 25, False, StartTls.OPTIONAL, None, None)),
        ("smtp://mail?starttls", SmtpServer("mail", 25, False, StartTls.REQUIRED, None, None)),
        ("smtp://mail?starttls=true", SmtpServer("mail", 25, False, StartTls.REQUIRED, None, None)),
        ("smtp://mail?starttls=never", SmtpServer("mail", 25, False, StartTls.NEVER, None, None)),
        ("smtp://a%40b:c%3Ad@mail", SmtpServer("mail", 587, False, StartTls.REQUIRED, "a@b", "c:d")),
        ("smtps://mail", SmtpServer("mail", 465, True, StartTls.OPTIONAL, None, None)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525, False, StartTls.OPTIONAL, None, None)),
    ],
)
def test_the_address_of_a_mail_server_is_read(url, server):
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url", ["mail:25", "http://mail", "smtp://", "smtp://mail:99999", "smtp://mail?tls=1", "smtp://mail?starttls=maybe"]
)
def test_the_address_of_a_mail_server_is_checked_at_the_start(url):
    with pytest.raises(ValidationError):
        Settings(smtp_url=url)


def test_the_sender_is_checked_at_the_start():
    with pytest.raises(ValidationError, match="must look like"):
        Settings(mail_from="Muster")
