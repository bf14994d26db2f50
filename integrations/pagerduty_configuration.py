"""What the adaptor of PagerDuty must be told."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from integrations.configuration import BaseUrl, Configuration

EVENTS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
API = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
KEY = re.compile(r"[A-Za-z0-9]{32}")
"""An integration key of the Events API v2."""
ID = re.compile(r"[A-Z0-9]{6,20}")
"""What PagerDuty calls its things: `PT20YPA`, `Q02JTSNZWHSEKV`."""
SEVERITIES = ("critical", "error", "warning", "info")
"""What PagerDuty knows."""


def _one_key(value: SecretStr) -> SecretStr:
    if not KEY.fullmatch(value.get_secret_value()):
        raise ValueError("An integration key of the Events API v2 has 32 letters and digits.")
    return value


def keys_of(listed: str) -> dict[str, str]:
    """The integration keys in `payments=KEY, search=KEY`, by the names that people use. ValueError."""
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in listed.split(","))):
        name, sign, key = (each.strip() for each in part.partition("="))
        if not (sign and name and KEY.fullmatch(key)):
            raise ValueError("Write name=KEY, separated by commas; each key has 32 letters and digits.")
        found[name.casefold()] = key
    return found


def _keys(value: SecretStr | None) -> SecretStr | None:
    keys_of(value.get_secret_value() if value is not None else "")
    return value


def policies_of(listed: str) -> dict[str | None, str]:
    """The ids of escalation policies in `PT20YPA, search=PIJ90N7`, by the names that people use. ValueError."""
    found: dict[str | None, str] = {}
    for part in filter(None, (each.strip() for each in listed.split(","))):
        name, sign, policy = (each.strip() for each in part.rpartition("="))
        if not ID.fullmatch(policy) or (sign and not name):
            raise ValueError("Write ID, name=ID, separated by commas: an escalation policy has an id such as PT20YPA.")
        found[name.casefold() or None] = policy
    return found


def _policies(value: str | None) -> str | None:
    policies_of(value or "")
    return value


def _severities(value: dict[str, str]) -> dict[str, str]:
    wrong = sorted(set(value.values()) - set(SEVERITIES))
    if wrong:
        raise ValueError(f"PagerDuty has {', '.join(SEVERITIES)}, and no {', '.join(wrong)[:80]}.")
    return value


class PagerDutyConfiguration(Configuration):
    """Whom to page, with what, and what comes back."""

    routing_key: Annotated[SecretStr, AfterValidator(_one_key)] = Field(
        description="The integration key of an Events API v2 integration of the service that is paged by default."
    )
    services: Annotated[SecretStr | None, AfterValidator(_keys)] = Field(
        default=None,
        description="Further services that can be paged by name, with their integration keys: payments=KEY,"
        " search=KEY.",
    )
    region: str = Field(default="us", pattern="^(us|eu)$", description="Where your account is: us or eu.")
    token: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="A key of the REST API. By it Muster sees who is on call, knows who answered a page, and asks"
        " further responders to join. A read-only key is enough for all but the last.",
    )
    on_call_policies: Annotated[str | None, AfterValidator(_policies)] = Field(
        default=None,
        description="Whose on-call is shown and invited, where that is not the escalation policy of the service that"
        " an integration key belongs to: PT20YPA, search=PIJ90N7.",
    )
    from_email: str | None = Field(
        default=None,
        pattern="^[^@ ]+@[^@ ]+$",
        description="The mail address of the user of PagerDuty in whose name responders are asked to join.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="The secret of the webhook subscription that posts to /hooks/pagerduty/ and this integration's"
        " key. While you change it: both, separated by a comma.",
    )
    severities: Annotated[dict[str, str], AfterValidator(_severities)] = Field(
        default={},
        description='PagerDuty\'s severity for each of yours, by name: {"SEV1": "critical", "SEV3": "warning"}.'
        " critical, if left out.",
    )
    private_titles: bool = Field(
        default=False,
        description="Whether pages for private incidents have their title. Otherwise they have the reference and the"
        " link.",
    )
    events_url: BaseUrl | None = Field(default=None, description="Where the Events API is, if not in a region.")
    api_url: BaseUrl | None = Field(default=None, description="Where the REST API is, if not in a region.")
