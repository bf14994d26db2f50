"""Mails of monitors: a message is an alert, or its end; what its subject says decides.

Source: RFC 5322 (messages), RFC 2045 and following (MIME), RFC 2919 (List-Id). The message may also be posted to
`/hooks/alerts/email/{key}` as it is, by whatever takes mail for a domain already (`message/rfc822`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from actions.alerts.group import together
from actions.alerts.loose import MAX_GROUP_KEY, Loose, bounded, hashed
from actions.alerts.mail_patterns import FINGERPRINT, RESOLVE_WHEN
from actions.alerts.taking import Reading
from actions.check import TITLE
from core.redaction import redacted
from integrations.refusal import Reason, Refusal
from integrations.sources.kind import Post, SourceKind
from integrations.sources.mail_message import Letter, opened
from integrations.sources.mail_subject import Said, said_by
from models.matcher import found_in, part_found

HINT = "Send a message as RFC 5322 has it: headers such as Subject and From, an empty line, a text."


def parse(post: Post, now: datetime) -> Reading:
    """The alert of a message. Refusal for what is no message, or more than one should be."""
    letter = _unkeyed(opened(post.body))
    if not letter.known:
        raise Refusal(Reason.MALFORMED, "This is no mail: it has no header that says anything.", hint=HINT)
    said = _said(letter.subject[:TITLE], post.mapping or {})
    delivery = _delivery(letter)
    if said.silent:
        note = "The subject says what changes nothing: an acknowledgement, a downtime, or missing data."
        return Reading(note=note, delivery=delivery)
    loose = Loose(now)
    for note in letter.notes:
        loose.note(note)
    key = said.key
    if not key:
        loose.note("the subject says nothing that tells the alert from others: mails of this sender are taken for one")
        key = f"from {letter.sender or 'nobody'}"
    alert = loose.alert(
        fingerprint=key,
        title=letter.subject or f"Mail of {letter.sender or 'nobody'} without a subject",
        firing=not said.over,
        starts_at=_moment(letter, loose),
        labels={
            "from": letter.sender,
            "to": letter.headers.get("to", ""),
            "subject": letter.subject,
            "list-id": letter.headers.get("list-id", ""),
        },
        annotations={"description": letter.text},
        continues=True,
    )
    return Reading((together(bounded(alert.fingerprint, MAX_GROUP_KEY), [alert]),), delivery=delivery)


def _unkeyed(letter: Letter) -> Letter:
    """The letter without our key, which its address holds: whoever reads alerts could send some."""
    headers = {name: redacted(value) for name, value in letter.headers.items()}
    text, subject, sender = redacted(letter.text), redacted(letter.subject), redacted(letter.sender)
    return replace(letter, headers=headers, subject=subject, sender=sender, text=text)


def _said(subject: str, patterns: Mapping[str, Any]) -> Said:
    """What a subject says: by the source's own patterns where there are some."""
    said = said_by(subject)
    if resolve_when := patterns.get(RESOLVE_WHEN):
        said = said._replace(over=found_in(subject, resolve_when), silent=False)
    if fingerprint := patterns.get(FINGERPRINT):
        part = part_found(subject, fingerprint)
        said = said._replace(key=part.strip() if part and part.strip() else said.key)
    return said


def _moment(letter: Letter, loose: Loose) -> datetime:
    """When it was written; a moment that can't be meant is now, with a note."""
    date = letter.headers.get("date")
    if not date:
        return loose.now
    try:
        written = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return loose.moment("no moment", "date")
    # RFC 5322, 3.3: -0000 says that the zone is unknown, and the time that of UTC.
    return loose.moment((written if written.tzinfo else written.replace(tzinfo=UTC)).isoformat(), "date")


def _delivery(letter: Letter) -> str | None:
    """The Message-ID; without one, what was sent at a moment. What bears neither can't be told from a new one."""
    if name := letter.headers.get("message-id"):
        return name
    if date := letter.headers.get("date"):
        return hashed([date, letter.sender, letter.subject, letter.text])
    return None


EMAIL = SourceKind(
    name="email",
    parse=parse,
    verify=None,
    smaller="Send it without attachments, or raise MUSTER_MAX_BODY_BYTES.",
    long=True,
)
