"""How Slack's Web API is asked, and what its answers mean: 200 with `ok`, and a word for what is wrong.

https://docs.slack.dev/apis/web-api/ and, for each method, its list of errors.
"""

from collections.abc import AsyncIterator
from typing import Any

from core.redaction import redacted
from integrations.client import Account, Answer
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable, VendorError
from integrations.ports import Speak

PAGE = 200
"""Things of a page: what Slack recommends at most."""
MOST_PAGES = 50
"""After so many, what is looked for is not there: a cursor that never ends must not hold up a worker."""

JSON = {"content-type": "application/json; charset=utf-8"}

SIGNED_OUT = {
    "not_authed": "no token was sent",
    "invalid_auth": "the token is wrong",
    "token_revoked": "the token was revoked",
    "token_expired": "the token has expired",
    "account_inactive": "the app was removed from the workspace",
}
UNDONE = frozenset({"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org"})
UNSURE = frozenset({"fatal_error", "internal_error"})
"""Slack: "It's possible some aspect of the operation succeeded before the error was raised"."""

WORDS = {
    "channel_not_found": "it does not find the channel. It was deleted, or is private and the app was removed from it:"
    " invite the app there, then try again",
    "is_archived": "the channel is archived. Take it out of the archive there, then try again",
    "not_in_channel": "the app is not in the channel. Invite it there, then try again",
    "restricted_action": "the workspace does not let apps do this. A workspace owner allows it under Settings &"
    " permissions",
    "user_is_restricted": "the app is a guest there. Install it as a full app",
    "not_allowed_token_type": "this needs a bot token. Enter the one that begins with xoxb-",
    "no_permission": "the token may not do this. Reinstall the app with the scopes of the guide",
    "access_denied": "the workspace does not allow the app this. Ask a workspace owner to approve it",
    "ekm_access_denied": "a workspace owner has suspended access to messages",
    "message_not_found": "the message is not there any more",
    "edit_window_closed": "the workspace does not let messages of that age be edited",
    "cant_archive_general": "the general channel can't be archived",
}
"""What is behind some refusals, and what mends them; the rest are told as Slack calls them."""


class Refused(Permanent):
    """Slack said no. `code` is its word for the reason."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class SlackApi:
    """The Web API with one bot's token."""

    def __init__(self, token: str, base_url: str, speak: Speak) -> None:
        self._base = base_url
        self._client = speak(Account("Slack", base_url, {"authorization": f"Bearer {token}"}))

    async def read(self, method: str, **parameters: str) -> Answer:
        """The answer to a question, its body an object. VendorError."""
        return self._judged(await self._client.ask("GET", f"/{method}", params=parameters, once=False), once=False)

    async def pages(self, method: str, kind: str, **parameters: str) -> AsyncIterator[Any]:
        """Everything of a list that has pages, for as long as somebody asks. VendorError."""
        cursor = ""
        for _ in range(MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            body = (await self.read(method, limit=str(PAGE), **parameters, **more)).body
            for each in body.get(kind) or []:
                yield each
            cursor = (body.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def write(self, method: str, *, once: bool = False, **fields: Any) -> dict[str, Any]:
        """Change something; what Slack answers. `once`: doing it again would be seen. VendorError."""
        answer = await self._client.ask("POST", f"/{method}", json=fields, headers=JSON, once=once)
        body: dict[str, Any] = self._judged(answer, once=once).body
        return body

    def _judged(self, answer: Answer, *, once: bool) -> Answer:
        if not isinstance(answer.body, dict) or "ok" not in answer.body:
            raise _unsure(f"What answers at {self._base} is not Slack's API: check base_url.", once=once)
        if answer.body["ok"] is not True:
            raise failure(answer.body, once=once)
        return answer


def failure(body: dict[str, Any], *, once: bool) -> VendorError:
    """What a refusal means, in words that say what to mend."""
    code = redacted(str(body.get("error"))[:100])
    if code in SIGNED_OUT:
        return AuthExpired(f"Slack does not accept our token: {SIGNED_OUT[code]} ({code}). Enter a new one.")
    if code in UNDONE:
        return Retryable(f"Slack can't do this at present ({code}).")
    if code in UNSURE:
        return _unsure(f"Slack failed ({code}).", once=once)
    if code == "missing_scope":
        needed = redacted(str(body.get("needed") or "?")[:300])
        words = f"the token lacks the scope {needed}. Add it to the app, and reinstall that"
    else:
        words = WORDS.get(code, "")
    return Refused(code, f"Slack refuses this: {words} ({code})." if words else f"Slack refuses this: {code}.")


def _unsure(words: str, *, once: bool) -> VendorError:
    return Ambiguous(words) if once else Retryable(words)
