"""Asking GitHub about one repository: what its refusals mean, and how long it wants to be left alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from core.redaction import redacted
from integrations.client import Answer, VendorClient
from integrations.failures import Ambiguous, Permanent, Retryable, VendorError

MOVED, FORBIDDEN, NOT_FOUND, GONE, UNPROCESSABLE, TOO_MANY = 301, 403, 404, 410, 422, 429
REFUSALS = frozenset({MOVED, 307, FORBIDDEN, NOT_FOUND, GONE, UNPROCESSABLE, TOO_MANY})
LIMITED_SECONDS = 60.0
"""To wait where GitHub limits us and does not say for how long (docs.github.com, "Rate limits for the REST API")."""
LONGEST_SECONDS = 3600.0
MOST = 300
"""Characters of what GitHub says that are kept."""


class Asking:
    """Questions about a repository, in the name of one token."""

    def __init__(self, client: VendorClient, repository: str) -> None:
        self._client = client
        self.repository = repository

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        once: bool = False,
        gone: str | None = None,
    ) -> Answer:
        """The answer to a question below the repository's address. VendorError.

        `gone`: the words for what is not there, if that is less than the whole repository.
        """
        where = f"/repos/{self.repository}{path}"
        return await self.outside(method, where, json=json, params=params, once=once, gone=gone)

    async def outside(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        once: bool = False,
        gone: str | None = None,
    ) -> Answer:
        """The answer to a question to GitHub as a whole. VendorError."""
        answer = await self._client.ask(method, path, json=json, params=params, once=once, expected=REFUSALS)
        if gone is not None and answer.status in (MOVED, NOT_FOUND, GONE):
            raise Permanent(gone)
        return self._understood(answer, once=once)

    def _understood(self, answer: Answer, *, once: bool) -> Answer:
        """An answer that says what was asked for; VendorError for any other."""
        if not answer.good:
            raise self._failure(answer)
        if not isinstance(answer.body, dict | list):
            words = "What answers is not GitHub's REST API: correct `base_url`."
            raise Ambiguous(words) if once else Permanent(words)
        return answer

    async def try_to_open(self) -> None:
        """Nothing if this token may open issues; VendorError says why not.

        GitHub tells nobody what a token may do. It asks whether we may before it reads what we send: an issue without a
        title, which it can't open, is refused with 422 if we may.
        """
        path = f"/repos/{self.repository}/issues"
        answer = await self._client.ask("POST", path, json={}, once=False, expected=REFUSALS)
        if answer.status != UNPROCESSABLE:
            raise self._failure(answer)

    async def login(self) -> str | None:
        """The name of the token's user; None for a GitHub App, which has none."""
        answer = await self._client.ask("GET", "/user", once=False, expected=REFUSALS)
        if not answer.good and type(self._failure(answer)) is Permanent:
            return None
        return str(self._understood(answer, once=False).body["login"])

    async def newest(self, page: int, size: int, login: str | None) -> list[dict[str, Any]]:
        """A page of the repository's issues, open and closed, newest first; of one author, if one is given."""
        asked = {"state": "all", "sort": "created", "direction": "desc", "per_page": str(size), "page": str(page)}
        answer = await self.ask("GET", "/issues", params={**asked, **({"creator": login} if login else {})})
        return answer.body if isinstance(answer.body, list) else []

    async def comments(self, number: str, page: int, size: int) -> list[dict[str, Any]]:
        """A page of an issue's comments, oldest first."""
        asked = {"per_page": str(size), "page": str(page)}
        answer = await self.ask("GET", f"/issues/{number}/comments", params=asked)
        return answer.body if isinstance(answer.body, list) else []

    async def search(self, words: str, login: str | None) -> list[dict[str, Any]]:
        """What GitHub's search finds with these words in the text, which may lag behind."""
        author = f" author:{login}" if login else ""
        asked = {"q": f'"{words}" in:title,body repo:{self.repository} is:issue{author}', "per_page": "100"}
        answer = await self.outside("GET", "/search/issues", params=asked)
        found = answer.body.get("items") if isinstance(answer.body, dict) else None
        return found if isinstance(found, list) else []

    def _failure(self, answer: Answer) -> VendorError:
        after = _limited(answer)
        if after is not None:
            return Retryable(f"GitHub asks us to slow down ({answer.status}).", after=after)
        return Permanent(self._meaning(answer))

    def _meaning(self, answer: Answer) -> str:
        body = answer.body if isinstance(answer.body, dict) else {}
        said = redacted(str(body.get("message", ""))[:MOST]).rstrip(".")
        if answer.status == FORBIDDEN:
            return (
                f"GitHub does not allow this token that in {self.repository} (403: {said}): give it the permission"
                " Issues: read and write, and have it approved if your organisation asks for that."
            )
        if answer.status == NOT_FOUND:
            return (
                f"GitHub has no repository {self.repository} that this token may see (404): correct `repository`, or"
                " give the token access to it."
            )
        if answer.status == GONE:
            return f"{self.repository} has no issues (410): switch them on in its settings."
        if answer.status == UNPROCESSABLE:
            details = redacted(orjson.dumps(body.get("errors", [])).decode()[:MOST])
            return f"GitHub refuses the issue (422): {said} {details}."
        return f"{self.repository} has moved ({answer.status}): enter its new name as `repository`."


def _limited(answer: Answer) -> float | None:
    """For how many seconds we are to leave GitHub alone; None if it has not limited us.

    Its primary limit answers 403 or 429 with x-ratelimit-remaining: 0, its secondary ones with Retry-After, or with
    words alone. Both did nothing of what was asked.
    """
    given, used_up = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-remaining") == "0"
    said = str(answer.body.get("message", "")) if isinstance(answer.body, dict) else ""
    if answer.status != TOO_MANY and not (answer.status == FORBIDDEN and (given or used_up or "rate limit" in said)):
        return None
    if given.isascii() and given.isdigit():
        return min(float(given), LONGEST_SECONDS)
    reset = answer.headers.get("x-ratelimit-reset", "")
    if used_up and reset.isascii() and reset.isdigit():
        # The vendor's clock is a real one. A second more: its limit ends within that second.
        return min(max(1.0, float(reset) + 1 - datetime.now(UTC).timestamp()), LONGEST_SECONDS)
    return LIMITED_SECONDS
