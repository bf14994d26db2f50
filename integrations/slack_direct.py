"""Direct messages in Slack, to whoever has an e-mail address in the workspace."""

from integrations.failures import Permanent
from integrations.ports import Note
from integrations.slack_api import Refused, SlackApi
from integrations.slack_guests import NOBODY
from integrations.slack_hook import escaped
from integrations.slack_summary import LITERAL, UNFURLED


async def tell(api: SlackApi, email: str, note: Note) -> str:
    """Post a message that only they read; what Slack calls it. Permanent if nobody there has the address."""
    try:
        user = (await api.read("users.lookupByEmail", email=email)).body["user"]["id"]
    except Refused as refused:
        if refused.code not in NOBODY:
            raise
        raise Permanent("Nobody in the Slack workspace has this e-mail address.") from None
    links = [f"<{note.acknowledge_url}|Acknowledge>"] if note.acknowledge_url else []
    links += [f"<{note.url}|Open it>"] if note.url else []
    text = "\n".join([f"*{escaped(note.title)}*", escaped(note.text), *([" · ".join(links)] if links else [])])
    sent = {"channel": str(user), "text": text, **LITERAL, **UNFURLED}
    return str((await api.write("chat.postMessage", once=True, **sent))["ts"])
