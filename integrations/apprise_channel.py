"""The long tail of channels, through Apprise: one address of its own kind stands for one place to announce in.

Apprise speaks HTTP by itself, so neither the guard of addresses nor the pacing of `integrations.client` reaches it
(ADR 0018): only services whose host is fixed in Apprise are let through, whose addresses lead nowhere else.
https://appriseit.com/services/
"""

import asyncio
import logging
import re
from typing import Any

from pydantic import Field, SecretStr, field_validator

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.configuration import Configuration
from integrations.failures import Ambiguous, Permanent, Retryable
from integrations.news_card import cut
from integrations.ports import Matter, Note, Remark, Speak

HOSTED = frozenset(
    {
        *("clicksend", "dingtalk", "discord", "feishu", "flock", "gchat", "groupme", "lark", "line", "pbul", "pover"),
        *("signl4", "sinch", "tgram", "threema", "twilio", "twist", "vonage", "wxteams"),
    }
)
"""The services that are let through, as their addresses begin: their hosts are constants of Apprise (a test looks)."""
CONNECT_SECONDS, READ_SECONDS = 4.0, 8.0
SECONDS = 25.0
"""For everything, several recipients of one address included."""
TEXT = 900
"""Characters of a message: as many as the smallest of them takes, with a title and an address."""
CALLS = re.compile(r"@|<|\]|://|\bwww\.", re.IGNORECASE)
"""What begins a mention or a link in one service or another."""
TEST = "This is a test: Muster announces incidents here."

logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines can hold addresses, which are secret


class AppriseConfiguration(Configuration):
    """One place to announce in."""

    url: SecretStr = Field(
        description="An address as Apprise writes it, discord://… or tgram://… (appriseit.com/services). Whoever knows"
        " it can post, so it is kept secret. Only services with one host for everybody are possible."
    )

    @field_validator("url")
    @classmethod
    def _is_hosted(cls, value: SecretStr) -> SecretStr:
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme.lower() not in HOSTED or not rest:
            raise ValueError(f"Begin with one of: {', '.join(f'{each}://' for each in sorted(HOSTED))}")
        return value


VENDOR = Vendor("apprise", "Apprise", frozenset({Port.ANNOUNCE}), AppriseConfiguration, edits=False)


class Apprise:
    """One address."""

    def __init__(self, configuration: AppriseConfiguration) -> None:
        self._url = configuration.url.get_secret_value()

    async def check(self) -> list[Check]:
        """Whether Apprise understands the address; whether anything arrives only a message shows."""
        if await asyncio.to_thread(_service, self._url) is None:
            return [Check("url", Result.WRONG, "Apprise does not understand this address: a part of it is missing.")]
        return [Check("url", Result.OK, "Have a test message sent to see that it arrives.")]

    async def announce(self, matter: Matter) -> Made:
        """A message."""
        await self._send(heading(matter), text(matter))
        return Made(matter.reference)

    async def find_announcement(self, matter: Matter) -> Made | None:
        """None: what was sent can't be read."""
        del matter
        return None

    async def follow_announcement(self, matter: Matter, announcement: str) -> Made:
        """A message that says how the incident is now; none once it is private."""
        if not matter.private:
            await self._send(heading(matter), text(matter))
        return Made(announcement)

    async def relay(self, matter: Matter, announcement: str, remark: Remark) -> Made:
        """A message with the update."""
        await self._send(heading(matter), f"{calm(cut(remark.text, TEXT - 200))}\n{matter.url}")
        return Made(announcement)

    async def find_relayed(self, matter: Matter, announcement: str, remark: Remark) -> Made | None:
        """None: what was sent can't be read."""
        del matter, announcement, remark
        return None

    async def test_send(self) -> None:
        """A message that says it is a test. VendorError."""
        await self._send("Muster", TEST)

    async def _send(self, title: str, body: str) -> None:
        await deliver(self._url, title, body)


def heading(matter: Matter) -> str:
    """`INC-7: Checkout is down`, calm."""
    return calm(cut(f"{'DRILL · ' if matter.drill else ''}{matter.reference}: {matter.title}", 100))


def text(matter: Matter) -> str:
    """How an incident is, and where to go on, as far as it fits."""
    lines = [
        calm(cut(f"Severity: {matter.severity or 'not yet known'}", 80)),
        f"Stage: {matter.stage.value.capitalize()}",
        calm(cut(f"Commander: {matter.commander or 'nobody yet'}", 120)),
    ]
    for words, url in matter.links:
        line = f"{words}: {url}"
        if len("\n".join([*lines, line])) <= TEXT:
            lines.append(line)
    return "\n".join(lines)


def calm(words: str) -> str:
    """A text that mentions nobody and links to nowhere in any service: a space of no width stands after what would."""
    return CALLS.sub(lambda found: f"{found[0][0]}\u200b{found[0][1:]}", words)


def is_personal(url: str) -> bool:
    """Whether an address is one that Apprise may send to: of a service whose host is the same for everybody."""
    scheme, _, rest = url.partition("://")
    return scheme.lower() in HOSTED and bool(rest) and _service(url) is not None


async def send_personal(url: str, note: Note) -> None:
    """A message to one person, by an address of their own. VendorError, whose words never hold the address."""
    lines = [calm(cut(note.text, TEXT - 300)), *(link for link in (note.acknowledge_url, note.url) if link)]
    await deliver(url, calm(cut(note.title, 100)), "\n".join(lines))


async def deliver(url: str, title: str, body: str) -> None:
    """Send in a thread: Apprise waits. VendorError, whose words never hold the address."""
    try:
        async with asyncio.timeout(SECONDS):
            taken = await asyncio.to_thread(_notify, url, title, body)
    except TimeoutError as error:
        raise Ambiguous("The service behind Apprise did not answer.") from error
    if taken is None:
        raise Permanent("Apprise does not understand the address: enter `url` anew.")
    if not taken:
        raise Retryable("The service behind Apprise did not take the message. If that lasts, enter `url` anew.")


def _service(url: str) -> Any:
    """Apprise's own object for an address, whose options can't loosen what we ask for; None for no address."""
    from apprise import Apprise as Library  # noqa: PLC0415 (it loads its services, in a thread, for those who use it)

    service = Library.instantiate(url, suppress_exceptions=True)
    if service is not None:
        service.verify_certificate = True
        service.socket_connect_timeout, service.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    return service


def _notify(url: str, title: str, body: str) -> bool | None:
    """Whether a message was taken; None if the address is none."""
    service = _service(url)
    if service is None:
        return None
    try:
        return bool(service.notify(body=body, title=title, body_format="text"))
    except Exception:  # noqa: BLE001 (what its services raise is theirs, and may hold the address)
        return False


def open_apprise(configuration: dict[str, Any], speak: Speak) -> Apprise:
    """The adaptor of a configuration."""
    del speak
    return Apprise(AppriseConfiguration(**configuration))
