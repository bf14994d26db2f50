"""Text messages through Twilio: its REST API, and what its status words mean.

https://www.twilio.com/docs/messaging/api/message-resource and https://www.twilio.com/docs/api/errors
"""

import base64
from typing import Self

from pydantic import Field, SecretStr, model_validator

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Permanent, VendorError
from integrations.news_card import cut
from integrations.ports import Note, Speak

TEXT = 480
"""Characters of a message: three parts in the alphabet of SMS, or seven in another one."""
BAD = frozenset({400, 404})


class TwilioConfiguration(Configuration):
    """An account, and the number that it writes from."""

    account_sid: str = Field(pattern="^AC[0-9a-fA-F]{32}$", description="The account's SID, from the console.")
    auth_token: SecretStr = Field(
        min_length=1, description="Its auth token: what Twilio sends back is signed with it, too."
    )
    from_number: str | None = Field(
        default=None, pattern=r"^\+[1-9][0-9]{6,14}$", description="A number of yours, as +15550100."
    )
    messaging_service_sid: str | None = Field(
        default=None, pattern="^MG[0-9a-fA-F]{32}$", description="A messaging service that picks the number instead."
    )
    base_url: BaseUrl = Field(default="https://api.twilio.com", description="Where the API is.")

    @model_validator(mode="after")
    def _one_sender(self) -> Self:
        if (self.from_number is None) is (self.messaging_service_sid is None):
            raise ValueError("Send one of from_number and messaging_service_sid.")
        return self


VENDOR = Vendor("twilio", "Twilio", frozenset({Port.MESSAGE}), TwilioConfiguration)


class Twilio:
    """One account."""

    def __init__(self, configuration: TwilioConfiguration, speak: Speak) -> None:
        self._told = configuration
        known = f"{configuration.account_sid}:{configuration.auth_token.get_secret_value()}"
        headers = {"authorization": f"Basic {base64.b64encode(known.encode()).decode()}"}
        self._client = speak(Account("Twilio", configuration.base_url, headers))
        self._path = f"/2010-04-01/Accounts/{configuration.account_sid}"

    async def check(self) -> list[Check]:
        """Whether it knows us, and the account may send."""
        try:
            answer = await self._client.ask("GET", f"{self._path}.json", once=False)
        except VendorError as error:
            return [Check("auth_token", Result.WRONG, error.words)]
        status = str((answer.body or {}).get("status"))
        if status != "active":
            return [Check("account", Result.WRONG, f"Twilio says that the account is {status[:40]}.")]
        return [Check("account", Result.OK, "The account is active.")]

    async def reach(self, address: str, note: Note) -> Made:
        """A text message to a number; its SID."""
        form = {"To": address, "Body": _text(note)}
        if self._told.from_number is not None:
            form["From"] = self._told.from_number
        else:
            form["MessagingServiceSid"] = self._told.messaging_service_sid or ""
        if note.callback:
            form["StatusCallback"] = note.callback
        path = f"{self._path}/Messages.json"
        answer = await self._client.ask("POST", path, form=form, once=True, expected=BAD)
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.good:
            code = str(body.get("code", answer.status))[:10]
            raise Permanent(f"Twilio refuses this number or message (error {code}).")
        if "sid" not in body:
            raise Permanent("What answers is not Twilio's API: correct `base_url`.")
        return Made(str(body["sid"]))


def _text(note: Note) -> str:
    links = [f"Acknowledge: {note.acknowledge_url} or reply ACK"] if note.acknowledge_url else []
    left = TEXT - sum(len(link) + 1 for link in links)
    return "\n".join([cut(f"{note.title}. {note.text}", max(80, left)), *links])


def open_twilio(configuration: dict[str, object], speak: Speak) -> Twilio:
    """The adaptor of a configuration."""
    return Twilio(TwilioConfiguration.model_validate(configuration), speak)
