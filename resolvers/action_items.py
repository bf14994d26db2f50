"""Action items as lists: what is owed, by whom, of how bad an incident; and how much each team owes."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry
from sqlalchemy import BigInteger, Boolean, ColumnElement, and_, case, exists, func, literal_column, select

from auth.visibility import visible_action_items
from core.errors import DomainError, not_found
from core.ids import decode_as
from models.incident import SEVERITY_SQL, Incident
from models.person import Team
from models.postmortem import UNDONE_SQL, ActionItem
from models.severity import SeverityVersion
from models.words import ActionItemKind, ActionItemState
from resolvers.context import Context
from resolvers.mutations.fields import gone
from resolvers.mutations.perform import Outcome
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, page

NEWEST = Order("actionItems", (ActionItem.id,), descending=True)
UNDONE = literal_column(f"({UNDONE_SQL})", Boolean)
"""As the indexes ix_action_item_undone and ix_action_item_owed have it, letter by letter, so that they serve."""
SEVERITY = literal_column(SEVERITY_SQL, BigInteger)


@dataclass(frozen=True, slots=True)
class Owed:
    """How many action items a team owes."""

    open: int = 0
    overdue: int = 0
    unassigned: int = 0


async def action_items(
    ctx: Context,
    *,
    state: ActionItemState | None = None,
    overdue: bool | None = None,
    kind: ActionItemKind | None = None,
    owner: str | None = None,
    assignee: strawberry.ID | None = None,
    assigned: bool | None = None,
    severity: str | None = None,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[ActionItem]:
    """A page of the action items that the viewer may see, the newest first. Overdue: not done, and due before today.

    NOT_FOUND for a team or a severity that is not there.
    """
    window = Window(NEWEST, paging(first, after, last, before))
    wanted = [visible_action_items(ctx.actor)]
    if state is not None:
        wanted.append(ActionItem.state == state)
    if overdue is not None:
        wanted.append(_late(ctx) if overdue else ~_late(ctx))
    if kind is not None:
        wanted.append(ActionItem.kind == kind)
    if owner is not None:
        wanted.append(ActionItem.owner_id == await _team(ctx, owner))
    if assignee is not None:
        wanted.append(ActionItem.assignee_id == decode_as("User", assignee, "assignee"))
    if assigned is not None:
        wanted.append(ActionItem.assignee_id.is_not(None) if assigned else ActionItem.assignee_id.is_(None))
    if severity is not None:
        versions = await _versions(ctx, severity)
        wanted.append(exists(select(1).where(Incident.id == ActionItem.incident_id, SEVERITY.in_(versions))))
    return await page(ctx, ActionItem, select(ActionItem).where(*wanted), window)


async def owed_by_teams(ctx: Context, teams: Sequence[Team]) -> list[Owed]:
    """How many action items each team owes, of those that the viewer may see."""
    count = func.count()
    statement = (
        select(
            ActionItem.owner_id,
            count.label("open"),
            func.sum(case((_late(ctx), 1), else_=0)).label("overdue"),
            count.filter(ActionItem.assignee_id.is_(None)).label("unassigned"),
        )
        .where(ActionItem.owner_id.in_({team.id for team in teams}), UNDONE, visible_action_items(ctx.actor))
        .group_by(ActionItem.owner_id)
    )
    found = {row[0]: Owed(row[1], row[2], row[3]) for row in await ctx.reader.execute(statement)}
    return [found.get(team.id, Owed()) for team in teams]


async def changed_items(ctx: Context, outcomes: Sequence[Outcome]) -> list[list[ActionItem] | DomainError]:
    """The action items that a mutation named, as they are after it, in the order given."""
    named = [[decode_as("ActionItem", item, "items") for item in outcome.given["items"]] for outcome in outcomes]
    found = await by_key(ctx, ActionItem, (key for own in named for key in own), visible_action_items(ctx.actor))
    return [[found[key] for key in own] if all(key in found for key in own) else gone("ActionItem") for own in named]


def _late(ctx: Context) -> ColumnElement[bool]:
    today = ctx.reader.clock.now().date()
    return and_(ActionItem.due_on.is_not(None), ActionItem.due_on < today, UNDONE)


async def _team(ctx: Context, reference: str) -> int:
    """The key of a team by slug or id."""
    rows = await ctx.reader.execute(select(Team.slug, Team.id))
    known = {row.slug: row.id for row in rows}
    if reference in known:
        return int(known[reference])
    try:
        key = decode_as("Team", reference, "owner")
    except DomainError as error:
        raise not_found("owner", "team", reference) from error
    if key not in known.values():
        raise not_found("owner", "team", reference)
    return key


async def _versions(ctx: Context, reference: str) -> list[int]:
    """All versions of the severity of this name, in any case, or id."""
    rows = await ctx.reader.execute(select(SeverityVersion.id, SeverityVersion.severity_id, SeverityVersion.name))
    named = {row.severity_id for row in rows if row.name.lower() == reference.lower()}
    if not named:
        try:
            named = {decode_as("Severity", reference, "severity")}
        except DomainError as error:
            raise not_found("severity", "severity", reference) from error
    found = [row.id for row in rows if row.severity_id in named]
    if not found:
        raise not_found("severity", "severity", reference)
    return found
