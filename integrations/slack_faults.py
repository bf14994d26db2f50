"""What is wrong with a form that somebody has sent, while it is still open: said at the field that is to be mended.

https://docs.slack.dev/surfaces/modals, "Displaying errors in views". Everything else is refused by a job.
"""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.doing import grant
from actions.chat.people import actor_of, noted_person
from actions.chat.places import implied
from actions.chat.refusals import plainly
from core.errors import DomainError
from integrations.news_card import cut
from integrations.slack_deliveries import Call
from integrations.slack_forms import place_of, read_form

LATELY = timedelta(hours=1)
"""How long ago Slack told who somebody is: it did when their form was filled."""
LONGEST = 300
"""Characters of an error: more is not read beside a field."""
BLOCKS = {"incident": "audience"}
"""What is at fault with an incident is for whom the update is: customers read nothing of a private one, or a drill."""


async def faults(session: AsyncSession, integration_id: int, call: Call) -> dict[str, str]:
    """Words by block; none if there is nothing wrong, or nothing that a field of the form can mend.

    It is found by doing what is asked for: give it a session whose transaction is undone (Database.rehearsal).
    """
    form = call.form or {}
    actor = await actor_of(session, await noted_person(session, integration_id, call.user, within=LATELY))
    if actor is None:
        return {}
    try:
        here = await implied(session, actor, integration_id, place_of(form).get("channel", ""))
        await grant(session, actor, read_form(form), here=here)
    except DomainError as refusal:
        name = (refusal.field or "").partition(".")[0]
        block = BLOCKS.get(name, name)
        return {block: cut(await plainly(session, refusal), LONGEST)} if block in form["values"] else {}
    return {}
