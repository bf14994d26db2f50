"""GitHub Issues: an issue for each incident (docs.github.com/en/rest/issues)."""

import re
from typing import Any

from pydantic import Field, SecretStr

from actions.outward.checks import Check
from actions.outward.ledger import Made
from actions.outward.ticket_state import TicketStatus
from actions.outward.vendors import Port, Vendor
from integrations.client import Account
from integrations.configuration import BaseUrl, Configuration
from integrations.failures import Ambiguous
from integrations.github_asking import Asking
from integrations.github_checks import examined
from integrations.github_state import Moving
from integrations.ports import Item, Matter, Remark, Speak
from integrations.ticket_fields import ClosesTickets, WebhookSecret
from integrations.ticket_words import details, heading, named, opening
from models.words import TicketState

VERSION = "2022-11-28"
"""Of the REST API, in X-GitHub-Api-Version: GitHub keeps each for two years at least after the next."""
TITLE = 256
"""Characters of an issue's title, by GitHub's own limit."""
PAGE, MOST_PAGES = 100, 3
"""Issues that are looked through, newest first: an order is tried for a day, in which there are fewer."""
MOST_COMMENT_PAGES = 10
"""Comments of an issue that are looked through: GitHub lists the oldest first."""
CALLS = re.compile(r"[@#]|\bGH-|://|\bwww\.", re.IGNORECASE)
"""After which GitHub reads who is meant: a person or team, an issue, an address."""
MARKDOWN = re.compile(r"[\\`*_{}\[\]<>()#+.!|~&-]")


class GitHubConfiguration(Configuration):
    """Where issues are opened, as whom, and with what."""

    repository: str = Field(
        pattern=r"^[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$", description="The repository, as owner/name."
    )
    token: SecretStr = Field(
        min_length=1,
        description="A fine-grained personal access token for that repository with the permission Issues: read and"
        " write.",
    )
    labels: str = Field(default="", description="Labels of each issue, separated by commas.")
    private_titles: bool = Field(
        default=False,
        description="Whether issues of private incidents have their title. Otherwise they have the reference, the"
        " severity and the link.",
    )
    base_url: BaseUrl = Field(
        default="https://api.github.com",
        description="Where the REST API is. Of GitHub Enterprise Server: https://your-host/api/v3.",
    )
    webhook_secret: WebhookSecret = None
    closes_tickets: ClosesTickets = True


VENDOR = Vendor("github", "GitHub Issues", frozenset({Port.TICKET}), GitHubConfiguration)


class GitHub:
    """One repository."""

    def __init__(self, configuration: GitHubConfiguration, speak: Speak) -> None:
        self._told = configuration
        headers = {
            "authorization": f"Bearer {configuration.token.get_secret_value()}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": VERSION,
        }
        client = speak(Account("GitHub", configuration.base_url, headers))
        self._asking = Asking(client, configuration.repository)
        self._moving = Moving(self._asking)

    async def check(self) -> list[Check]:
        """Whether it knows us, has the repository, and lets us open issues there."""
        return await examined(self._asking, named(self._told.labels))

    async def open_ticket(self, matter: Matter | Item) -> Made:
        """A new issue."""
        title = heading(matter, private_titles=self._told.private_titles, limit=TITLE)
        issue = {"title": uncalling(title)[:TITLE], "body": body(matter), "labels": named(self._told.labels)}
        answer = await self._asking.ask("POST", "/issues", json=issue, once=True)
        if not isinstance(answer.body, dict) or "number" not in answer.body:
            raise Ambiguous("GitHub's answer does not say which issue it made.")
        return _made(answer.body)

    async def find_ticket(self, matter: Matter | Item) -> Made | None:
        """The issue whose text has the mark, among those that this token's user opened.

        Others can write a mark, too: theirs don't count. The list of a repository's issues shows what was written at
        once, unlike GitHub's search, which is asked only for what is older than the list goes back.
        """
        login = await self._asking.login()
        for page in range(1, MOST_PAGES + 1):
            listed = await self._asking.newest(page, PAGE, login)
            for issue in listed:
                if _is_of(issue, matter, login):
                    return _made(issue)
            if len(listed) < PAGE:
                return None
        found = [issue for issue in await self._asking.search(matter.reference, login) if _is_of(issue, matter, login)]
        return _made(found[0]) if found else None

    async def comment(self, matter: Matter, ticket: str, remark: Remark) -> Made:
        """A comment on the issue, with the mark by which it is found again."""
        said = {"body": f"{_literal(remark.text)}\n\n{_mark_of(remark, matter)}"}
        answer = await self._asking.ask("POST", f"/issues/{_number(ticket)}/comments", json=said, once=True)
        return _comment(answer.body)

    async def find_comment(self, matter: Matter, ticket: str, remark: Remark) -> Made | None:
        """The comment that has the remark's mark, among those that this token's user wrote."""
        login, wanted = await self._asking.login(), _mark_of(remark, matter)
        for page in range(1, MOST_COMMENT_PAGES + 1):
            listed = await self._asking.comments(_number(ticket), page, PAGE)
            for comment in listed:
                if _is_ours(comment, login) and wanted in (comment.get("body") or ""):
                    return _comment(comment)
            if len(listed) < PAGE:
                break
        return None

    async def ticket_status(self, ticket: str) -> TicketStatus:
        """How far an issue is."""
        return await self._moving.status(_number(ticket))

    async def move_ticket(self, ticket: str, to: TicketState, *, dropped: bool) -> TicketStatus:
        """How far an issue is once it is closed or open, as is wished."""
        return await self._moving.move(_number(ticket), to, dropped=dropped)


def body(matter: Matter | Item) -> str:
    """What an issue says of an incident or an action item, in Markdown, with the mark by which it is found again."""
    before, words = opening(matter)
    lines = [f"{before}[{words}]({matter.url})."]
    lines += [f"{name}: {_literal(value)}." for name, value in details(matter)]
    return "\n\n".join([*lines, mark(matter)])


def mark(matter: Matter | Item) -> str:
    """A comment that nobody sees: two Musters can both have an INC-7, so it has the address, too."""
    return f"<!-- muster {matter.reference} {matter.url} -->"


def uncalling(text: str) -> str:
    """A text that calls nobody (@) and refers to no issue (#7, GH-7, addresses), so that it closes none either.

    GitHub looks for these in the text as it is shown, where a backslash is gone: a space of no width stays.
    """
    return CALLS.sub(lambda found: f"{found[0]}\u200b", text)


def _mark_of(remark: Remark, matter: Matter) -> str:
    return f"<!-- muster {matter.reference} {matter.url} {remark.key} -->"


def _literal(text: str) -> str:
    """A text in which nothing is Markdown, and nobody is called."""
    return uncalling(MARKDOWN.sub(_escaped, text))


def _number(ticket: str) -> str:
    return ticket.removeprefix("#")


def _comment(found: Any) -> Made:
    if not isinstance(found, dict) or "id" not in found:
        raise Ambiguous("GitHub's answer does not say which comment it made.")
    return Made(str(found["id"]), found.get("html_url"))


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def _is_of(issue: dict[str, Any], matter: Matter | Item, login: str | None) -> bool:
    return _is_ours(issue, login) and "pull_request" not in issue and mark(matter) in (issue.get("body") or "")


def _is_ours(written: dict[str, Any], login: str | None) -> bool:
    """Whether this token's user wrote it; an app, which has no user, takes what any app wrote."""
    author = written.get("user") or {}
    return author.get("login") == login if login is not None else author.get("type") == "Bot"


def _made(issue: dict[str, Any]) -> Made:
    return Made(f"#{issue['number']}", issue["html_url"])


def open_github(configuration: dict[str, Any], speak: Speak) -> GitHub:
    """The adaptor of a configuration."""
    return GitHub(GitHubConfiguration(**configuration), speak)
