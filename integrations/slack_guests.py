"""Inviting into an incident's channel: its members, and who is on call for it."""

from collections.abc import Sequence

from integrations.ports import Member
from integrations.slack_api import Refused, SlackApi

MOST_INVITED = 40
"""People who are invited. Each is looked up, and Slack takes about 50 look-ups a minute (tier 3)."""

NOBODY = frozenset({"users_not_found", "user_not_found"})
THEIRS = frozenset(
    {
        *NOBODY,
        "no_user",
        "cant_invite",
        "user_is_restricted",
        "user_is_ultra_restricted",
        "ura_max_channels",
        "user_team_not_in_channel",
        "failed_for_some_users",
    }
)
"""Refusals that are about a person: the channel is open all the same."""
IN_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})


async def invite(api: SlackApi, channel: str, members: Sequence[Member], *, fresh: bool) -> tuple[int, ...]:
    """Invite whom Slack knows by their e-mail address; the keys of those who could not be.

    Of who has no account here nothing is told: they are on call, and were paged. VendorError.
    """
    known, uninvited = await _look_up(api, members[:MOST_INVITED])
    uninvited += [member.user_id for member in members[MOST_INVITED:]]
    present = (
        set() if fresh else {str(each) async for each in api.pages("conversations.members", "members", channel=channel)}
    )
    absent = {user: key for user, key in known.items() if user not in present}
    if absent and not await _invited(api, channel, ",".join(absent)):
        uninvited += [key for user, key in absent.items() if not await _invited(api, channel, user)]
    return tuple(key for key in uninvited if key is not None)


async def _look_up(api: SlackApi, members: Sequence[Member]) -> tuple[dict[str, int | None], list[int | None]]:
    """Slack's names of people by our keys, and those whom it does not know."""
    known: dict[str, int | None] = {}
    unknown: list[int | None] = []
    for member in members:
        try:
            user = (await api.read("users.lookupByEmail", email=member.email)).body["user"]
        except Refused as refused:
            if refused.code not in NOBODY:
                raise
            unknown.append(member.user_id)
        else:
            known[str(user["id"])] = member.user_id
    return known, unknown


async def _invited(api: SlackApi, channel: str, users: str) -> bool:
    """Whether all of them are in; False if one of them can't be let in."""
    try:
        await api.write("conversations.invite", channel=channel, users=users)
    except Refused as refused:
        if refused.code in IN_ALREADY and "," not in users:
            return True
        if refused.code in THEIRS | IN_ALREADY:
            return False
        raise
    return True
