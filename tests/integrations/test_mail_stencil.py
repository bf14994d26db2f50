"""A mail that was filled in says what one says that was put together for its recipient alone."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations.mail import Letter, MailRefusedError, build, wire
from integrations.mail_stencil import Recipient, Stencil

SENDER = "Quillhaven Status <status@quillhaven.example>"
LINK = "https://status.quillhaven.example/subscriptions/7.0." + "f" * 32
BODY = "Störung bei der Zahlung = schlimm. " * 20 + "\nChoose: {link}\n.\nUnsubscribe: {link}/unsubscribe and go\n"
LETTER = Letter(
    to="eve@example.org",
    subject="Störung: orders can't be placed",
    text=BODY,
    html=f'<p>{BODY}</p>\n<a class="m-link" href="{{link}}" style="color:#2d3ccb">Choose components</a>\n',
    id="<inc-1.news-7@status.quillhaven.example>",
    thread="<inc-1.news-1@status.quillhaven.example>",
    list_id="Quillhaven status <status.status.quillhaven.example>",
    moment=datetime(2026, 11, 24, 3, tzinfo=UTC),
    unsubscribe=f"{LINK}/unsubscribe",
)


def told(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    headers = sorted((name, str(value)) for name, value in message.items() if name != "Content-Type")
    return headers, [message.get_body((kind,)).get_content() for kind in ("plain", "html")]


@pytest.mark.parametrize("thread", [None, LETTER.thread])
def test_it_is_the_same_mail(thread):
    word = "x0123456789abcdefx"
    written = replace(LETTER, text=BODY.replace("{link}", word), html=LETTER.html.replace("{link}", word))
    filled = Stencil(written, SENDER).fill(Recipient(LETTER.to, LETTER.id, thread, LETTER.unsubscribe, {word: LINK}))
    alone = replace(LETTER, thread=thread, text=BODY.replace("{link}", LINK), html=LETTER.html.replace("{link}", LINK))
    assert told(filled.content) == told(wire(build(alone, SENDER)))
    body = filled.content.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert b"\n" not in filled.content.replace(b"\r\n", b"")
    assert (filled.sender, filled.recipient) == ("status@quillhaven.example", "eve@example.org")


@pytest.mark.parametrize("address", ["eve", "eve@example.org\r\nBcc: all@example.org", "é@example.org"])
def test_no_address_becomes_a_header(address):
    stencil = Stencil(LETTER, SENDER)
    with pytest.raises(MailRefusedError):
        stencil.fill(Recipient(address, "<a@b>", None, LINK, {}))


def test_a_link_that_has_no_place_is_an_error_and_not_a_mail_without_it():
    with pytest.raises(ValueError, match="missing"):
        Stencil(LETTER, SENDER).fill(Recipient("eve@example.org", "<a@b>", None, LINK, {"xabsentx": LINK}))
