"""What the page of what is learned tells of each action item and each postmortem, read for all of them at once."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from auth.acts import Act
from auth.permission import Permission
from core.ids import encode
from models.incident import Incident
from models.person import Team, User
from models.postmortem import FINISHED, ActionItem, Postmortem
from models.severity import SeverityVersion
from resolvers.context import Context
from resolvers.incidents import incident_of, severities
from resolvers.learning import postmortems_owed
from resolvers.rights import may_act
from resolvers.rows import by_key
from resolvers.writing import reviewers


class Row(NamedTuple):
    """An action item as a list shows it."""

    id: str
    item: ActionItem
    owner: Team | None
    assignee: User | None
    incident: Incident | None
    late: bool
    may: bool
    """Whether the viewer may change it."""


class Owed(NamedTuple):
    """A postmortem that is not published yet."""

    postmortem: Postmortem
    incident: Incident
    severity: SeverityVersion | None
    reviewers: list[str]


async def read_rows(ctx: Context, items: Sequence[ActionItem], today: date) -> list[Row]:
    """The rows of action items that the viewer may see."""
    owners = await by_key(ctx, Team, (item.owner_id for item in items))
    assignees = await by_key(ctx, User, (item.assignee_id for item in items))
    incidents = await incident_of(ctx, items)
    allowed = await may_act(ctx, incidents, Act.CHANGE_ACTION_ITEMS, Permission.LEARN)
    return [
        Row(
            encode("ActionItem", item.id),
            item,
            owners.get(item.owner_id),
            assignees.get(item.assignee_id or 0),
            incident,
            item.due_on is not None and item.due_on < today and item.state not in FINISHED,
            may,
        )
        for item, incident, may in zip(items, incidents, allowed, strict=True)
    ]


async def read_owed(ctx: Context) -> list[Owed]:
    """The postmortems that somebody still has to write, by when they are due."""
    rows = await postmortems_owed(ctx)
    incidents = await incident_of(ctx, rows)
    found = [(row, incident) for row, incident in zip(rows, incidents, strict=True) if incident is not None]
    asked = await reviewers(ctx, [row for row, _ in found])
    names = await by_key(ctx, User, (each.user_id for own in asked for each in own))
    judged = await severities(ctx, [incident for _, incident in found])
    return [
        Owed(row, incident, severity, [names[each.user_id].name for each in own if each.user_id in names])
        for (row, incident), own, severity in zip(found, asked, judged, strict=True)
    ]
