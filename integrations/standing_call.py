"""A call that always stands at the same address: a room of Google Meet, Teams or Webex that somebody made once."""

from typing import Any

from pydantic import Field

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.configuration import Configuration, WebAddress
from integrations.ports import Matter, Speak


class StandingCallConfiguration(Configuration):
    """Where the call is."""

    url: WebAddress = Field(
        description="The address of the call. All incidents share it: two at a time meet there, and whoever was once"
        " told it can come in, so private incidents are better held elsewhere."
    )


VENDOR = Vendor("standing-call", "Standing call", frozenset({Port.BRIDGE}), StandingCallConfiguration)


class StandingCall:
    """The one address."""

    def __init__(self, configuration: StandingCallConfiguration) -> None:
        self._url = configuration.url

    async def check(self) -> list[Check]:
        """Nothing can be asked: such addresses answer browsers with people behind them."""
        return [Check("url", Result.OK, "Open it once to see that it leads into the call.")]

    async def open_bridge(self, matter: Matter) -> Made:
        """The address."""
        del matter
        return Made(self._url, self._url)

    async def find_bridge(self, matter: Matter) -> Made | None:
        """It is always there."""
        return await self.open_bridge(matter)


def open_standing_call(configuration: dict[str, Any], speak: Speak) -> StandingCall:
    """The adaptor of a configuration."""
    del speak
    return StandingCall(StandingCallConfiguration(**configuration))
