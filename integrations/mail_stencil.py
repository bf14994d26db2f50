"""One mail to thousands: it is put together once, and only what differs between recipients is filled in for each.

What differs are some headers and the addresses of links. A link stands in the body under a word of ours; it is filled
in between soft line breaks of quoted-printable (RFC 2045, 6.7), so that no line grows over 76 columns.
"""

from dataclasses import dataclass, replace

from integrations.mail import Letter, Wired, address_of, build, wire

NOBODY = "nobody@stencil.invalid"
ID = "<stencil@stencil.invalid>"
CHUNK = 70
"""Columns of a link on one line; with the soft break there are fewer than 76."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """What differs: the address, the Message-IDs, and the links by the word that stands for each."""

    to: str
    id: str
    thread: str | None
    unsubscribe: str
    links: dict[str, str]


class Stencil:
    """A letter to be filled in. Its own recipient, ids and unsubscribe link are not used."""

    def __init__(self, letter: Letter, sender: str) -> None:
        blank = replace(letter, to=NOBODY, id=ID, thread=None, unsubscribe=None)
        message = build(blank, sender)
        self._sender = message["From"].addresses[0].addr_spec
        head, _, self._body = wire(message).partition(b"\r\n\r\n")
        fixed = (b"To: " + NOBODY.encode(), b"Message-ID: " + ID.encode())
        self._head = [line for line in head.split(b"\r\n") if line not in fixed]
        if len(self._head) != head.count(b"\r\n") + 1 - len(fixed):
            raise ValueError("the stencil's own headers are not where they were put")

    def fill(self, recipient: Recipient) -> Wired:
        """The mail of one recipient. MailRefusedError if the address is none."""
        to = address_of(recipient.to).addr_spec
        lines = [f"To: {to}", f"Message-ID: {recipient.id}"]
        if recipient.thread is not None:
            lines += [f"In-Reply-To: {recipient.thread}", f"References: {recipient.thread}"]
        lines += [
            f"List-Unsubscribe: <{recipient.unsubscribe}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
        body = self._body
        for word, link in recipient.links.items():
            if word.encode() not in body:
                raise ValueError("a link of the stencil is missing, or was cut by a line break")
            body = body.replace(word.encode(), _soft(link))
        head = b"\r\n".join([*self._head, *(line.encode("ascii") for line in lines)])
        return Wired(self._sender, to, recipient.id, head + b"\r\n\r\n" + body)


def _soft(link: str) -> bytes:
    """A link within a quoted-printable line: on lines of its own that count for none."""
    chunks = [link[start : start + CHUNK] for start in range(0, len(link), CHUNK)]
    return "=\r\n".join(["", *(chunk.replace("=", "=3D") for chunk in chunks), ""]).encode("ascii")
