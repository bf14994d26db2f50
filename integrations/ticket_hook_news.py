"""What trackers post: whether it is theirs, and of which ticket it tells. Nothing here knows the database."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from integrations.hook_body import parsed

SIGNATURES = {"github": "x-hub-signature-256", "jira": "x-hub-signature"}
"""Where the signature stands: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries, and
https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks (of webhooks that have a secret)."""
LIMIT = 2_000_000
"""Bytes of a body at most: the texts of an issue have some hundred thousand at both."""
JSON_HINT = "Send JSON in UTF-8: choose application/json as the webhook's content type."
NAME = 200
"""Characters of what a vendor calls something that are read: longer ones are none of ours."""

GITHUB_ACTIONS = frozenset({"closed", "reopened", "assigned", "unassigned", "deleted", "transferred"})
"""What happens to an issue that is to be seen here (docs.github.com, "Webhook events and payloads", issues)."""
JIRA_EVENTS = frozenset({"jira:issue_updated", "jira:issue_deleted"})
JIRA_FIELDS = frozenset({"status", "assignee", "resolution", "Key", "project"})
"""The fields whose change is to be seen here, as changelogs call them."""


@dataclass(frozen=True, slots=True)
class News:
    """Something happened to a ticket."""

    tickets: tuple[str, ...]
    """What the vendor calls it, now and before."""
    delivery: str | None
    """What the vendor calls this piece of news: sent again, it is the same."""


def signed(headers: Mapping[str, str], field: str, body: bytes, secrets: str) -> bool:
    """Whether the raw body has the signature (`sha256=`, HMAC-SHA256 in hex) of one of the secrets.

    The secrets stand separated by commas while one replaces the other: both vendors sign with one at a time.
    """
    keys = [each.strip().encode() for each in secrets.split(",") if each.strip()]
    given = headers.get(field, "").encode("utf-8", "replace")
    fitting = [f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}".encode() for key in keys]
    # All are compared, so that the time it takes does not tell which came near.
    return sum(hmac.compare_digest(given, each) for each in fitting) > 0


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Issue(_Read):
    number: int


class _Repository(_Read):
    full_name: str


class _GitHubEvent(_Read):
    action: str
    issue: _Issue
    repository: _Repository


def from_github(headers: Mapping[str, str], body: bytes, told: Mapping[str, Any]) -> News | None:
    """The news of an issue; None for what is none, such as `ping`, or is of another repository. Refusal."""
    if headers.get("x-github-event") != "issues":
        return None
    event = parsed(_GitHubEvent, body, sender="tracker", json_hint=JSON_HINT)
    ours = event.repository.full_name.casefold() == str(told.get("repository")).casefold()
    if event.action not in GITHUB_ACTIONS or not ours:
        return None
    return News((f"#{event.issue.number}",), _delivery(headers, "x-github-delivery"))


class _Keyed(_Read):
    key: str


class _Change(_Read):
    field: str = ""
    fromString: str | None = None  # noqa: N815 (Jira's name)


class _Changelog(_Read):
    items: list[_Change] = []


class _JiraEvent(_Read):
    webhookEvent: str  # noqa: N815 (Jira's name)
    issue: _Keyed | None = None
    changelog: _Changelog | None = None


def from_jira(headers: Mapping[str, str], body: bytes, told: Mapping[str, Any]) -> News | None:
    """The news of an issue; None for what is none that we take, such as a comment. Refusal for what is no webhook."""
    del told  # keys of issues have the project's within
    event = parsed(_JiraEvent, body, sender="tracker", json_hint=JSON_HINT)
    if event.webhookEvent not in JIRA_EVENTS or event.issue is None:
        return None
    changes = event.changelog.items if event.changelog is not None else []
    if changes and not any(change.field in JIRA_FIELDS for change in changes):
        return None
    before = [change.fromString for change in changes if change.field == "Key" and change.fromString]
    tickets = tuple(key for key in (event.issue.key, *before) if key.isprintable() and len(key) <= NAME)
    return News(tickets, _delivery(headers, "x-atlassian-webhook-identifier"))


def _delivery(headers: Mapping[str, str], field: str) -> str | None:
    given = headers.get(field, "")
    return given if given.isprintable() and 0 < len(given) <= NAME else None


Reader = Callable[[Mapping[str, str], bytes, Mapping[str, Any]], News | None]
READERS: dict[str, Reader] = {"github": from_github, "jira": from_jira}
"""How each vendor's webhooks are read."""
