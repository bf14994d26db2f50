"""What the bot's token must allow, and what each of it is for (docs/guides/slack.md has them as a manifest)."""

from actions.outward.checks import Check, Result
from integrations.slack_api import Refused, SlackApi

SCOPES = {
    "channels:manage": "opens public channels, says what they are for, invites to them and archives them",
    "channels:read": "finds public channels again",
    "channels:history": "finds the summary again that was posted to a public channel",
    "groups:write": "opens private channels, says what they are for, invites to them and archives them",
    "groups:read": "finds private channels again",
    "groups:history": "finds the summary again that was posted to a private channel",
    "chat:write": "posts the summary and announcements, and edits them",
    "bookmarks:read": "sees which links the channel has",
    "bookmarks:write": "puts links to the incident, its call and its ticket above the channel",
    "pins:read": "sees whether the summary is pinned",
    "pins:write": "pins the summary",
    "users:read": "is needed beside users:read.email",
    "users:read.email": "finds the people to invite by their e-mail addresses",
}
"""Each scope, and what it does."""

INBOUND = {
    "commands": "lets people write /muster, and press its buttons",
    "reactions:read": "sees the reaction that puts a message on the timeline",
}
"""What is needed besides, once Slack may send something: pins and messages come with the scopes above."""


def checks(header: str, *, inbound: bool) -> list[Check]:
    """One line for each scope that is needed; `header` is what Slack says that the token has.

    `inbound`: whether we take what Slack sends.
    """
    given = {scope.strip() for scope in header.split(",")}
    needed = {**SCOPES, **INBOUND} if inbound else SCOPES
    return [
        Check(scope, Result.OK, f"It {purpose}.")
        if scope in given
        else Check(scope, Result.MISSING, f"It {purpose}. Add it under OAuth & Permissions, then reinstall the app.")
        for scope, purpose in needed.items()
    ]


async def examined(api: SlackApi, channel: str) -> Check:
    """Whether incidents can be announced in a channel. VendorError."""
    subject = "announcement_channel"
    try:
        found = (await api.read("conversations.info", channel=channel)).body.get("channel") or {}
    except Refused as refused:
        return Check(subject, Result.WRONG, refused.words)
    name = str(found.get("name") or channel)
    if found.get("is_archived"):
        return Check(subject, Result.WRONG, f"#{name} is archived: choose another channel.")
    if not found.get("is_member"):
        return Check(subject, Result.MISSING, f"The app is not in #{name}: invite it there.")
    return Check(subject, Result.OK, f"Incidents are announced in #{name}.")
