"""What the adaptor of Slack must be told."""

from typing import Annotated

from pydantic import Field, SecretStr

from integrations.configuration import BaseUrl, Configuration
from integrations.slack_names import NamePattern, Reaction


class SlackConfiguration(Configuration):
    """The app in a workspace."""

    token: SecretStr = Field(
        description="The bot token. At api.slack.com/apps, your app, OAuth & Permissions: it begins with xoxb-."
    )
    base_url: BaseUrl = Field(
        default="https://slack.com/api",
        description="Where Slack's Web API is; another one for GovSlack (https://slack-gov.com/api).",
    )
    channel_name: NamePattern = Field(
        default="{reference}-{slug}",
        description="What channels are called: a-z, 0-9, - and _, with {reference} for inc-7 and {slug} for the title."
        " Channels of drills begin with drill-; those of private incidents leave the title out.",
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        description="With which Slack signs what it sends us: events, /muster and buttons. At api.slack.com/apps, your"
        " app, Basic Information, App Credentials. Without it nothing comes in.",
    )
    previous_signing_secret: SecretStr | None = Field(
        default=None,
        description="The signing secret before this one, for as long as Slack may still sign with it.",
    )
    pin_reaction: Reaction = Field(
        default="pushpin",
        description="The reaction that puts a message on the timeline, as a pin does: its name without colons. Empty:"
        " only pins do.",
    )
    private_channels: bool = Field(
        default=False,
        description="Whether only who is invited sees the channels. Those of private incidents are always private.",
    )

    announcement_channel: Annotated[str | None, Field(pattern=r"^[CG][A-Z0-9]{2,30}$")] = Field(
        default=None,
        description="Where incidents are announced: the ID of a channel that the app is in (at the bottom of its"
        " details). Private incidents are never announced.",
    )
