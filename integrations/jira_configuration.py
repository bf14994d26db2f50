"""What the adaptor of Jira must be told."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr

from integrations.configuration import BaseUrl, Configuration
from integrations.ticket_fields import ClosesTickets, WebhookSecret

OWN = frozenset({"project", "issuetype", "summary", "description", "labels"})
"""The fields that Muster fills."""


def _further(value: dict[str, Any]) -> dict[str, Any]:
    own = sorted(OWN & value.keys())
    if own:
        raise ValueError(f"Muster fills {', '.join(own)}: give further fields only.")
    return value


def _spaceless(value: str) -> str:
    if any(character.isspace() for part in value.split(",") for character in part.strip()):
        raise ValueError("Labels of Jira have no spaces: separate them by commas.")
    return value


class JiraConfiguration(Configuration):
    """Where issues are opened, as whom, and with what."""

    base_url: BaseUrl = Field(
        description="The address of your site, https://your-site.atlassian.net. For an API token with scopes:"
        " https://api.atlassian.com/ex/jira/ and the id of your cloud."
    )
    email: str = Field(min_length=3, description="The mail address of the account to which the token belongs.")
    token: SecretStr = Field(
        min_length=1, description="An API token of that account (Atlassian account, Security, API tokens)."
    )
    project: str = Field(
        pattern=r"^[A-Z][A-Z0-9_]{0,254}$", description="The key of the project: OPS, if issues are called OPS-12."
    )
    issue_type: str = Field(default="Task", min_length=1, description="The type of the issues, by name.")
    labels: Annotated[str, AfterValidator(_spaceless)] = Field(
        default="", description="Further labels of each issue, separated by commas."
    )
    fields: Annotated[dict[str, Any], AfterValidator(_further)] = Field(
        default={},
        description="Further fields that the project requires, by id, with the values to send:"
        ' {"customfield_10010": {"value": "Payments"}, "priority": {"name": "High"}}.',
    )
    private_titles: bool = Field(
        default=False,
        description="Whether issues of private incidents have their title. Otherwise they have the reference, the"
        " severity and the link.",
    )
    site_url: BaseUrl | None = Field(
        default=None,
        description="Where people open issues, if base_url begins with https://api.atlassian.com:"
        " https://your-site.atlassian.net.",
    )
    webhook_secret: WebhookSecret = None
    closes_tickets: ClosesTickets = True
    done_transition: str = Field(
        default="",
        description="The transition that closes an issue, by name; without one, the first that leads to a status of the"
        " category Done.",
    )
    dropped_transition: str = Field(
        default="",
        description="The transition that closes an issue on which nothing was done, by name; without one, the same as"
        " for all.",
    )
    reopen_transition: str = Field(
        default="",
        description="The transition that reopens an issue, by name; without one, the first that leads to a status that"
        " is not of the category Done.",
    )
    done_fields: dict[str, Any] = Field(
        default={},
        description="Fields that the transition asks for when it closes an issue, by id:"
        ' {"resolution": {"name": "Done"}}.',
    )
