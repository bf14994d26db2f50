"""What a channel of Teams says of its incident: its description, by which it is found again, and a tab."""

from typing import Any

from integrations.failures import Permanent
from integrations.news_card import cut
from integrations.pointing import points_to
from integrations.ports import Matter
from integrations.teams_graph_api import GraphApi

DESCRIPTION = 1024
"""Characters, by Microsoft's own limit."""
SETTINGS = "ChannelSettings.ReadWrite.All"
TABS = "TeamsTab.Create"
WEBSITE = "com.microsoft.teamspace.tab.web"


def description(matter: Matter) -> str:
    """How the incident stands, and where people go on; of a private one only that, as owners of the team read it."""
    drill = "DRILL · " if matter.drill else ""
    if matter.private:
        return f"{drill}{matter.reference}: {matter.url}"
    facts = f"{matter.severity or 'no severity yet'} · {matter.stage.capitalize()} · {matter.commander or 'nobody yet'}"
    links = "\n".join(f"{words}: {url}" for words, url in matter.links if url not in (matter.channel, matter.url))
    head = f"{matter.url}\n{drill}{facts}\n{links}".rstrip()
    room = DESCRIPTION - len(head) - 1
    return f"{head}\n{cut(matter.title, room)}" if room > len("…") else head


def is_ours(channel: dict[str, Any], matter: Matter) -> bool:
    """Whether a channel is that of an incident. One that others see never is that of a private incident."""
    if matter.private and channel.get("membershipType") != "private":
        return False
    return points_to(str(channel.get("description") or ""), matter.url)


async def add_tab(api: GraphApi, path: str, matter: Matter) -> None:
    """A tab that leads to the incident, once. A refusal is none of the incident: the description has the address."""
    try:
        async for tab in api.pages(f"{path}/tabs?$select=id,configuration", permission=TABS):
            if (tab.get("configuration") or {}).get("websiteUrl") == matter.url:
                return
        place = {"entityId": None, "contentUrl": matter.url, "websiteUrl": matter.url, "removeUrl": None}
        tab = {
            "displayName": f"{matter.reference} in Muster",
            "teamsApp@odata.bind": f"{api.base}/appCatalogs/teamsApps/{WEBSITE}",
            "configuration": place,
        }
        await api.ask("POST", f"{path}/tabs", tab, permission=TABS, once=True)
    except Permanent:
        return
