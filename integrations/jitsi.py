"""Jitsi Meet: a call is there as soon as somebody opens its address (https://jitsi.github.io/handbook)."""

import base64
import secrets
from typing import Any

from pydantic import Field

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import VendorError
from integrations.ports import Matter, Speak

ROOM_BYTES = 15
"""Random bytes in a room's name: whoever has the address is in, so nobody may guess it."""


class JitsiConfiguration(Configuration):
    """Where calls are held."""

    base_url: BaseUrl = Field(
        default="https://meet.jit.si",
        description="The address of the Jitsi server. On meet.jit.si whoever opens a call first has to sign in there;"
        " on a server of your own nobody needs an account.",
    )


VENDOR = Vendor("jitsi", "Jitsi Meet", frozenset({Port.BRIDGE}), JitsiConfiguration)


class Jitsi:
    """Calls on one server."""

    def __init__(self, configuration: JitsiConfiguration, speak: Speak) -> None:
        self._base = configuration.base_url
        self._client = speak(Account("Jitsi", self._base, {}))

    async def check(self) -> list[Check]:
        """Whether the server is there."""
        try:
            await self._client.ask("GET", "/", once=False)
        except VendorError as error:
            return [Check("address", Result.WRONG, error.words)]
        return [Check("address", Result.OK, f"{self._base} answers.")]

    async def open_bridge(self, matter: Matter) -> Made:
        """The address of a room that nobody else has. Nothing is sent: Jitsi makes a room when somebody enters."""
        room = f"{matter.reference}-{base64.b32encode(secrets.token_bytes(ROOM_BYTES)).decode().lower()}"
        return Made(room, f"{self._base}/{room}")

    async def find_bridge(self, matter: Matter) -> Made | None:
        """None: an address that nobody was told is no room."""
        del matter
        return None


def open_jitsi(configuration: dict[str, Any], speak: Speak) -> Jitsi:
    """The adaptor of a configuration."""
    return Jitsi(JitsiConfiguration(**configuration), speak)
