"""Teams: who belongs together."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.catalogue.teams import save_team
from console.desk import Desk
from console.settings import choices
from console.settings.field import Field, Kind
from console.settings.ledger import Act, Cells, Ledger
from core.ids import encode
from models.person import Team, User
from resolvers import people
from resolvers.context import Context
from resolvers.rows import by_key

SLUG = "How scripts and addresses call it: a-z, 0-9 and hyphens, at most 60."


async def _cells(desk: Desk, rows: Sequence[Any]) -> list[Cells]:
    members = await people.members_of_teams(desk.ctx, rows)
    managers = await by_key(desk.ctx, User, (row.manager_id for row in rows))
    return [
        (", ".join(user.name for user in those), managers[row.manager_id].name if row.manager_id in managers else "")
        for row, those in zip(rows, members, strict=True)
    ]


async def _values(ctx: Context, row: Any) -> Mapping[str, Any]:
    (members,) = await people.members_of_teams(ctx, [row])
    return {
        "members": [encode("User", user.id) for user in members],
        "manager": encode("User", row.manager_id) if row.manager_id else None,
    }


_FIELDS = (
    Field("name", "Name", "How people call it.", required=True),
    Field("slug", "Short name", SLUG, required=True),
    Field("members", "Members", "Who belongs to it. A person may be in several teams.", Kind.SEVERAL,
          choices=choices.everybody),
    Field("manager", "Manager", "Who is told of action items that the team owes for too long.", Kind.CHOICE,
          choices=choices.everybody, blank="Nobody"),
)  # fmt: skip

TEAMS = Ledger(
    area="teams",
    noun="team",
    node="Team",
    model=Team,
    rows=people.teams,
    headings=("Members", "Manager"),
    cells=_cells,
    values=_values,
    save=Act("saveTeam", save_team),
    fields=_FIELDS,
    empty="No teams yet. A team owns services and action items, so that each has somebody who answers for it.",
    parting="It can be given nothing new. What it owns stays its own until you give that to another team.",
)
