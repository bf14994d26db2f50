"""Jira Cloud: an issue for each incident (developer.atlassian.com/cloud/jira/platform/rest/v3)."""

import base64
from typing import Any

from actions.outward.checks import Check
from actions.outward.ledger import Made
from actions.outward.ticket_state import TicketStatus
from actions.outward.vendors import Port, Vendor
from integrations.client import Account, Answer
from integrations.failures import Ambiguous, Permanent, VendorError
from integrations.jira_asking import Asking
from integrations.jira_checks import examined
from integrations.jira_configuration import JiraConfiguration
from integrations.jira_state import Moving
from integrations.jira_text import description, paragraph
from integrations.ports import Item, Matter, Remark, Speak
from integrations.ticket_words import heading, named
from models.words import TicketState

VENDOR = Vendor("jira", "Jira", frozenset({Port.TICKET}), JiraConfiguration)

SUMMARY = 255
"""Characters of a summary, by Jira's own limit."""
PROPERTY = "muster.incident"
"""The issue property that says whose issue it is: labels change by hand, and two Musters can both have an INC-7."""
ITEM_PROPERTY = "muster.action-item"
"""The same for an action item."""
COMMENT_PROPERTY = "muster.remark"
"""The comment property that says what it tells of."""
INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""In service projects customers read what is not said to be internal."""
COMMENTS = 100
"""The newest comments, which are looked through."""
AHEAD = 100
"""Keys after the newest that the search knows, which are read directly: as many as Jira reads at once."""


class Jira:
    """One project of one site."""

    def __init__(self, configuration: JiraConfiguration, speak: Speak) -> None:
        self._told = configuration
        credentials = base64.b64encode(f"{configuration.email}:{configuration.token.get_secret_value()}".encode())
        account = Account("Jira", configuration.base_url, {"authorization": f"Basic {credentials.decode()}"})
        self._client = speak(account)
        self._asking = Asking(self._client, configuration)
        self._moving = Moving(self._asking, configuration)

    async def check(self) -> list[Check]:
        """Whether it knows us, has the project, and lets us open issues with what we know."""
        return await examined(self._client, self._told)

    async def open_ticket(self, matter: Matter | Item) -> Made:
        """A new issue, linked to what it is about."""
        answer = await self._asking.ask("POST", "/issue", self._issue(matter), once=True)
        key = answer.body.get("key")
        if not isinstance(key, str):
            raise Ambiguous("Jira's answer does not say which issue it made.")
        try:
            return await self._linked(key, matter)
        except VendorError as error:
            # The issue is there, whatever became of its link: it has to be found again, not made again.
            raise Ambiguous(error.words) from error

    async def find_ticket(self, matter: Matter | Item) -> Made | None:
        """The issue of an incident or an action item, linked to it.

        Jira's search lags behind by seconds to minutes, and can be made to wait only for issues whose id one knows
        (its guide "Search after write"). So the search is not relied on: keys of a project are numbered, and those
        after the newest that it knows are read directly, which sees what was written.
        """
        label = f'project = "{self._told.project}" AND labels = "{_label(matter)}"'
        found = _theirs(await self._search(label, "50", matter), matter)
        if found is None:
            newest = await self._search(f'project = "{self._told.project}" ORDER BY key DESC', "1", matter)
            found = _theirs(await self._read_after(newest, matter), matter)
        return None if found is None else await self._linked(found, matter)

    async def comment(self, matter: Matter, ticket: str, remark: Remark) -> Made:
        """A comment on the issue, with the property by which it is found again."""
        noted = [{"key": COMMENT_PROPERTY, "value": {"url": matter.url, "key": remark.key}}, INTERNAL]
        said = {"body": paragraph(remark.text), "properties": noted}
        answer = await self._asking.ask("POST", f"/issue/{ticket}/comment", said, once=True)
        if "id" not in answer.body:
            raise Ambiguous("Jira's answer does not say which comment it made.")
        return Made(str(answer.body["id"]))

    async def find_comment(self, matter: Matter, ticket: str, remark: Remark) -> Made | None:
        """The comment that has the remark's property, among the newest."""
        asked = {"orderBy": "-created", "maxResults": str(COMMENTS), "expand": "properties"}
        answer = await self._asking.ask("GET", f"/issue/{ticket}/comment", params=asked)
        wanted = {"key": COMMENT_PROPERTY, "value": {"url": matter.url, "key": remark.key}}
        for comment in answer.body.get("comments") or []:
            if any(_noted(each) == _noted(wanted) for each in comment.get("properties") or []):
                return Made(str(comment["id"]))
        return None

    async def ticket_status(self, ticket: str) -> TicketStatus:
        """How far an issue is."""
        return await self._moving.status(ticket)

    async def move_ticket(self, ticket: str, to: TicketState, *, dropped: bool) -> TicketStatus:
        """How far an issue is once it is closed or open, as is wished."""
        return await self._moving.move(ticket, to, dropped=dropped)

    def _issue(self, matter: Matter | Item) -> dict[str, Any]:
        told = self._told
        fields = {
            **told.fields,
            "project": {"key": told.project},
            "issuetype": {"name": told.issue_type},
            "summary": heading(matter, private_titles=told.private_titles, limit=SUMMARY),
            "description": description(matter),
            "labels": [_label(matter), *named(told.labels)],
        }
        return {"fields": fields, "properties": [{"key": _property(matter), "value": {"url": matter.url}}]}

    async def _linked(self, key: str, matter: Matter | Item) -> Made:
        """An issue with its link to what it is about: Jira keeps one for each globalId, however often it is told."""
        title = f"Incident {matter.reference}" if isinstance(matter, Matter) else f"Action item {matter.reference}"
        link = {"globalId": matter.url, "object": {"url": matter.url, "title": title}}
        try:
            await self._client.ask("POST", f"/rest/api/3/issue/{key}/remotelink", json=link, once=False)
        except Permanent as error:
            if type(error) is not Permanent:
                raise
            # Without the right to link there is no link; the description has the address, and the examination says it.
        return Made(key, f"{self._told.site_url or self._told.base_url}/browse/{key}")

    async def _search(self, jql: str, most: str, matter: Matter | Item) -> list[Any]:
        asked = {"jql": jql, "maxResults": most, "fields": "summary", "properties": _property(matter)}
        return _issues(await self._asking.ask("GET", "/search/jql", params=asked))

    async def _read_after(self, newest: list[Any], matter: Matter | Item) -> list[Any]:
        """The issues with the keys that come next, as far as there are any."""
        last = int(newest[0]["key"].rpartition("-")[2]) if newest else 0
        keys = [f"{self._told.project}-{number}" for number in range(last + 1, last + 1 + AHEAD)]
        asked = {"issueIdsOrKeys": keys, "fields": ["summary"], "properties": [_property(matter)]}
        return _issues(await self._asking.ask("POST", "/issue/bulkfetch", asked))


def _noted(given: dict[str, Any]) -> tuple[Any, Any]:
    return given.get("key"), given.get("value")


def _label(matter: Matter | Item) -> str:
    return f"muster-{matter.reference}"


def _property(matter: Matter | Item) -> str:
    return PROPERTY if isinstance(matter, Matter) else ITEM_PROPERTY


def _issues(answer: Answer) -> list[Any]:
    found = answer.body.get("issues")
    return found if isinstance(found, list) else []


def _theirs(issues: list[Any], matter: Matter | Item) -> str | None:
    """The key of the first issue that was opened for an incident or an action item."""
    for issue in issues:
        noted = (issue.get("properties") or {}).get(_property(matter))
        if isinstance(noted, dict) and noted.get("url") == matter.url:
            return str(issue["key"])
    return None


def open_jira(configuration: dict[str, Any], speak: Speak) -> Jira:
    """The adaptor of a configuration."""
    return Jira(JiraConfiguration(**configuration), speak)
