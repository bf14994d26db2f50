"""Microsoft Teams: announcements as Adaptive Cards, through the webhook of a workflow.

A workflow takes a card and posts it later (202): nothing can be edited or looked up, so each turn is a card of its own.
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""

from typing import Any

import httpx
from pydantic import Field, SecretStr, field_validator

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import Configuration, web_address
from integrations.failures import AuthExpired, Permanent
from integrations.ports import Matter, Remark, Speak
from integrations.teams_cards import in_envelope, of_incident, of_trial, of_update

PER_MINUTE = 60
"""Messages: Teams takes four a second, and workflows have quotas of a day."""
EXPECTED = frozenset({400, 403, 404, 410, 413})
WORDS = {
    400: "it does not take what is posted. Make the workflow anew from the template"
    " “Post to a channel when a webhook request is received”",
    403: "whoever made the workflow may not post there. Let somebody who may make it anew",
    404: "the workflow is gone. Make it anew, and enter its address as `url`",
    410: "the workflow is gone. Make it anew, and enter its address as `url`",
    413: "the card is too large",
}
"""What a refusal means, and what mends it."""


class TeamsConfiguration(Configuration):
    """The webhook of a workflow."""

    url: SecretStr = Field(
        description="The address of the workflow “Post to a channel when a webhook request is received” (the channel,"
        " …, Workflows). Whoever knows it can post, so it is kept secret."
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: SecretStr) -> SecretStr:
        web_address(value.get_secret_value())
        return value


VENDOR = Vendor("teams", "Microsoft Teams", frozenset({Port.ANNOUNCE}), TeamsConfiguration, edits=False)


class Teams:
    """One channel."""

    def __init__(self, configuration: TeamsConfiguration, speak: Speak) -> None:
        address = configuration.url.get_secret_value()
        self._client = speak(Account("Teams", address, {}, per_minute=PER_MINUTE))

    async def check(self) -> list[Check]:
        """Nothing can be asked without posting: `checkIntegration` with a message posts one."""
        return [Check("url", Result.OK, "Have a test message sent to see that it arrives.")]

    async def announce(self, matter: Matter) -> Made:
        """A card."""
        return await self._post(of_incident(matter), matter.reference)

    async def find_announcement(self, matter: Matter) -> Made | None:
        """None: what was posted can't be read."""
        del matter
        return None

    async def follow_announcement(self, matter: Matter, announcement: str) -> Made:
        """A card that says how the incident is now; none once it is private."""
        if matter.private:
            return Made(announcement)
        return await self._post(of_incident(matter), announcement)

    async def relay(self, matter: Matter, announcement: str, remark: Remark) -> Made:
        """A card with the update."""
        return await self._post(of_update(matter, remark.text), announcement)

    async def find_relayed(self, matter: Matter, announcement: str, remark: Remark) -> Made | None:
        """None: what was posted can't be read."""
        del matter, announcement, remark
        return None

    async def test_send(self) -> None:
        """A card that says it is a test. VendorError."""
        await self._post(of_trial(), "test")

    async def _post(self, card: dict[str, Any], name: str) -> Made:
        answer = await self._client.ask("POST", "", json=in_envelope(card), once=True, expected=EXPECTED)
        if answer.status == httpx.codes.FORBIDDEN:
            raise AuthExpired(f"Teams refuses this: {WORDS[answer.status]} (403).")
        if not answer.good:
            raise Permanent(f"Teams refuses this: {WORDS[answer.status]} ({answer.status}).")
        return Made(name)


def open_teams(configuration: dict[str, Any], speak: Speak) -> Teams:
    """The adaptor of a configuration."""
    return Teams(TeamsConfiguration(**configuration), speak)
