"""Links that only we can have made: a purpose, a row and an end, signed under the keys of core.secrets.

HMAC-SHA256 (RFC 2104), cut to 128 bits. The newest key signs, all of them verify: replacing the key step by step
(`muster secrets rotate`) keeps links good until the old key is forgotten. Nothing in a link is secret but its
signature.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from core.secrets import Secrets

MAC_HEX = 32
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Signed:
    """What a link says. `expires` None: it is good for as long as what it leads to."""

    purpose: str
    key: int
    expires: datetime | None = None


def sign(secrets: Secrets, said: Signed) -> str:
    """The link's token: letters, digits, points and hyphens, so that no mail program cuts or escapes it."""
    until = int(said.expires.timestamp()) if said.expires else 0
    text = f"{said.key}.{until}"
    return f"{text}.{_mac(secrets.signing_keys()[0], said.purpose, text)}"


def read(secrets: Secrets, purpose: str, token: str) -> Signed | None:
    """What a token of this purpose says; None for one that we did not make, or made for another purpose.

    Whether it is over is for the caller to judge, who knows the time and what to say then.
    """
    text, _, mac = token.rpartition(".")
    if len(token) > LONGEST or len(mac) != MAC_HEX or not token.isascii():
        return None
    if not any(hmac.compare_digest(_mac(key, purpose, text), mac) for key in secrets.signing_keys()):
        return None
    key, _, until = text.partition(".")
    moment = datetime.fromtimestamp(int(until), UTC) if int(until) else None
    return Signed(purpose, int(key), moment)


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.digest(key, f"{purpose}\0{text}".encode(), "sha256").hex()[:MAC_HEX]
