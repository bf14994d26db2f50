"""How somebody who is signed in comes to read a page on another host: signed words, from our host to that one.

The browser that set out for the page is the only one that may come in: a hash of what it remembers (`state`) is part of
what is signed. A pass names the session that it was made from, and is good for no longer than that.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from core.secrets import Secrets
from core.signing import Signed, read, sign

ENTER_PATH = "/enter/"
MEMBERS_PATH = "/auth/pages/"
"""On our own host: where a page sends those who are to sign in."""
ENTER_WITHIN = timedelta(minutes=1)
PASS_FOR = timedelta(hours=12)


def state_of(remembered: str) -> str:
    """What is told of what a browser remembers."""
    return sha256(remembered.encode()).hexdigest()


def entry(secrets: Secrets, page_id: int, session_id: int, state: str, now: datetime) -> str:
    """A token by which one browser comes in, within a minute."""
    return sign(secrets, Signed(_entering(page_id, state), session_id, now + ENTER_WITHIN))


def read_entry(secrets: Secrets, page_id: int, state: str, token: str, now: datetime) -> int | None:
    """From which session it was made; None for one that is forged, over, another browser's or of another page."""
    return _good(read(secrets, _entering(page_id, state), token), now)


def member_pass(secrets: Secrets, page_id: int, session_id: int, now: datetime) -> str:
    """What a browser that came in keeps."""
    return sign(secrets, Signed(_reading(page_id), session_id, now + PASS_FOR))


def read_member_pass(secrets: Secrets, page_id: int, token: str, now: datetime) -> int | None:
    """From which session it was made; None for one that is forged, over, or of another page."""
    return _good(read(secrets, _reading(page_id), token), now)


def _good(said: Signed | None, now: datetime) -> int | None:
    return said.key if said is not None and said.expires is not None and now < said.expires else None


def _entering(page_id: int, state: str) -> str:
    return f"enter status page {page_id} {state}"


def _reading(page_id: int) -> str:
    return f"read status page {page_id}"
