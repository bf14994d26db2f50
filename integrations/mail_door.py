"""The door for mail of monitors: what a mail server is told at each step (RFC 5321), by the rules of all hooks.

The key of a source stands before the @; what stands behind it is the sender's affair. Strangers' addresses are refused
at RCPT (550), without a look at the database where no key of ours has their form. A mail is answered 250 once its alert
is kept; 451 has the sender's server come again, which it does for days; all else says why it is not taken.
"""

import logging

from aiosmtpd.smtp import SMTP, Envelope, Session

from auth.secret import mail_key
from core.client import Client
from core.runtime import Runtime
from integrations.hooks import Gate
from integrations.refusal import REFUSED, Reason, Refusal
from integrations.source_intake import SourceIntake, unknown
from integrations.sources.kind import Post
from integrations.sources.mail import EMAIL

MOST_RECIPIENTS = 10
"""Of one mail: each is a source of its own. RFC 5321 (4.5.3.1.10): servers send the rest in another."""
REPLY = 400
"""Characters of a reply; its line has 512 octets at most (RFC 5321, 4.5.3.1.5)."""
CODES = {
    Reason.UNKNOWN_KEY: "550 5.1.1",
    Reason.TOO_LARGE: "552 5.3.4",
    Reason.OVERLOADED: "451 4.3.2",
    Reason.UNAVAILABLE: "451 4.3.0",
}
"""What a mail server understands (RFC 3463); of all other reasons: 554 5.6.0, its content is at fault."""
COME_AGAIN = frozenset({Reason.OVERLOADED, Reason.UNAVAILABLE})
HEADERS = {"content-type": "message/rfc822"}

log = logging.getLogger("muster")


class MailDoor:
    """What aiosmtpd asks for each mail. It is shared by all connections."""

    def __init__(self, runtime: Runtime, gate: Gate) -> None:
        self._intake = SourceIntake(runtime, EMAIL, gate)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether there is a source with the key in an address."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients; send the rest in another mail."
        try:
            key = mail_key(address)
            if key is None:
                raise unknown(EMAIL.name)
            await self._intake.source(key)
        except Refusal as refusal:
            return self._refused(refusal, session)
        if key not in envelope.rcpt_tos:
            envelope.rcpt_tos.append(key)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail for each of its sources. What one of them has stored by now is a repeat when it comes again."""
        taken, refusals = [], []
        content = envelope.content
        body = content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
        for key in envelope.rcpt_tos:
            try:
                source = await self._intake.source(key)
                taken.append(await self._intake.take(source, Post(body, HEADERS, source.mapping)))
            except Refusal as refusal:
                refusals.append(refusal)
        passing = [refusal for refusal in refusals if refusal.reason in COME_AGAIN]
        if passing or not taken:
            return self._refused((passing or refusals)[0], session)
        note = next((answer["note"] for answer in taken if "note" in answer), "The alert is kept.")
        return _reply("250 2.0.0", note)

    async def handle_exception(self, error: Exception) -> str:
        """What a fault of ours says: nothing is lost, as the sender's server keeps the mail and comes again."""
        log.error("mail: a connection failed", exc_info=error)
        return "451 4.3.0 Muster failed at this; send it again."

    def _refused(self, refusal: Refusal, session: Session) -> str:
        """Count and note a refusal; what the sender's server is told."""
        REFUSED.labels(refusal.reason).inc()
        self._intake.note(refusal, Client(_address(session), ""))
        return _reply(CODES.get(refusal.reason, "554 5.6.0"), f"{refusal.message} {refusal.hint or ''}")


def _address(session: Session) -> str:
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""


def _reply(code: str, words: str) -> str:
    """One line in ASCII, as replies are."""
    line = " ".join(words.encode("ascii", "replace").decode().split())
    return f"{code} {line[:REPLY]}"
