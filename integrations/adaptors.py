"""Every adaptor there is: loading this enters their vendors, so that actions know them."""

from collections.abc import Callable
from typing import Any

from actions.outward.vendors import Vendor, enter
from integrations import (
    apprise_channel,
    github,
    jira,
    jitsi,
    language_model,
    ntfy,
    opsgenie,
    pagerduty,
    prometheus,
    slack,
    standing_call,
    teams,
    teams_graph,
    twilio,
    zoom,
)
from integrations.ports import Adaptor, Speak

Open = Callable[[dict[str, Any], Speak], Adaptor]

EVERY: tuple[tuple[Vendor, Open], ...] = (
    (apprise_channel.VENDOR, apprise_channel.open_apprise),
    (github.VENDOR, github.open_github),
    (jira.VENDOR, jira.open_jira),
    (jitsi.VENDOR, jitsi.open_jitsi),
    (language_model.VENDOR, language_model.open_language_model),
    (ntfy.VENDOR, ntfy.open_ntfy),
    (opsgenie.VENDOR, opsgenie.open_opsgenie),
    (pagerduty.VENDOR, pagerduty.open_pagerduty),
    (prometheus.VENDOR, prometheus.open_prometheus),
    (slack.VENDOR, slack.open_slack),
    (standing_call.VENDOR, standing_call.open_standing_call),
    (teams.VENDOR, teams.open_teams),
    (teams_graph.VENDOR, teams_graph.open_teams_graph),
    (twilio.VENDOR, twilio.open_twilio),
    (zoom.VENDOR, zoom.open_zoom),
)

for _vendor, _ in EVERY:
    enter(_vendor)

ADAPTORS: dict[str, Open] = {vendor.key: open_one for vendor, open_one in EVERY}
"""How the adaptor of a vendor is opened for one configuration."""
