"""What is to be done afterwards: the action items of an incident, which may be written down while it goes on."""

from dataclasses import dataclass

from console.incident.more import Choices
from console.lists.learning import STATES
from core.ids import encode
from models.incident import Incident
from models.person import Team, User
from models.postmortem import ActionItem
from models.words import ActionItemState
from resolvers import learning, people
from resolvers.context import Context
from resolvers.rows import by_key

MOST = 50
BOXES = {
    ActionItemState.OPEN: "no",
    ActionItemState.IN_PROGRESS: "half",
    ActionItemState.DONE: "yes",
    ActionItemState.WONT_DO: "yes",
}
"""How full the box before an item is."""


@dataclass(frozen=True, slots=True)
class Item:
    """An action item: how far it is, and whose it is."""

    row: ActionItem
    box: str
    state: str
    owner: str
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Items:
    """The items in the order in which they were added, and who another may be given to."""

    rows: list[Item]
    more: bool
    teams: Choices
    people: Choices


async def items_of(ctx: Context, incident: Incident, *, adding: bool) -> Items:
    """What its page shows of them; the choices of the form only for who may add one."""
    [page] = await learning.action_items_of_incidents(ctx, [incident], first=MOST)
    teams = await by_key(ctx, Team, (row.owner_id for row in page.nodes))
    users = await by_key(ctx, User, (row.assignee_id for row in page.nodes))
    rows = [
        Item(
            row,
            BOXES[row.state],
            STATES[row.state],
            teams[row.owner_id].name,
            users[row.assignee_id or 0].name if row.assignee_id else None,
        )
        for row in page.nodes
    ]
    if not adding:
        return Items(rows, page.has_next_page, [], [])
    return Items(
        rows,
        page.has_next_page,
        [(each.slug, each.name) for each in await people.teams(ctx) if not each.archived],
        [(encode("User", each.id), each.name) for each in await people.users(ctx) if not each.archived],
    )
