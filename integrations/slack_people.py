"""Who somebody in Slack is: their name, and their e-mail address if it can be relied on.

https://docs.slack.dev/reference/objects/user-object
"""

from dataclasses import dataclass
from typing import Any

from integrations.slack_api import Refused, SlackApi
from integrations.slack_guests import NOBODY
from integrations.slack_text import storable

HIDDEN = frozenset({*NOBODY, "user_not_visible"})


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody in the workspace."""

    name: str
    email: str | None
    """None: Slack does not vouch for it, or they are a bot, gone, or of another organisation."""


async def who_is(api: SlackApi, user: str, team: str) -> Known:
    """Who somebody is; `team` is the workspace in which they spoke, empty if that is not known. VendorError."""
    try:
        found = (await api.read("users.info", user=user)).body.get("user") or {}
    except Refused as refused:
        if refused.code not in HIDDEN:
            raise
        return Known(user, None)
    profile = found.get("profile") or {}
    name = profile.get("display_name") or found.get("real_name") or profile.get("real_name") or found.get("name")
    email = profile.get("email")
    good = isinstance(email, str) and _reliable(found, team)
    return Known(storable(str(name or user)), storable(str(email)) if good else None)


def _reliable(user: dict[str, Any], team: str) -> bool:
    """Whether the address is theirs: confirmed, and of somebody in this workspace, whose admins vouch for people.

    Others in a shared channel have addresses for which somebody else's admins vouch.
    """
    if user.get("deleted") or user.get("is_bot") or user.get("is_stranger"):
        return False
    home = {user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ())}
    return user.get("is_email_confirmed") is True and (not team or team in home)
