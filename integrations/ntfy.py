"""Push messages to phones through ntfy, hosted or one's own: publishing as JSON.

https://docs.ntfy.sh/publish/#publish-as-json
"""

from typing import Any

from pydantic import Field, SecretStr

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Permanent, VendorError
from integrations.news_card import cut
from integrations.ports import Note, Speak

MAX, DEFAULT = 5, 3
"""Priorities: the highest rings again and again, the default one rings once."""
TEXT = 1000


class NtfyConfiguration(Configuration):
    """Where it is, and how we are known there."""

    base_url: BaseUrl = Field(default="https://ntfy.sh", description="The server's address.")
    token: SecretStr | None = Field(
        default=None, min_length=1, description="An access token, if the server asks for one (tk_…)."
    )


VENDOR = Vendor("ntfy", "ntfy", frozenset({Port.MESSAGE}), NtfyConfiguration)


class Ntfy:
    """One server. Addresses are topics, which are as good as passwords there."""

    def __init__(self, configuration: NtfyConfiguration, speak: Speak) -> None:
        token = configuration.token
        headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        self._client = speak(Account("ntfy", configuration.base_url, headers))

    async def check(self) -> list[Check]:
        """Whether it answers, and is well."""
        try:
            answer = await self._client.ask("GET", "/v1/health", once=False)
        except VendorError as error:
            return [Check("base_url", Result.WRONG, error.words)]
        if not isinstance(answer.body, dict) or answer.body.get("healthy") is not True:
            return [Check("base_url", Result.WRONG, "What answers is no ntfy server, or it is not well.")]
        return [Check("base_url", Result.OK, "The server is well.")]

    async def reach(self, address: str, note: Note) -> Made:
        """A push message to a topic, with a button that acknowledges; what ntfy calls it."""
        sent: dict[str, Any] = {
            "topic": address,
            "title": cut(note.title, 200),
            "message": cut(note.text, TEXT),
            "priority": MAX if note.urgent else DEFAULT,
        }
        if note.url:
            sent["click"] = note.url
        if note.acknowledge_url:
            button = {"action": "http", "label": "Acknowledge", "url": note.acknowledge_url, "method": "POST"}
            sent["actions"] = [{**button, "clear": True}]
        answer = await self._client.ask("POST", "/", json=sent, once=True)
        if not isinstance(answer.body, dict) or "id" not in answer.body:
            raise Permanent("What answers is no ntfy server: correct `base_url`.")
        return Made(str(answer.body["id"]))


def open_ntfy(configuration: dict[str, object], speak: Speak) -> Ntfy:
    """The adaptor of a configuration."""
    return Ntfy(NtfyConfiguration.model_validate(configuration), speak)
