"""What a severity sets going, in words, before it is chosen: from the obligations that it has today."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from console.times import lasting
from models.person import User
from models.role import Role
from models.severity import Obligations, SeverityVersion
from models.words import PagingScope
from resolvers.catalogue import required_roles, severities
from resolvers.context import Context


class Choice(NamedTuple):
    """A severity that can be chosen, and what follows from it: whom it calls, and all else."""

    severity: SeverityVersion
    calls: str
    then: str


async def read_choices(ctx: Context) -> list[Choice]:
    """The severities in use, the worst first."""
    rows = [row for row in await severities(ctx) if not row.archived]
    roles = await required_roles(ctx, [row.obligations for row in rows])
    everyone = await ctx.reader.scalar(select(func.count(User.id)).where(User.archived_at.is_(None)))
    return [
        Choice(row, calls(row.obligations, everyone or 0), obliges(row.obligations, own))
        for row, own in zip(rows, roles, strict=True)
    ]


def calls(obligations: Obligations, everyone: int) -> str:
    """Whom it calls."""
    when = " in business hours" if obligations.business_hours_only else " now"
    if obligations.pages is PagingScope.ALL_HANDS:
        return f"Calls all hands{when}: {everyone} {'person' if everyone == 1 else 'people'}."
    if obligations.pages is PagingScope.ON_CALL:
        return f"Calls who is on call for the services{when}."
    return "Calls nobody."


def obliges(obligations: Obligations, roles: Sequence[Role]) -> str:
    """What is owed from then on: roles, updates, the postmortem."""
    said = []
    usable = [role.name for role in roles if not role.archived]
    if usable:
        within = obligations.fill_roles_within_minutes
        said.append(f"{_listed(usable)} {f'within {_minutes(within)}' if within is not None else 'to be found'}.")
    updates = [
        f"{audience} every {_minutes(minutes)}"
        for audience, minutes in (
            ("internal", obligations.internal_cadence_minutes),
            ("public", obligations.public_cadence_minutes),
        )
        if minutes is not None
    ]
    if updates:
        said.append(f"Updates: {', '.join(updates)}.")
    if obligations.postmortem_required:
        days = obligations.postmortem_due_days
        said.append(f"A postmortem within {days} {'day' if days == 1 else 'days'}." if days else "A postmortem.")
    return " ".join(said) or "Owes nothing more."


def _minutes(minutes: int) -> str:
    return lasting(timedelta(minutes=minutes))


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
