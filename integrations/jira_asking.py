"""Asking one site of Jira below its REST API: what its refusals mean."""

from typing import Any

from integrations.client import Answer, VendorClient
from integrations.failures import Ambiguous, Permanent
from integrations.jira_configuration import JiraConfiguration
from integrations.jira_refusals import NOT_FOUND, NOT_JIRA, refusal

REFUSALS = frozenset({400, 403, NOT_FOUND})


class Asking:
    """Questions to a site, in the name of one account."""

    def __init__(self, client: VendorClient, told: JiraConfiguration) -> None:
        self._client, self._told = client, told

    async def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        params: dict[str, str] | None = None,
        once: bool = False,
        gone: str | None = None,
        empty: bool = False,
    ) -> Answer:
        """An answer with an object, or with nothing if it may be `empty`. VendorError.

        `gone`: the words for what is not there, if that is less than the whole project.
        """
        where = f"/rest/api/3{path}"
        answer = await self._client.ask(method, where, json=json, params=params, once=once, expected=REFUSALS)
        if gone is not None and answer.status == NOT_FOUND:
            raise Permanent(gone)
        if not answer.good:
            raise Permanent(refusal(answer, self._told))
        if not isinstance(answer.body, dict) and not empty:
            raise Ambiguous(NOT_JIRA) if once else Permanent(NOT_JIRA)
        return answer
