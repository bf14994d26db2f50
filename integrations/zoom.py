"""Zoom: a meeting for each incident, made by a server-to-server OAuth app (developers.zoom.us/docs/internal-apps)."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr

from actions.outward.checks import Check, Result
from actions.outward.ledger import Made
from actions.outward.vendors import Port, Vendor
from integrations.app_tokens import AppTokens
from integrations.client import Account, Answer
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Ambiguous, AuthExpired, Permanent, VendorError
from integrations.news_card import cut
from integrations.pointing import points_to
from integrations.ports import Matter, Speak
from integrations.zoom_words import BAD, FORBIDDEN, NOT_FOUND, UNAUTHORIZED, refusal

TOPIC = 200
"""Characters of a topic, by Zoom's own limit."""
ANY_TIME = 3
"""The type of a meeting that has no fixed time: people come when they can, for as long as it takes."""
PAGE, MOST_PAGES = 300, 10
REFUSALS = frozenset({BAD, UNAUTHORIZED, FORBIDDEN, NOT_FOUND})

_tokens = AppTokens()
"""Tokens of this process, by a digest of what they were asked for with, and until when they are good."""


class ZoomConfiguration(Configuration):
    """An app, and whose meetings it makes."""

    account_id: str = Field(min_length=1, description="The account ID of your server-to-server OAuth app.")
    client_id: str = Field(min_length=1, description="Its client ID.")
    client_secret: SecretStr = Field(min_length=1, description="Its client secret.")
    host: str = Field(
        min_length=3, description="The e-mail address of the licensed user in whose name meetings are made."
    )
    base_url: BaseUrl = Field(default="https://api.zoom.us/v2", description="Where the API is.")
    oauth_url: BaseUrl = Field(default="https://zoom.us", description="Where tokens are given out.")


VENDOR = Vendor("zoom", "Zoom", frozenset({Port.BRIDGE}), ZoomConfiguration)


class Zoom:
    """Meetings of one user."""

    def __init__(self, configuration: ZoomConfiguration, speak: Speak) -> None:
        self._told, self._speak = configuration, speak
        parts = (configuration.oauth_url, configuration.account_id, configuration.client_id, self._secret)
        self._key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        self._meetings = f"/users/{quote(configuration.host, safe='')}/meetings"

    async def check(self) -> list[Check]:
        """Whether the app is known, and may see and make meetings of the host."""
        _tokens.forget(self._key)
        try:
            await _tokens.get(self._key, self._new_token)
        except VendorError as error:
            return [Check("client_secret", Result.WRONG, error.words)]
        found = [Check("client_secret", Result.OK, "Zoom knows the app.")]
        try:
            await self._ask("GET", self._meetings, params={"type": "scheduled", "page_size": "1"})
        except VendorError as error:
            return [*found, Check("host", Result.WRONG, error.words)]
        return [*found, Check("host", Result.OK, f"It sees the meetings of {self._told.host}.")]

    async def open_bridge(self, matter: Matter) -> Made:
        """A new meeting. Of a private incident its topic says nothing: users of the account can see topics."""
        drill = "DRILL · " if matter.drill else ""
        topic = matter.reference if matter.private else f"{matter.reference}: {matter.title}"
        meeting = {
            "topic": cut(f"{drill}{topic}", TOPIC),
            "type": ANY_TIME,
            "agenda": matter.url,
            "settings": {"join_before_host": True, "waiting_room": False},
        }
        answer = await self._ask("POST", self._meetings, json=meeting, once=True)
        return _made(answer.body)

    async def find_bridge(self, matter: Matter) -> Made | None:
        """The meeting whose agenda is the incident's address."""
        async for meeting in self._listed():
            if points_to(str(meeting.get("agenda") or ""), matter.url) and meeting.get("join_url"):
                return _made(meeting)
        return None

    async def _listed(self) -> AsyncIterator[dict[str, Any]]:
        following = ""
        for _ in range(MOST_PAGES):
            more = {"next_page_token": following} if following else {}
            asked = {"type": "scheduled", "page_size": str(PAGE), **more}
            body = (await self._ask("GET", self._meetings, params=asked)).body
            for meeting in body.get("meetings") or []:
                yield meeting
            following = body.get("next_page_token") or ""
            if not following:
                return

    async def _ask(
        self, method: str, path: str, *, json: Any = None, params: dict[str, str] | None = None, once: bool = False
    ) -> Answer:
        """An answer with an object; with a fresh token if the one we have was taken back. VendorError."""
        answer = await self._asked(method, path, json, params, once=once)
        if answer.status == UNAUTHORIZED:
            _tokens.forget(self._key)
            answer = await self._asked(method, path, json, params, once=once)
        if answer.status == UNAUTHORIZED:
            raise AuthExpired("Zoom does not accept the tokens that it gives to this app: is the app activated?")
        if not answer.good:
            raise Permanent(refusal(answer, self._told.host))
        if not isinstance(answer.body, dict):
            words = "What answers is not Zoom's API: correct `base_url`."
            raise Ambiguous(words) if once else Permanent(words)
        return answer

    async def _asked(self, method: str, path: str, json: Any, params: dict[str, str] | None, *, once: bool) -> Answer:
        fields = {"authorization": f"Bearer {await _tokens.get(self._key, self._new_token)}"}
        client = self._speak(Account("Zoom", self._told.base_url, fields))
        return await client.ask(method, path, json=json, params=params, once=once, expected=REFUSALS)

    async def _new_token(self) -> tuple[str, float]:
        told = self._told
        credentials = _basic(told.client_id, self._secret)
        client = self._speak(Account("Zoom", told.oauth_url, {"authorization": f"Basic {credentials}"}))
        asked = {"grant_type": "account_credentials", "account_id": told.account_id}
        answer = await client.ask("POST", "/oauth/token", params=asked, once=False, expected=REFUSALS)
        if answer.status in (BAD, UNAUTHORIZED):
            raise AuthExpired("Zoom does not know this app: correct `account_id`, `client_id` and `client_secret`.")
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.good or "access_token" not in body:
            raise Permanent("What answers is not Zoom: correct `oauth_url`.")
        return str(body["access_token"]), float(body.get("expires_in", 0))

    @property
    def _secret(self) -> str:
        return self._told.client_secret.get_secret_value()


def _basic(name: str, secret: str) -> str:
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


def _made(meeting: dict[str, Any]) -> Made:
    if "id" not in meeting or not meeting.get("join_url"):
        raise Ambiguous("Zoom's answer does not say which meeting it made.")
    return Made(str(meeting["id"]), str(meeting["join_url"]))


def open_zoom(configuration: dict[str, Any], speak: Speak) -> Zoom:
    """The adaptor of a configuration."""
    return Zoom(ZoomConfiguration(**configuration), speak)
