"""How Microsoft Graph is asked as an app without a person (client credentials), and what its refusals mean.

https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow and, for each request, its
page under learn.microsoft.com/en-us/graph/api.
"""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import orjson

from core.redaction import redacted
from integrations.app_tokens import AppTokens
from integrations.client import Account, Answer
from integrations.failures import Ambiguous, AuthExpired, Permanent
from integrations.ports import Speak

BAD, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT = 400, 401, 403, 404, 409
REFUSALS = frozenset({BAD, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT})
MOST_PAGES = 20
CODE = re.compile(r"AADSTS([0-9]+)")
SIGNED_OUT = {
    "700016": "it does not know the app: correct `client_id`",
    "90002": "it does not know the tenant: correct `tenant`",
    "900023": "it does not know the tenant: correct `tenant`",
    "7000215": "the client secret is wrong: enter its value, and not its id, as `client_secret`",
    "7000222": "the client secret has expired: make another, and enter it as `client_secret`",
}
"""What is behind refusals of the app, by Microsoft's own numbers."""

_tokens = AppTokens()
"""Tokens of this process, by a digest of what they were asked for with, and until when they are good."""


class GraphRefusal(Permanent):
    """Graph said no."""

    def __init__(self, words: str, status: int, said: str) -> None:
        super().__init__(words)
        self.status = status
        self._said = said.lower().replace(" ", "")

    @property
    def taken(self) -> bool:
        """Whether another channel has that name: also one that was deleted within the last 30 days."""
        named = "alreadyexist" in self._said or "nameinuse" in self._said
        return self.status == CONFLICT or (self.status == BAD and named)

    @property
    def personal(self) -> bool:
        """Whether it may be about a person, who is not in the team, and not about the app."""
        lacking = "missingrole" in self._said or "insufficient" in self._said
        return self.status in (BAD, NOT_FOUND) or (self.status == FORBIDDEN and not lacking)


class GraphApi:
    """Microsoft Graph as one app of one tenant."""

    def __init__(
        self, *, tenant: str, client_id: str, secret: str, base_url: str, login_url: str, speak: Speak
    ) -> None:
        self._tenant, self._client_id, self._secret, self._speak = tenant, client_id, secret, speak
        self.base, self._login = base_url, login_url
        parts = (login_url, base_url, tenant, client_id, secret)
        self._key = hashlib.sha256("\0".join(parts).encode()).hexdigest()

    async def ask(self, method: str, path: str, json: Any = None, *, permission: str, once: bool = False) -> Any:
        """What Graph answers; with a fresh token if the one we have was taken back. VendorError.

        `permission`: what the app needs for it, to name it where it is missing. `once`: doing it again would be seen.
        """
        answer = await self._asked(method, path, json, once=once)
        if answer.status == UNAUTHORIZED:
            self.forget()
            answer = await self._asked(method, path, json, once=once)
        if answer.status == UNAUTHORIZED:
            raise AuthExpired("Microsoft Graph does not accept the tokens that it gives to this app (401).")
        if not answer.good:
            raise _refusal(answer, permission)
        if method == "GET" and not isinstance(answer.body, dict):
            raise Permanent("What answers is not Microsoft Graph: correct `base_url`.")
        return answer.body

    async def pages(self, path: str, *, permission: str) -> AsyncIterator[Any]:
        """Everything of a list, for as long as somebody asks. VendorError."""
        for _ in range(MOST_PAGES):
            body = await self.ask("GET", path, permission=permission)
            for each in body.get("value") or []:
                yield each
            following = str(body.get("@odata.nextLink") or "")
            if not following.startswith(f"{self.base}/"):  # the token goes nowhere else
                return
            path = following.removeprefix(self.base)

    async def permissions(self) -> frozenset[str]:
        """What admins of the tenant have let the app do, as its token has it; empty if that does not say. VendorError.

        It is read for an examination only: what counts is what Graph refuses.
        """
        self.forget()
        parts = (await _tokens.get(self._key, self._new_token)).split(".")
        try:
            payload = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
            return frozenset(map(str, payload.get("roles") or ()))
        except (ValueError, IndexError, AttributeError, TypeError):
            return frozenset()

    def forget(self) -> None:
        """The next request begins with a new token."""
        _tokens.forget(self._key)

    async def _asked(self, method: str, path: str, json: Any, *, once: bool) -> Answer:
        fields = {"authorization": f"Bearer {await _tokens.get(self._key, self._new_token)}"}
        client = self._speak(Account("Microsoft Graph", self.base, fields))
        return await client.ask(method, path, json=json, once=once, expected=REFUSALS)

    async def _new_token(self) -> tuple[str, float]:
        host = urlsplit(self.base)
        given = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
            "scope": f"{host.scheme}://{host.netloc}/.default",
        }
        client = self._speak(Account("Microsoft Entra", self._login, {}))
        path = f"/{self._tenant}/oauth2/v2.0/token"
        answer = await client.ask("POST", path, form=given, once=False, expected=REFUSALS)
        body = answer.body if isinstance(answer.body, dict) else {}
        if not answer.good:
            raise AuthExpired(_signed_out(body, answer.status))
        if "access_token" not in body:
            raise Permanent("What answers is not Microsoft Entra: correct `login_url`.")
        return str(body["access_token"]), float(body.get("expires_in", 0))


def _signed_out(body: dict[str, Any], status: int) -> str:
    code = CODE.search(str(body.get("error_description") or ""))
    known = SIGNED_OUT.get(code[1]) if code else None
    said = redacted(str(body.get("error") or status)[:100])
    return f"Microsoft does not let the app in: {known or said}."


def _refusal(answer: Answer, permission: str) -> GraphRefusal:
    body = answer.body if isinstance(answer.body, dict) else {}
    error = _object(body, "error")
    inner = _object(error, "innerError")
    said = redacted(" ".join(str(each) for each in (error.get("message"), inner.get("code")) if each)[:200]).rstrip(".")
    if answer.status == FORBIDDEN:
        words = f"Microsoft Graph does not allow the app this (403): have an admin consent to {permission}. {said}"
    elif answer.status == NOT_FOUND:
        words = f"Microsoft Graph does not find it (404): {said}. Correct `team`, or see whether it was deleted"
    else:
        words = f"Microsoft Graph refuses this ({answer.status}): {said}"
    return GraphRefusal(f"{words.strip()}.", answer.status, said)


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def made_of(body: Any) -> dict[str, Any]:
    """What was created, by its answer. Ambiguous if that does not say."""
    if not isinstance(body, dict) or not body.get("id"):
        raise Ambiguous("Microsoft Graph's answer does not say what it made.")
    return body
